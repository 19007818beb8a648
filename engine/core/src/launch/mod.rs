//! One run of a group, through its phases.
//!
//! ```text
//!   group ─▶ DraftPlan ─▶ resolve_pool ─▶ validate ─▶ Plan (frozen)
//!                                                      │
//!              release ◀─ stop ◀─ bots run ◀─ launch_bots ◀─ acquire_instances
//! ```
//!
//! Each phase is one file with one function; what it did and must undo goes on the
//! launch's [`undo`] stack, which unwinds in reverse when a later phase fails.
//!
//! | part | holds |
//! |---|---|
//! | [`request`] | what somebody asks for, and how they are asked back |
//! | [`plan`] | the draft and the frozen plan |
//! | [`phase`] | the phases' names, their failures, and the one place that runs them |
//! | [`resolve_pool`], [`validate`], [`acquire_instances`], [`launch_bots`], [`stop`], [`release`] | the phases |
//! | [`control`] | stop (drain, force), pause |
//! | [`report`], [`tally`] | what came of it |
//! | [`running`] | a launch that is under way |

pub mod acquire_instances;
pub mod control;
pub mod launch_bots;
pub mod phase;
pub mod plan;
pub mod release;
pub mod report;
pub mod request;
pub mod resolve_pool;
pub mod running;
pub mod stop;
pub mod tally;
pub mod undo;
pub mod validate;

pub use control::{StopMode, StopSignal};
pub use phase::{FailureKind, LaunchFailure, Phase};
pub use plan::{DraftPlan, Plan, PlanReport};
pub use report::{BotReport, Conflict, LaunchReport, Resolution};
pub use request::{Asker, ConflictQuestion, LaunchRequest, NoAnswer, Overrides, RefreshQuestion};
pub use running::Launch;
pub use tally::AccountTally;
