//! One question to a plugin.
//!
//! | file | holds |
//! |---|---|
//! | [`door`] | an extension's handle: opened when it is needed, and anew when it broke |
//! | [`ask`] | a question on its way into the library: its turn, its thread |
//! | [`going`] | an operation that is under way: its deadline, what becomes of it when nobody waits |
//! | [`wait`] | a plugin that waits for the host |
//! | [`failure`] | how a call gave no answer |

mod ask;
mod door;
mod failure;
mod going;
mod wait;

pub(crate) use ask::{About, Question, Work};
pub(crate) use door::Door;
pub(crate) use failure::CallError;
pub(crate) use wait::wait;
