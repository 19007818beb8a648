//! What a hook answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duration::Span;
use crate::ids::InstanceId;

/// What a hook answers; the same object whatever host it runs on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Go on.
    #[default]
    Continue,
    /// Go on with these fields of the plan changed. Only where
    /// [`HookPoint::may_patch`](super::HookPoint::may_patch) says so.
    Patch {
        /// The plan's fields by name; objects in it are merged, everything else is replaced.
        patch: Map<String, Value>,
    },
    /// Go on without this instance.
    SkipInstance {
        /// Which.
        instance: InstanceId,
        /// Why, for people.
        reason: String,
    },
    /// Don't go on.
    Deny {
        /// Why, for people.
        reason: String,
    },
    /// Try again after a pause: before a phase the hook is asked again, on an error
    /// the phase is run again, once.
    Retry {
        /// The pause.
        after: Span,
        /// Why, for people.
        reason: String,
    },
}
