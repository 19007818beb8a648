//! What bots run on, and who holds which.
//!
//! | part | holds |
//! |---|---|
//! | [`InstanceProvider`] | the trait: lists, starts, probes and stops instances |
//! | [`StaticProvider`] | instances that are simply there |
//! | [`Instances`] | all providers of an engine, and the table of reservations |

mod provider;
mod reservations;

pub use provider::{InstanceError, InstanceInfo, InstanceProvider, InstanceState, StaticProvider};
pub use reservations::{HeldBy, Instances, Reservation};
