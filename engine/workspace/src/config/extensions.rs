//! What the workspace says about plugins and hooks.

use std::path::PathBuf;

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A library to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginConfig {
    /// The library's file, relative to the workspace.
    pub path: PathBuf,
    /// The SHA-256 that the file must have, in hex; unchecked if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where the library runs.
    #[serde(default)]
    pub isolation: Isolation,
}

impl PluginConfig {
    pub(super) fn problems(&self, path: &str) -> Option<Problem> {
        let hash = self.sha256.as_ref()?;
        let fits = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!fits).then(|| {
            Problem::at(
                format!("{path}.sha256"),
                "is not a SHA-256, which is 64 hex digits; `sha256sum FILE` prints it",
            )
        })
    }
}

/// Where a plugin's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// In the engine's process: fast; a crash of it is a crash of the engine.
    #[default]
    None,
    /// In a process of its own: a crash of it costs its own work only.
    Process,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookBand {
    /// First.
    Early,
    /// In between.
    Normal,
    /// Last.
    Late,
}

/// What a hook's failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookErrorPolicy {
    /// The launch is refused.
    Deny,
    /// The launch goes on, with a warning.
    Warn,
    /// The launch goes on.
    Ignore,
}
