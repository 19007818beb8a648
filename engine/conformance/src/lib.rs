//! The conformance kit: what every extension must do, as cases over core's traits, so that
//! built-ins, scripts and libraries, in the engine's process or in one of their own, are held
//! to the same.
//!
//! | part | holds |
//! |---|---|
//! | [`pool`], [`routine`], [`hook`], [`provider`] | the cases of each kind |
//! | [`Subject`], [`Host`] | an extension, its parameters, and what its host counts |
//! | [`Case`], [`Verdict`] | what came of a case |
//! | `round` | runs one case after the other: each ends, whatever the extension does |
//! | `given` | what extensions are asked with: accounts, runs, calls |
//! | [`play`] | the cases for an extension that is told how to misbehave: what a *host* must do |
//!
//! `lariat plugin check` runs the cases on a plugin; `tests/conformance` runs them, and the
//! plays, on one sample for each host.

#![warn(missing_docs)]

mod case;
mod given;
mod hook;
pub mod play;
mod pool;
mod provider;
mod round;
mod routine;
mod subject;

pub use case::{Case, Verdict};
pub use hook::hook;
pub use pool::pool;
pub use provider::{OpenProvider, provider};
pub use routine::routine;
pub use subject::{Faults, Host, Patience, Subject};
