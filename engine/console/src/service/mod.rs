//! Every verb, once: for a running engine, and for a command that works in its own process.
//!
//! | part | holds |
//! |---|---|
//! | [`Service`] | the verbs |
//! | [`Keeper`], [`Host`] | what the program around it keeps, and what only one that stays up can do |
//! | `pools`, `groups` | definitions: shown, tested, saved, deleted; refresh and reset |
//! | `accounts` | the account table |
//! | `attempts` | the record of runs: found, shown, tried again |
//! | `export` | accounts as a file |
//! | `files` | the files of definitions as they are written |
//! | `folders` | folders of the machine, to choose one for a pool |
//! | `logs` | the log files, from their end |
//! | `questions` | what launches ask those who ordered them |
//! | `readiness` | whether the store can be written |
//! | `places` | how accounts stand in open pools |
//! | `extensions` | what is registered, with what came of its calls |
//! | `upkeep` | scripts checked, backups, the doctor |
//! | `plugins` | native plugins: listed, reloaded, quarantined, lifted |
//! | `orders` | what is asked, and what is answered |
//! | [`ServiceError`] | why not, with the exit code of the contract |

mod accounts;
mod attempts;
mod error;
mod export;
mod extensions;
mod files;
mod folders;
mod groups;
mod host;
mod logs;
mod orders;
mod places;
mod plugins;
mod pools;
mod questions;
mod readiness;
mod upkeep;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::event::{EventBus, Subscription};
use lariat_core::ids::{GroupName, LaunchId};
use lariat_core::launch::{Asker, Launch, LaunchReport, LaunchRequest, NoAnswer, StopMode};
use lariat_core::orchestrator::Orchestrator;
use lariat_core::records::Records;
use lariat_workspace::Definitions;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

pub use accounts::{AccountShown, Imported, MOST_ROWS, Page, Reveal};
pub use attempts::{Again, Retried, Run, RunFilter, RunLog, RunShown};
pub use error::{Code, ServiceError};
pub use export::Exported;
pub(crate) use export::{MOST_IN_A_FILE, kind_of};
pub use extensions::{Extension, HooksListed, ProviderListed, RoutineListed};
pub use folders::{Folder, Folders};
pub use groups::{GroupPool, GroupShown};
pub use host::{Host, Keeper, NO_ENGINE, NotUp, PluginOrder, Reloaded, Watching};
pub(crate) use logs::LEVELS;
pub use logs::{LogLines, LogPlace, LogSearch};
pub use orders::{FollowedPool, Following, LaunchOrder, RunningLaunch, Status, StopOrder};
pub use places::{PlaceIn, PoolPlaces, Standing};
pub use pools::{PoolDeleted, PoolDraft, PoolShown, Saved};
use questions::Questions;
pub use questions::{Answer, Asked, Question};
pub use upkeep::{Backup, Checked, Script};

/// The verbs.
pub struct Service {
    orchestrator: Orchestrator,
    events: EventBus,
    keeper: Arc<dyn Keeper>,
    host: Arc<dyn Host>,
    started_at: Timestamp,
    /// The last report of each group that was launched.
    reports: Mutex<BTreeMap<GroupName, LaunchReport>>,
    /// The questions of launches whose orderer answers them.
    questions: Mutex<BTreeMap<LaunchId, Arc<Questions>>>,
    /// How often a group was paused or resumed, of which there is no event.
    held: watch::Sender<u64>,
    last_look: readiness::LastLook,
    /// The launches under way, and whether there may be more.
    launches: TaskTracker,
    gate: Mutex<()>,
}

