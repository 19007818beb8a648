//! What is kept of a hook's doing: patches of the plan, and who ended a launch.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{EffectiveHook, HookPoint};

/// A change that a hook made to a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanPatch {
    /// The hook's id.
    pub hook: String,
    /// Where it is written.
    pub origin: String,
    /// When.
    pub point: HookPoint,
    /// The plan's fields that it changed.
    pub patch: Map<String, Value>,
}

impl fmt::Display for PlanPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hook, origin, point) = (&self.hook, &self.origin, self.point);
        write!(f, "hook \"{hook}\" ({origin}) changed the plan {point}: {}", fields(&self.patch))
    }
}

/// `bot_count = 1, config.n = 3`, for people.
pub(crate) fn fields(patch: &Map<String, Value>) -> String {
    let mut told = Vec::new();
    for (field, value) in patch {
        match value {
            Value::Object(inner) => {
                told.extend(inner.iter().map(|(key, value)| format!("{field}.{key} = {value}")));
            }
            value => told.push(format!("{field} = {value}")),
        }
    }
    told.join(", ")
}

/// Which hook ended a launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Denial {
    /// The hook's id.
    pub hook: String,
    /// Where it is written.
    pub origin: String,
    /// When.
    pub point: HookPoint,
}

impl Denial {
    pub(crate) fn by(hook: &EffectiveHook, point: HookPoint) -> Self {
        Self { hook: hook.name.clone(), origin: hook.origin.clone(), point }
    }
}
