//! The virtual machines, and the threads they live on.
//!
//! ```text
//!   Script ── job ──▶ threads: the least loaded ──▶ worker: one OS thread
//!                                                      │ one machine a tenant
//!                                                      ▼
//!                                    drive: one coroutine a run ──▶ answer
//! ```

mod drive;
mod machine;
mod sandbox;
mod threads;
mod worker;

pub(crate) use machine::{Vm, chunk_of};
pub(crate) use threads::{Job, Request, Threads};
