//! What the host is told at its start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lariat_core::kv::KeyValueStore;
use lariat_core::limits::LimitTable;

use crate::child::Runner;

/// How the host works.
#[derive(Clone)]
pub struct NativeOptions {
    /// The workspace's folder.
    pub workspace: PathBuf,
    /// Where plugins are looked for: each folder in it with a `plugin.toml`.
    pub plugins_dir: PathBuf,
    /// The engine's own folder for the copies that are mapped; made when it is needed.
    pub copies_dir: PathBuf,
    /// `plugins:` of `lariat.yaml`, by name.
    pub settings: BTreeMap<String, PluginSetting>,
    /// `limits:` of `lariat.yaml`.
    pub limits: LimitTable,
    /// `ctx.store`.
    pub kv: Arc<dyn KeyValueStore>,
    /// How many calls but runs are inside of plugins at once; more wait.
    pub concurrency: usize,
    /// How many runs of routines are inside of plugins at once, each on a thread of its own.
    pub runs: usize,
    /// How long plugins may take.
    pub deadlines: Deadlines,
    /// What becomes of plugins whose processes die.
    pub restarts: Restarts,
    /// Whether all of them run in processes of their own, whatever is said of each: for whoever
    /// only wants to see what comes of them.
    pub apart: bool,
    /// How a child is started, for plugins that are to run in one.
    pub runner: Option<Runner>,
}

impl NativeOptions {
    /// The usual, for a workspace.
    pub fn new(workspace: impl Into<PathBuf>, kv: Arc<dyn KeyValueStore>) -> Self {
        let workspace = workspace.into();
        Self {
            plugins_dir: workspace.join("plugins"),
            copies_dir: workspace.join(".lariat").join("plugins"),
            workspace,
            settings: BTreeMap::new(),
            limits: LimitTable::default(),
            kv,
            concurrency: 64,
            runs: 1024,
            deadlines: Deadlines::default(),
            restarts: Restarts::default(),
            apart: false,
            runner: None,
        }
    }
}

/// What `lariat.yaml` says about a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginSetting {
    /// The library's file, relative to the workspace.
    pub path: PathBuf,
    /// The SHA-256 that it must have, in hex.
    pub sha256: Option<String>,
    /// Whether it is to run in a process of its own.
    pub process: bool,
}

/// How long plugins may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To open an extension.
    pub open: Duration,
    /// For a pool's `fetch`.
    pub fetch: Duration,
    /// For every other answer. Routines and hooks have their own timeouts.
    pub answer: Duration,
    /// From being cancelled to being given up.
    pub grace: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(30),
            fetch: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            grace: Duration::from_secs(1),
        }
    }
}

/// What becomes of a plugin whose process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restarts {
    /// So many deaths in a row, and it isn't started again.
    pub most: u32,
    /// The pause before another start, which grows from one death to the next, isn't longer.
    pub longest_pause: Duration,
}

impl Default for Restarts {
    fn default() -> Self {
        Self { most: 5, longest_pause: Duration::from_secs(30) }
    }
}
