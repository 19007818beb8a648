//! Every verb of a running engine, once.
//!
//! | part | holds |
//! |---|---|
//! | [`Service`] | the verbs |
//! | [`Host`] | what only the program around the engine can do |
//! | `pools`, `groups` | definitions: shown, tested, saved, deleted; refresh and reset |
//! | `accounts` | the account table |
//! | `attempts` | the record of runs: found, shown, tried again |
//! | `plugins` | native plugins: listed, reloaded, quarantined, lifted |
//! | `orders` | what is asked, and what is answered |
//! | [`ServiceError`] | why not, with the exit code of the contract |

mod accounts;
mod attempts;
mod error;
mod groups;
mod host;
mod orders;
mod plugins;
mod pools;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::event::{EventBus, Subscription};
use lariat_core::ids::GroupName;
use lariat_core::launch::{LaunchReport, LaunchRequest, NoAnswer, Overrides, StopMode};
use lariat_core::orchestrator::Orchestrator;
use lariat_core::records::Records;
use lariat_workspace::Definitions;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

pub use accounts::{AccountShown, Imported, MOST_ROWS, Page, Reveal};
pub use attempts::{Again, Retried, Run, RunFilter, RunLog, RunShown};
pub use error::{Code, ServiceError};
pub use groups::{GroupPool, GroupShown};
pub use host::{Host, PluginOrder, Reloaded, Watching};
pub use orders::{LaunchOrder, RunningLaunch, Status, StopOrder};
pub use pools::{PoolDeleted, PoolDraft, PoolShown, Saved};

/// The verbs of a running engine.
pub struct Service {
    orchestrator: Orchestrator,
    events: EventBus,
    host: Arc<dyn Host>,
    started_at: Timestamp,
    /// The last report of each group that was launched.
    reports: Mutex<BTreeMap<GroupName, LaunchReport>>,
    /// The launches under way, and whether there may be more.
    launches: TaskTracker,
    gate: Mutex<()>,
}

impl Service {
    /// A service of this engine.
    pub fn new(orchestrator: Orchestrator, events: EventBus, host: Arc<dyn Host>) -> Arc<Self> {
        Arc::new(Self {
            orchestrator,
            events,
            host,
            started_at: Timestamp::now(),
            reports: Mutex::default(),
            launches: TaskTracker::new(),
            gate: Mutex::default(),
        })
    }

    /// The groups and their launches.
    pub fn orchestrator(&self) -> &Orchestrator {
        &self.orchestrator
    }

    /// When the engine began.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Whether the engine is ending.
    pub fn is_ending(&self) -> bool {
        self.host.is_ending()
    }

    /// How everything stands, with generations.
    pub async fn status(&self) -> Status {
        Status {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION"),
            started_at: self.started_at,
            watching: self.host.watching(),
            pools: self.orchestrator.pool_manager().listing().await,
            groups: self.orchestrator.list_groups(),
            extensions: self.host.extensions(),
            launches: self.launches(),
            last_reports: self.reports.lock().values().cloned().collect(),
            needs_restart: self.host.needs_restart(),
        }
    }

    fn launches(&self) -> Vec<RunningLaunch> {
        let groups = self.orchestrator.list_groups().into_iter();
        let name = |name: String| GroupName::new(&name).ok();
        groups
            .filter_map(|group| self.orchestrator.running(&name(group.name)?))
            .map(|launch| RunningLaunch { paused: launch.is_paused(), report: launch.snapshot() })
            .collect()
    }

    /// Reads everything again, now, and puts it in force.
    ///
    /// # Errors
    /// When the workspace can't be read at all.
    pub async fn reload(&self) -> Result<Reloaded, ServiceError> {
        self.host.reload().await
    }

    /// Begins a launch. The task ends with its report.
    ///
    /// # Errors
    /// When the group can't be found or runs already, or the engine is ending.
    pub fn launch(
        self: &Arc<Self>,
        group: &str,
        order: LaunchOrder,
    ) -> Result<(RunningLaunch, JoinHandle<Option<LaunchReport>>), ServiceError> {
        let _gate = self.gate.lock();
        if self.host.is_ending() {
            return Err(ServiceError::new(Code::Busy, "the engine is ending"));
        }
        let group = self.known(group)?;
        let LaunchOrder { settings, bot_count, config, .. } = order;
        let overrides = Overrides { settings, bot_count, config };
        let request = LaunchRequest { group: group.clone(), overrides, asker: Arc::new(NoAnswer) };
        let (launch, task) = self.orchestrator.start_group(request)?;
        let service = self.clone();
        let task = self.launches.spawn(async move {
            let report =
                task.await.inspect_err(|error| tracing::error!(%group, %error, "a launch broke")).ok()?;
            service.reports.lock().insert(group, report.clone());
            Some(report)
        });
        Ok((RunningLaunch { paused: launch.is_paused(), report: launch.snapshot() }, task))
    }

    /// Stops a group.
    ///
    /// # Errors
    /// When it can't be found or doesn't run.
    pub fn stop(&self, group: &str, order: StopOrder) -> Result<(), ServiceError> {
        Ok(self.orchestrator.stop_group(&self.known(group)?, order.mode())?)
    }

    /// Changes how many bots of a group run; says how many do.
    ///
    /// # Errors
    /// When it can't be found, doesn't run, or a conflict aborts the start.
    pub async fn scale(&self, group: &str, bots: u32) -> Result<u32, ServiceError> {
        Ok(self.orchestrator.scale(&self.known(group)?, bots).await?)
    }

    /// Holds a group's bots before their next account.
    ///
    /// # Errors
    /// When it can't be found or doesn't run.
    pub fn pause(&self, group: &str) -> Result<(), ServiceError> {
        Ok(self.orchestrator.pause(&self.known(group)?)?)
    }

    /// Lets a group's bots go on.
    ///
    /// # Errors
    /// When it can't be found or doesn't run.
    pub fn resume(&self, group: &str) -> Result<(), ServiceError> {
        Ok(self.orchestrator.resume(&self.known(group)?)?)
    }

    /// Ends the engine: its bots finish their account, or not. Nothing is launched any
    /// more.
    pub fn shut_down(&self, mode: StopMode) {
        let _gate = self.gate.lock();
        self.host.shut_down(mode);
        self.orchestrator.stop_all(mode);
        self.launches.close();
    }

    /// Waits until the engine was told to end, and the last launch has.
    pub async fn until_over(&self) {
        self.launches.wait().await;
    }

    /// All events from now on.
    pub fn events(&self) -> Subscription {
        self.events.subscribe()
    }

    /// The definitions as files.
    fn definitions(&self) -> Result<Arc<Definitions>, ServiceError> {
        let missing = || ServiceError::new(Code::Refused, "this engine keeps no definitions as files");
        self.host.definitions().ok_or_else(missing)
    }

    /// The account table and the record of runs.
    fn records(&self) -> Result<Arc<dyn Records>, ServiceError> {
        let missing = || ServiceError::new(Code::Refused, "this engine keeps no account table");
        self.host.records().ok_or_else(missing)
    }

    /// The group of that name. One that runs may have lost its file.
    fn known(&self, group: &str) -> Result<GroupName, ServiceError> {
        if let Ok(name) = GroupName::new(group)
            && self.orchestrator.running(&name).is_some()
        {
            return Ok(name);
        }
        Ok(self.orchestrator.group(group)?.definition.name.clone())
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}
