//! A whole pool under random stories, beside a model of what a pool promises: the order of
//! serving, what each outcome makes of an account, what a refresh keeps and drops, that the
//! counts are those of the accounts. Used here on a ledger in memory, and by the store's tests
//! on SQLite.
//!
//! | file | what it is |
//! |---|---|
//! | [`model`] | the promises |
//! | [`teller`] | tells a story to a pool and to the model |
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // tests

pub mod model;
pub mod teller;
