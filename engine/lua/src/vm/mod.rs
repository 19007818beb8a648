//! The virtual machines, and the threads they live on.
//!
//! ```text
//!   LuaRoutine ── job ──▶ threads: the least loaded ──▶ worker: one OS thread
//!                                                          │ one machine a group
//!                                                          ▼
//!                                        drive: one coroutine a run ──▶ outcome
//! ```

mod drive;
mod machine;
mod outcome;
mod sandbox;
mod threads;
mod worker;

pub(crate) use machine::{Vm, chunk_of};
pub(crate) use threads::{Job, Place, Request, Threads};
