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
//! | [`phase`], [`failure`] | the phases' names, and the one place that runs them with their hooks; how one fails |
//! | [`course`] | what is carried from phase to phase |
//! | [`resolve_pool`], [`validate`], [`acquire_instances`], [`launch_bots`], [`stop`], [`release`] | the phases |
//! | [`control`], [`gate`], [`scale`] | stop (drain, force); pause; more bots or fewer |
//! | `generation` | which generation of its routine it runs |
//! | [`report`], [`tally`], [`trouble`] | what came of it |
//! | [`running`], [`state`] | a launch that is under way; what is known of it |

pub mod acquire_instances;
pub mod control;
pub(crate) mod course;
pub mod failure;
mod gate;
pub(crate) mod generation;
pub mod launch_bots;
pub mod phase;
pub mod plan;
pub mod release;
pub mod report;
pub mod request;
pub mod resolve_pool;
pub mod running;
pub(crate) mod scale;
pub(crate) mod state;
pub mod stop;
pub mod tally;
pub mod trouble;
pub mod undo;
pub mod validate;

pub use control::{StopMode, StopSignal};
pub use failure::{FailureKind, LaunchFailure};
pub use phase::Phase;
pub use plan::{DraftPlan, Plan, PlanReport};
pub use report::{BotReport, Conflict, LaunchReport, Resolution};
pub use request::{Asker, ConflictQuestion, LaunchRequest, NoAnswer, Overrides, RefreshQuestion};
pub use running::Launch;
pub use tally::AccountTally;
pub use trouble::Trouble;
