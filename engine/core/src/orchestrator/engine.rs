//! What all launches of an engine share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};

use super::live::LiveSettings;
use super::view::View;
use crate::clock::SharedClock;
use crate::definition::{Catalog, DefinitionStore, LaunchSettings};
use crate::event::EventBus;
use crate::hook::{Hook, Hooks, builtin};
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::instance::Instances;
use crate::launch::{Launch, StopMode};
use crate::ledger::Ledger;
use crate::pool::PoolManager;
use crate::registry::Registry;
use crate::routine::Routine;

/// What an orchestrator is made of.
pub struct OrchestratorParts {
    /// The hooks there are, and what `lariat.yaml` says about them.
    pub hooks: Hooks,
    /// Where the groups are kept.
    pub definitions: Arc<dyn DefinitionStore>,
    /// The pools.
    pub pools: Arc<PoolManager>,
    /// The routines there are.
    pub routines: Arc<Registry<dyn Routine>>,
    /// What bots run on.
    pub instances: Arc<Instances>,
    /// Who holds what.
    pub ledger: Arc<dyn Ledger>,
    /// Where events go.
    pub events: EventBus,
    /// The time.
    pub clock: SharedClock,
    /// Whether a routine's templates are there.
    pub templates: Arc<dyn TemplateCheck>,
    /// Launch options below every group's own.
    pub defaults: LaunchSettings,
    /// How long a drained bot may go on with its account.
    pub drain_timeout: Duration,
}

/// Checks the templates that a routine names.
#[async_trait]
pub trait TemplateCheck: Send + Sync {
    /// One line for each template that can't be used.
    async fn problems(&self, templates: &[String]) -> Vec<String>;
}

/// For engines without templates: each one that is named is missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTemplates;

#[async_trait]
impl TemplateCheck for NoTemplates {
    async fn problems(&self, templates: &[String]) -> Vec<String> {
        templates
            .iter()
            .map(|name| format!("template \"{name}\" isn't there: this engine has no templates"))
            .collect()
    }
}

pub(crate) struct Engine {
    pub(crate) hooks: Arc<Registry<dyn Hook>>,
    pub(crate) live: RwLock<Arc<LiveSettings>>,
    /// The definitions that were followed last.
    pub(super) followed: tokio::sync::Mutex<Arc<Catalog>>,
    pub(crate) definitions: Arc<dyn DefinitionStore>,
    pub(crate) pools: Arc<PoolManager>,
    pub(crate) routines: Arc<Registry<dyn Routine>>,
    pub(crate) instances: Arc<Instances>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) events: EventBus,
    pub(crate) clock: SharedClock,
    pub(crate) templates: Arc<dyn TemplateCheck>,
    pub(crate) running: Mutex<BTreeMap<GroupName, Arc<Launch>>>,
}

impl Engine {
    pub(crate) fn new(parts: OrchestratorParts) -> Arc<Self> {
        let live = LiveSettings {
            defaults: parts.defaults,
            hooks: parts.hooks.settings,
            drain_timeout: parts.drain_timeout,
        };
        let engine = Arc::new(Self {
            hooks: parts.hooks.registry,
            live: RwLock::new(Arc::new(live)),
            followed: tokio::sync::Mutex::new(parts.definitions.catalog()),
            definitions: parts.definitions,
            pools: parts.pools,
            routines: parts.routines,
            instances: parts.instances,
            ledger: parts.ledger,
            events: parts.events,
            clock: parts.clock,
            templates: parts.templates,
            running: Mutex::default(),
        });
        builtin::add_to(&engine.hooks, Arc::new(View::of(&engine)));
        engine
    }

    /// Stops the bot of a launch that runs on an instance.
    pub(crate) fn stop_bot(&self, launch: LaunchId, instance: InstanceId, mode: StopMode) {
        let launch = self.running.lock().values().find(|running| running.id == launch).cloned();
        if let Some(launch) = launch {
            launch.stop_bot(instance, mode);
        }
    }
}
