//! One question to a plugin.
//!
//! | file | holds |
//! |---|---|
//! | [`door`] | an extension's handle: opened when it is needed, and anew when it broke |
//! | [`ask`] | one operation: its thread, its deadline, what becomes of it when nobody waits |
//! | [`wait`] | a plugin that waits for the host |
//! | [`failure`] | how a call gave no answer |

mod ask;
mod door;
mod failure;
mod wait;

pub(crate) use ask::{About, Question};
pub(crate) use door::Door;
pub(crate) use failure::CallError;
pub(crate) use wait::wait;
