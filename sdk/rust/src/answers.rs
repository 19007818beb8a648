//! What extensions answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A pool's answer to `claim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The account may be worked on.
    Granted,
    /// It may not, for this reason; the pool serves the next one.
    Refused(String),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// The account is done; numbers of the result add up in the pool's totals.
    Completed {
        /// What came of it.
        #[serde(default)]
        result: Map<String, Value>,
    },
    /// It didn't work; the pool decides whether the account is tried again.
    Failed {
        /// What went wrong.
        reason: String,
    },
    /// The account isn't for this pool's bots; not a failure.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The account goes back untouched and nothing is counted.
    Returned {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// Done, with this result: an object, or nothing.
    pub fn completed(result: Value) -> Self {
        let result = if let Value::Object(result) = result { result } else { Map::new() };
        Self::Completed { result }
    }

    /// It didn't work.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into() }
    }

    /// The account isn't for this pool's bots.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped { reason: reason.into() }
    }

    /// The account goes back untouched.
    pub fn returned(reason: impl Into<String>) -> Self {
        Self::Returned { reason: reason.into() }
    }
}

/// A hook's answer. What isn't accepted at its point is the hook's error.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Go on.
    #[default]
    Continue,
    /// Go on with these fields of the plan changed (before `resolve_pool` and `validate`).
    Patch {
        /// The plan's fields by name; objects in it are merged.
        patch: Map<String, Value>,
    },
    /// Go on without this instance.
    SkipInstance {
        /// Which.
        instance: u32,
        /// Why, for people.
        reason: String,
    },
    /// Don't go on.
    Deny {
        /// Why, for people.
        reason: String,
    },
    /// Try again after a pause.
    Retry {
        /// The pause, such as `30s`.
        after: String,
        /// Why, for people.
        reason: String,
    },
}

impl Verdict {
    /// Don't go on, for this reason.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny { reason: reason.into() }
    }

    /// Go on with these fields of the plan changed: an object.
    pub fn patch(patch: Value) -> Self {
        let patch = if let Value::Object(patch) = patch { patch } else { Map::new() };
        Self::Patch { patch }
    }
}

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not running.
    Down,
    /// On its way.
    Starting,
    /// A bot can use it.
    Ready,
}
