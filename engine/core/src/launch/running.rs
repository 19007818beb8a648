//! A launch that is under way: its bots, its tally, and the run through its phases.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bot::Bot;
use crate::event::{BotRef, EventKind, LaunchRef};
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::instance::Reservation;
use crate::launch::tally::Tally;
use crate::launch::undo::UndoStack;
use crate::launch::{
    Asker, BotReport, Conflict, DraftPlan, LaunchFailure, LaunchReport, Phase, Plan, StopMode, StopSignal,
    acquire_instances, launch_bots, phase, release, resolve_pool, stop, validate,
};
use crate::orchestrator::Engine;
use crate::pool::Pool;

/// A launch that is under way, or has ended.
pub struct Launch {
    pub(crate) id: LaunchId,
    pub(crate) group: GroupName,
    pub(crate) engine: Arc<Engine>,
    pub(crate) asker: Arc<dyn Asker>,
    pub(crate) stop: StopSignal,
    pub(crate) paused: watch::Sender<bool>,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the launch has reserved its instances, or ended without.
    pub(crate) placed: CancellationToken,
    pub(crate) state: Mutex<LaunchState>,
    began: Instant,
    requested_bots: u32,
}

#[derive(Default)]
pub(crate) struct LaunchState {
    pub(crate) plan: Option<Arc<Plan>>,
    pub(crate) bots: Vec<Arc<Bot>>,
    pub(crate) skipped: Vec<InstanceId>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) errors: Vec<String>,
    pub(crate) tally: Tally,
    /// Instances that this launch had to start.
    pub(crate) started: Vec<InstanceId>,
    /// Instances whose bots are about to be started.
    pub(crate) unstarted: VecDeque<Reservation>,
    /// Instances that another launch took before their bot was started.
    pub(crate) given_up: BTreeSet<InstanceId>,
}

impl Launch {
    pub(crate) fn new(engine: Arc<Engine>, draft: &DraftPlan, asker: Arc<dyn Asker>) -> Arc<Self> {
        Arc::new(Self {
            id: LaunchId::random(),
            group: draft.group.clone(),
            engine,
            asker,
            stop: StopSignal::default(),
            paused: watch::Sender::new(false),
            tasks: TaskTracker::new(),
            placed: CancellationToken::new(),
            state: Mutex::default(),
            began: Instant::now(),
            requested_bots: draft.bot_count,
        })
    }

    /// The launch's id.
    pub fn id(&self) -> LaunchId {
        self.id
    }

    /// Its group.
    pub fn group(&self) -> &GroupName {
        &self.group
    }

    /// Waits until it has reserved its instances, or has ended: another launch that
    /// wants some of them too finds them taken from then on.
    pub async fn until_placed(&self) {
        self.placed.cancelled().await;
    }

    /// An answer, unless the launch is stopped before it comes.
    pub(crate) async fn unless_stopped<T>(&self, answer: impl Future<Output = Option<T>>) -> Option<T> {
        tokio::select! {
            answer = answer => answer,
            () = self.stop.draining().cancelled() => None,
        }
    }

    /// Stops the bot on an instance; if it isn't started yet, it won't be.
    pub(crate) fn stop_bot(&self, instance: InstanceId, mode: StopMode) {
        let mut state = self.state.lock();
        let running = state.bots.iter().find(|bot| bot.instance() == instance && !bot.status().has_ended());
        if let Some(bot) = running {
            bot.stop(mode);
            return;
        }
        // Where it is still being made ready, `launch_bots` finds it among the given up.
        state.given_up.insert(instance);
        let dropped: Vec<Reservation>;
        let unstarted = std::mem::take(&mut state.unstarted);
        (dropped, state.unstarted) = {
            let (dropped, kept): (Vec<_>, Vec<_>) = unstarted.into_iter().partition(|r| r.id() == instance);
            (dropped, kept.into())
        };
        drop(state);
        drop(dropped);
    }

