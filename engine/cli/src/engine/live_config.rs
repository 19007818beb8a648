//! What of `lariat.yaml` changes live, and what needs a restart.

use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::definition::Stale;
use lariat_core::event::{EventBus, EventKind};
use lariat_core::orchestrator::{LiveSettings, Orchestrator};
use lariat_workspace::workspace::CONFIG_FILE;
use lariat_workspace::{Workspace, WorkspaceConfig};

/// `lariat.yaml` of a running engine.
pub struct LiveConfig {
    /// What the engine began with.
    begun: Arc<WorkspaceConfig>,
    /// What is in force of it.
    now: Arc<WorkspaceConfig>,
    generation: u64,
    /// Why it isn't what the file says.
    pub stale: Option<Stale>,
}

impl LiveConfig {
    /// As the engine begins.
    pub fn new(config: Arc<WorkspaceConfig>) -> Self {
        Self { begun: config.clone(), now: config, generation: 1, stale: None }
    }

    /// Reads it again; says whether anything is different. What can't be used leaves
    /// everything as it was.
    pub fn reload(
        &mut self,
        workspace: &Workspace,
        orchestrator: &Orchestrator,
        events: &EventBus,
    ) -> Change {
        let file = Some(CONFIG_FILE.to_owned());
        match Workspace::open(workspace.root()) {
            Err(error) => {
                let error = error.to_string();
                let since = match &self.stale {
                    Some(stale) if stale.message == error => return Change::None,
                    Some(stale) => stale.since,
                    None => Timestamp::now(),
                };
                tracing::warn!("lariat.yaml stays as it was: {error}");
                let told = error.clone();
                events.publish(EventKind::DefinitionStale { pool: None, group: None, file, error: told });
                self.stale = Some(Stale { since, message: error.clone() });
                Change::Problem(error)
            }
            Ok(read) => {
                let was_stale = self.stale.take().is_some();
                if read.config() == &self.now && !was_stale {
                    return Change::None;
                }
                if read.config() != &self.now {
                    self.generation += 1;
                    self.now = read.config().clone();
                    orchestrator.set_live(settings(&self.now));
                }
                let generation = self.generation;
                events.publish(EventKind::DefinitionReloaded { pool: None, group: None, file, generation });
                for key in self.needs_restart() {
                    tracing::warn!(
                        "lariat.yaml: `{key}` was changed, which acts after a restart of `lariat up`"
                    );
                }
                Change::Reloaded(generation)
            }
        }
    }

    /// What is in force of it.
    pub fn now(&self) -> Arc<WorkspaceConfig> {
        self.now.clone()
    }

    /// The keys that were changed and act only after a restart.
    pub fn needs_restart(&self) -> Vec<String> {
        let (old, new) = (&self.begun, &self.now);
        let keys = [
            ("store", old.store != new.store),
            ("databases", old.databases != new.databases),
            ("accounts", old.accounts != new.accounts),
            ("console", old.console != new.console),
            ("plugins", old.plugins != new.plugins),
            ("limits", old.limits != new.limits),
            ("ledger", old.ledger != new.ledger),
            ("lua", old.lua != new.lua),
            ("http", old.http != new.http),
            ("query", old.query != new.query),
            ("watch", old.watch != new.watch),
            ("logs", old.logs != new.logs),
        ];
        keys.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key.to_owned()).collect()
    }
}

/// What became of `lariat.yaml`.
pub enum Change {
    /// Nothing.
    None,
    /// It is in force anew.
    Reloaded(u64),
    /// It can't be used.
    Problem(String),
}

fn settings(config: &WorkspaceConfig) -> LiveSettings {
    LiveSettings {
        defaults: config.launch.clone(),
        hooks: config.hooks.clone(),
        drain_timeout: config.drain_timeout.as_duration(),
    }
}
