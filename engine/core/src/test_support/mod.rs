//! What tests of several crates share: the promises of a ledger as an executable model,
//! and random stories that are told to a real ledger and to the model alike.
//!
//! A *story* is a list of steps (requests at once, time passing, crashes, restarts). It is
//! told to a [`Subject`], a ledger with what a test may do to it. After each step the
//! [`Model`] is asked whether the promises allow every answer and everything that can be
//! seen. A story that they don't allow is made as short as possible and printed as a test.
//!
//! | file | what it is |
//! |---|---|
//! | [`dice`] | random choices that follow from a seed |
//! | [`clock`] | clocks that move, or stop whoever looks, when they are told to |
//! | [`request`] | what a ledger is asked and answers, as values |
//! | [`world`] | the promises: one state of affairs, and what each request makes of it |
//! | [`row`] | the promises about an account's row |
//! | [`model`] | all states of affairs that may be, after answers got lost |
//! | [`step`] | the words of a story, and random stories |
//! | [`story`] | tells a story to a subject |
//! | [`shrink`] | makes a story short, and prints it |
//! | [`memory`] | the subject that is a [`MemoryLedger`](crate::ledger::MemoryLedger) |
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // for tests only

pub mod clock;
pub mod dice;
pub mod memory;
pub mod model;
pub mod request;
pub mod row;
pub mod shrink;
pub mod step;
pub mod story;
pub mod world;

pub use clock::{GatedClock, ManualClock};
pub use dice::Dice;
pub use memory::MemorySubject;
pub use model::Model;
pub use request::{Answer, Request, put};
pub use row::{Row, Status};
pub use step::{ACCOUNTS, Ask, GHOST, POOLS, Step, Which};
pub use story::{Subject, check, replay};
pub use world::{Seen, World};
