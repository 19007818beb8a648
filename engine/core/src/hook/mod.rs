//! Hooks: code of extensions around the phases of a launch.
//!
//! ```text
//!   registry ─┐
//!   lariat.yaml ─▶ HookSet (once a launch) ─▶ pipeline, around each phase ─▶ ask ─▶ judge
//!   group ────┘    effective settings, order    one loop for all points
//! ```
//!
//! | part | holds |
//! |---|---|
//! | [`Hook`], [`HookInfo`], [`HookCall`], [`LaunchControl`] | the trait and what it is asked |
//! | [`HookPoint`] | when a hook runs: `before:validate`; which verdicts are accepted there |
//! | [`Verdict`] | what it answers |
//! | [`HookConfig`] | what files may change about it |
//! | [`effective`] | a hook's settings, and where each comes from |
//! | [`set`], [`order`] | the hooks of one launch, in their order |
//! | [`ask`] | one hook asked once: its timeout, its panics |
//! | [`judge`], [`patch`] | whether a verdict is accepted at its point, and what it does to the plan |
//! | [`pipeline`], [`patience`] | the loop around each phase of a launch |
//! | [`rehearsal`] | the same against a plan that isn't carried out |
//! | [`record`] | what is kept of a hook's doing: patches, denials |
//! | [`builtin`] | the hooks that every engine has, off unless enabled |

pub mod ask;
pub mod builtin;
mod call;
pub mod effective;
pub mod judge;
pub mod order;
pub mod patch;
pub mod patience;
pub mod pipeline;
mod point;
pub mod record;
pub mod rehearsal;
pub mod set;
mod settings;
mod verdict;

pub use call::{DEFAULT_TIMEOUT, Hook, HookCall, HookError, HookInfo, LaunchControl};
pub use effective::{EffectiveHook, Setting, SettingSource};
pub use point::{HookPoint, Moment};
pub use record::{Denial, PlanPatch};
pub use rehearsal::RehearsedHook;
pub use set::{HookListing, HookSet, Hooks};
pub use settings::{HookBand, HookConfig, HookErrorPolicy};
pub use verdict::Verdict;