impl Service {
    /// A service over this orchestrator. Without an engine that stays up, its host is
    /// [`NotUp`].
    pub fn new(
        orchestrator: Orchestrator,
        events: EventBus,
        keeper: Arc<dyn Keeper>,
        host: Arc<dyn Host>,
    ) -> Arc<Self> {
        Arc::new(Self {
            orchestrator,
            events,
            keeper,
            host,
            started_at: Timestamp::now(),
            reports: Mutex::default(),
            questions: Mutex::default(),
            held: watch::Sender::default(),
            last_look: Default::default(),
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
            pools: self.pools_that_many().await,
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
        let questions = order.ask.then(Questions::new);
        let asker = questions.clone().map_or_else(|| Arc::new(NoAnswer) as _, |asks| asks as Arc<dyn Asker>);
        let (launch, task) = self.begin(group, order, asker, questions)?;
        Ok((RunningLaunch { paused: launch.is_paused(), report: launch.snapshot() }, task))
    }

    /// As [`Service::launch`], with somebody who answers its questions at once; gives the
    /// launch itself, to be followed from near.
    ///
    /// # Errors
    /// As for [`Service::launch`].
    pub fn launch_asking(
        self: &Arc<Self>,
        group: &str,
        order: LaunchOrder,
        asker: Arc<dyn Asker>,
    ) -> Result<(Arc<Launch>, JoinHandle<Option<LaunchReport>>), ServiceError> {
        self.begin(group, order, asker, None)
    }

    fn begin(
        self: &Arc<Self>,
        group: &str,
        order: LaunchOrder,
        asker: Arc<dyn Asker>,
        questions: Option<Arc<Questions>>,
    ) -> Result<(Arc<Launch>, JoinHandle<Option<LaunchReport>>), ServiceError> {
        let _gate = self.gate.lock();
        if self.host.is_ending() {
            return Err(ServiceError::new(Code::Busy, "the engine is ending"));
        }
        let group = self.known(group)?;
        let request = LaunchRequest { group: group.clone(), overrides: order.overrides(), asker };
        let (launch, task) = self.orchestrator.start_group(request)?;
        let id = launch.id();
        self.questions.lock().extend(questions.map(|questions| (id, questions)));
        let service = self.clone();
        let task = self.launches.spawn(async move {
            let ended = task.await;
            service.questions.lock().remove(&id);
            let report = ended.inspect_err(|error| tracing::error!(%group, %error, "a launch broke")).ok()?;
            service.reports.lock().insert(group, report.clone());
            Some(report)
        });
        Ok((launch, task))
    }

    /// How a group's launch stands. Whoever `may_answer` its questions looks at them with
    /// this, and so keeps them standing.
    ///
    /// # Errors
    /// When the group doesn't run.
    pub fn follow(&self, group: &str, may_answer: bool) -> Result<Following, ServiceError> {
        let launch = self.under_way(group)?;
        let questions = self.questions.lock().get(&launch.id()).filter(|_| may_answer).cloned();
        let pool = launch.pool().map(|pool| FollowedPool {
            name: pool.name().clone(),
            counts: pool.stats().counts,
            outage: pool.outage().map(|outage| outage.error),
        });
        Ok(Following {
            placed: launch.is_placed(),
            pool,
            questions: questions.map(|questions| questions.look()).unwrap_or_default(),
            launch: RunningLaunch { paused: launch.is_paused(), report: launch.snapshot() },
        })
    }

    /// Answers a question of a group's launch.
    ///
    /// # Errors
    /// When the group doesn't run, or the question doesn't stand or takes another answer.
    pub fn answer(&self, group: &str, question: u64, answer: Answer) -> Result<(), ServiceError> {
        let launch = self.under_way(group)?;
        let questions = self.questions.lock().get(&launch.id()).cloned();
        let nothing = || ServiceError::new(Code::NotFound, format!("the launch of \"{group}\" asks nothing"));
        questions.ok_or_else(nothing)?.answer(question, answer)
    }

    fn under_way(&self, group: &str) -> Result<Arc<Launch>, ServiceError> {
        let launch = GroupName::new(group).ok().and_then(|name| self.orchestrator.running(&name));
        launch.ok_or_else(|| ServiceError::new(Code::NotFound, format!("group \"{group}\" doesn't run")))
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
        self.orchestrator.pause(&self.known(group)?)?;
        self.held.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Lets a group's bots go on.
    ///
    /// # Errors
    /// When it can't be found or doesn't run.
    pub fn resume(&self, group: &str) -> Result<(), ServiceError> {
        self.orchestrator.resume(&self.known(group)?)?;
        self.held.send_modify(|count| *count += 1);
        Ok(())
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

    /// Changes whenever a group was paused or resumed.
    pub(crate) fn held(&self) -> watch::Receiver<u64> {
        self.held.subscribe()
    }

    /// The definitions as files.
    fn definitions(&self) -> Result<Arc<Definitions>, ServiceError> {
        let missing = || ServiceError::new(Code::Refused, "this engine keeps no definitions as files");
        self.keeper.definitions().ok_or_else(missing)
    }

    /// The account table and the record of runs.
    fn records(&self) -> Result<Arc<dyn Records>, ServiceError> {
        let missing = || ServiceError::new(Code::Refused, "this engine keeps no account table");
        self.keeper.records().ok_or_else(missing)
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
