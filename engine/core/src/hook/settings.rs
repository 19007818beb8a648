//! What `lariat.yaml` and a group's file may change about a hook.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duration::Span;

/// What is changed about a hook; what is left out stays as the hook says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HookConfig {
    /// Whether it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Which hooks it runs among.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<HookBand>,
    /// Its place in the band; smaller is earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// What its failure means for the launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_error: Option<HookErrorPolicy>,
    /// How long it may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Its parameters.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
}

/// When a hook runs, before its order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookBand {
    /// First.
    Early,
    /// In between.
    #[default]
    Normal,
    /// Last.
    Late,
}

/// What a hook's failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookErrorPolicy {
    /// The launch is refused.
    #[default]
    Deny,
    /// The launch goes on, with a warning.
    Warn,
    /// The launch goes on.
    Ignore,
}
