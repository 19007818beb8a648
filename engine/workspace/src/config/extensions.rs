//! What the workspace says about plugins; hooks have their settings in core.

use std::path::PathBuf;

use lariat_core::definition::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
