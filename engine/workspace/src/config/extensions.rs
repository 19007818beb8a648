//! What the workspace says about plugins, and what extensions may use; hooks have their
//! settings in core.

use std::path::PathBuf;
use std::time::Duration;

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use lariat_core::limits::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Size;

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

/// What one extension may use: a script, a library in the engine's process, or one in a process
/// of its own. A limit that can't be kept where the extension runs is refused, never passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// How long one answer may take, waiting included: a pool's `fetch`, `claim` or `settle`, a
    /// provider's, a hook's (whose `timeout` may be shorter), a routine's run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Span>,
    /// How many questions may be inside of it at once; more wait their turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// How often a question that failed is put again, after pauses that grow; for pool types
    /// and instance providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub retries: Option<u32>,
    /// Memory of a script's machine, or of a plugin's own process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Time that it may compute for one answer; of a plugin's own process, from one answer to the
    /// next, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Span>,
    /// How many files and connections a plugin's own process may have open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u32>,
    /// How many processes a plugin's own process may start; 0: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<u32>,
}

impl LimitsConfig {
    pub(super) fn problems(&self, path: &str) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut wrong = |is: bool, key: &str, why: &str| {
            if is {
                found.push(Problem::at(format!("{path}.{key}"), why));
            }
        };
        wrong(self.deadline.is_some_and(Span::is_zero), "deadline", "must be more than 0s");
        wrong(self.concurrency == Some(0), "concurrency", "must be at least 1");
        wrong(self.retries.is_some_and(|it| it > 100), "retries", "must be at most 100");
        wrong(self.memory.is_some_and(|it| it < Size::from_mib(1)), "memory", "must be at least 1MiB");
        wrong(self.cpu.is_some_and(Span::is_zero), "cpu", "must be more than 0s");
        wrong(self.files.is_some_and(|it| it > 1_000_000), "files", "must be at most 1000000");
        wrong(self.processes.is_some_and(|it| it > 100_000), "processes", "must be at most 100000");
        found
    }

    /// The same as the hosts of extensions take it.
    pub fn limits(&self) -> Limits {
        let duration = |span: Option<Span>| -> Option<Duration> { span.map(Span::as_duration) };
        Limits {
            deadline: duration(self.deadline),
            concurrency: self.concurrency,
            retries: self.retries,
            memory: self.memory.map(Size::bytes),
            cpu: duration(self.cpu),
            files: self.files,
            processes: self.processes,
        }
    }
}