    /// Asks its bots to stop.
    pub fn stop(&self, mode: StopMode) {
        self.stop.stop(mode);
    }

    /// Holds its bots before their next account, or lets them go on.
    pub fn pause(&self, paused: bool) {
        self.paused.send_replace(paused);
    }

    /// Whether its bots are held.
    pub fn is_paused(&self) -> bool {
        *self.paused.borrow()
    }

    /// Its pool, once resolved.
    pub fn pool(&self) -> Option<Arc<Pool>> {
        self.state.lock().plan.as_ref()?.pool.clone()
    }

    /// What came of it so far.
    pub fn snapshot(&self) -> LaunchReport {
        self.report(None)
    }

    pub(crate) fn reference(&self) -> LaunchRef {
        LaunchRef { launch_id: self.id, group: self.group.clone() }
    }

    pub(crate) fn bot_reference(&self, instance: InstanceId) -> BotRef {
        BotRef { launch: self.reference(), instance }
    }

    pub(crate) fn publish(&self, kind: EventKind) {
        self.engine.events.publish(kind);
    }

    /// Runs the launch to its end.
    pub(crate) async fn run(self: Arc<Self>, draft: DraftPlan) -> LaunchReport {
        self.publish(EventKind::LaunchStarted { launch: self.reference(), pool: draft.account_pool.clone() });
        let mut undo = UndoStack::default();
        let failure = match self.bring_up(draft, &mut undo).await {
            Ok(()) => {
                undo.clear();
                phase::run(&self, Phase::Stop, stop::run(&self)).await.err()
            }
            Err(failure) => {
                undo.unwind().await;
                Some(failure)
            }
        };
        self.placed.cancel();
        let released = phase::run(&self, Phase::Release, release::run(&self)).await;
        let report = self.report(failure.or(released.err()));
        let outcome = match () {
            () if report.stopped => "stopped",
            () if report.success => "completed",
            () => "failed",
        };
        let error = (!report.errors.is_empty()).then(|| report.errors.join("; "));
        self.publish(EventKind::LaunchFinished { launch: self.reference(), outcome, error });
        report
    }

    async fn bring_up(self: &Arc<Self>, draft: DraftPlan, undo: &mut UndoStack) -> Result<(), LaunchFailure> {
        let pool = phase::run(self, Phase::ResolvePool, resolve_pool::run(self, &draft)).await?;
        let plan =
            Arc::new(phase::run(self, Phase::Validate, validate::run(&self.engine, draft, pool)).await?);
        self.state.lock().plan = Some(plan.clone());
        let instances =
            phase::run(self, Phase::AcquireInstances, acquire_instances::run(self, &plan, undo)).await?;
        phase::run(self, Phase::LaunchBots, launch_bots::run(self, &plan, instances, undo)).await
    }

    fn report(&self, failure: Option<LaunchFailure>) -> LaunchReport {
        let state = self.state.lock();
        let bots: Vec<BotReport> = state.bots.iter().map(|bot| bot.report()).collect();
        let mut errors = state.errors.clone();
        if let Some(failure) = &failure {
            errors.extend(failure.messages.iter().cloned());
        }
        let broke = bots.iter().any(|bot| bot.status == crate::bot::BotStatus::Failed);
        LaunchReport {
            launch_id: self.id,
            group: self.group.clone(),
            success: failure.is_none() && errors.is_empty() && !broke && !bots.is_empty(),
            requested_bots: self.requested_bots,
            launched_bots: u32::try_from(bots.len()).unwrap_or(u32::MAX),
            skipped_instances: state.skipped.clone(),
            conflicts: state.conflicts.clone(),
            accounts: state.tally.accounts,
            totals: state.tally.totals.clone(),
            bots,
            errors,
            duration_ms: millis(self.began.elapsed()),
            failure,
            stopped: self.stop.is_stopping(),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
