//! Hooks: code of extensions around the phases of a launch.
//!
//! | part | holds |
//! |---|---|
//! | [`Hook`], [`HookInfo`], [`HookCall`], [`LaunchControl`] | the trait and what it is asked |
//! | [`HookPoint`] | when a hook runs: `before:validate` |
//! | [`Verdict`] | what it answers |
//! | [`HookConfig`] | what files may change about it |

mod call;
mod point;
mod settings;
mod verdict;

pub use call::{DEFAULT_TIMEOUT, Hook, HookCall, HookError, HookInfo, LaunchControl};
pub use point::{HookPoint, Moment};
pub use settings::{HookBand, HookConfig, HookErrorPolicy};
pub use verdict::Verdict;
