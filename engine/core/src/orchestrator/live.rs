//! Settings of the workspace that change while the engine runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::groups::Orchestrator;
use crate::definition::LaunchSettings;
use crate::hook::{HookConfig, Hooks};

/// What `lariat.yaml` says that launches look at when they begin, or end.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveSettings {
    /// Launch options below every group's own: of the next launches.
    pub defaults: LaunchSettings,
    /// `hooks:`, of the next launches.
    pub hooks: BTreeMap<String, HookConfig>,
    /// How long a drained bot may go on with its account.
    pub drain_timeout: Duration,
}

impl Orchestrator {
    /// Puts other settings in force. Launches that are under way keep theirs, but for the
    /// drain.
    pub fn set_live(&self, settings: LiveSettings) {
        *self.engine.live.write() = Arc::new(settings);
    }
}

impl Engine {
    pub(crate) fn live(&self) -> Arc<LiveSettings> {
        self.live.read().clone()
    }

    /// The hooks there are, with the settings in force.
    pub(crate) fn hooks(&self) -> Hooks {
        Hooks { registry: self.hooks.clone(), settings: self.live().hooks.clone() }
    }
}
