//! A launch that is under way: its bots, its tally, and the run through its phases.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::event::{BotRef, EventKind, LaunchRef};
use crate::hook::HookSet;
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::launch::course::Course;
use crate::launch::gate::Gate;
use crate::launch::generation::Generations;
use crate::launch::state::{LaunchState, Life, Mark};
use crate::launch::{
    Asker, BotReport, DraftPlan, LaunchFailure, LaunchReport, Phase, Plan, StopMode, StopSignal, phase,
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
    pub(crate) gate: Gate,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the launch has reserved its instances, or ended without.
    pub(crate) placed: CancellationToken,
    pub(crate) state: Mutex<LaunchState>,
    pub(crate) generations: Mutex<Generations>,
    began: Instant,
    requested_bots: u32,
}

impl Launch {
    pub(crate) fn new(engine: Arc<Engine>, draft: DraftPlan, asker: Arc<dyn Asker>) -> Arc<Self> {
        let (group, requested_bots) = (draft.group.clone(), draft.bot_count);
        Arc::new(Self {
            id: LaunchId::random(),
            group,
            engine,
            asker,
            stop: StopSignal::default(),
            gate: Gate::default(),
            tasks: TaskTracker::new(),
            placed: CancellationToken::new(),
            state: Mutex::new(LaunchState::new(draft)),
            generations: Mutex::default(),
            began: Instant::now(),
            requested_bots,
        })
    }

    /// Whether it has reserved its instances, or has ended.
    pub fn is_placed(&self) -> bool {
        self.placed.is_cancelled()
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
            biased;
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
        let place = state.unstarted.iter().position(|reservation| reservation.id() == instance);
        let given_up = place.and_then(|place| state.unstarted.remove(place));
        drop(state);
        drop(given_up);
    }

    /// Asks its bots to stop.
    pub fn stop(&self, mode: StopMode) {
        self.stop.stop(mode);
    }

    /// Holds its bots before their next account, or lets them go on.
    pub fn pause(&self, paused: bool) {
        if paused {
            self.gate.close();
        } else {
            self.gate.open();
        }
    }

    /// Whether its bots are held.
    pub fn is_paused(&self) -> bool {
        self.gate.is_closed()
    }

    /// Its pool, once resolved.
    pub fn pool(&self) -> Option<Arc<Pool>> {
        self.state.lock().plan.as_ref()?.pool.clone()
    }

    /// The plan as it stands.
    pub(crate) fn draft(&self) -> Arc<DraftPlan> {
        self.state.lock().draft.clone()
    }

    /// The plan for `phase` to carry out.
    pub(crate) fn plan(&self, phase: Phase) -> Result<Arc<Plan>, LaunchFailure> {
        let plan = self.state.lock().plan.clone();
        plan.ok_or_else(|| LaunchFailure::failed(phase, "the plan hasn't been validated"))
    }

    /// Notes the plan that is carried out from now on.
    pub(crate) fn freeze(&self, plan: Plan) {
        self.state.lock().plan = Some(Arc::new(plan));
    }

    pub(crate) fn enter(&self, life: Life) {
        self.state.lock().life = life;
    }

    /// Notes that the launch does without an instance.
    pub(crate) fn skip(&self, id: InstanceId, reason: String) {
        self.state.lock().skipped.push(id);
        self.publish(EventKind::InstanceSkipped { bot: self.bot_reference(id), reason });
    }

    /// Says something that doesn't end the launch, in the log and in the report.
    pub(crate) fn warn(&self, message: String) {
        tracing::warn!(group = %self.group, "{message}");
        self.state.lock().warnings.push(message);
    }

    /// How much was told so far.
    pub(crate) fn mark(&self) -> Mark {
        self.state.lock().mark()
    }

    /// Takes back what was told since: the phase is run again.
    pub(crate) fn run_again_since(&self, mark: Mark, failure: &LaunchFailure) {
        self.state.lock().back_to(mark);
        self.warn(format!("{failure}; the phase is run again"));
    }

    /// Says beside what is wrong with the plan what hooks changed in it.
    pub(crate) fn with_patches(&self, mut failure: LaunchFailure) -> LaunchFailure {
        failure.messages.extend(self.state.lock().patched_by.iter().map(ToString::to_string));
        failure
    }

    /// What came of it so far.
    pub fn snapshot(&self) -> LaunchReport {
        self.report()
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
    pub(crate) async fn run(self: Arc<Self>, hooks: HookSet) -> LaunchReport {
        let pool = self.draft().account_pool.clone();
        self.publish(EventKind::LaunchStarted { launch: self.reference(), pool });
        for warning in hooks.warnings() {
            self.warn(warning.clone());
        }
        let mut course = Course::new(hooks);
        let failure = match self.bring_up(&mut course).await {
            Ok(()) => {
                course.undo.clear();
                phase::run(&self, &mut course, Phase::Stop).await.err()
            }
            Err(failure) => {
                self.state.lock().failure = Some(failure);
                course.undo.unwind().await;
                course.give_back(&self);
                None
            }
        };
        self.placed.cancel();
        self.enter(Life::Over);
        self.note(failure);
        let released = phase::run(&self, &mut course, Phase::Release).await;
        self.note(released.err());
        let report = self.report();
        let outcome = match () {
            () if report.stopped => "stopped",
            () if report.success => "completed",
            () => "failed",
        };
        let error = (!report.errors.is_empty()).then(|| report.errors.join("; "));
        self.publish(EventKind::LaunchFinished { launch: self.reference(), outcome, error });
        report
    }

    /// Keeps the first failure, which is what ended the launch.
    fn note(&self, failure: Option<LaunchFailure>) {
        let mut state = self.state.lock();
        state.failure = state.failure.take().or(failure);
    }

    async fn bring_up(self: &Arc<Self>, course: &mut Course) -> Result<(), LaunchFailure> {
        if !course.hooks.problems().is_empty() {
            let hooks = std::mem::take(&mut course.hooks);
            return Err(phase::refuse(self, Phase::ResolvePool, hooks.problems().to_vec()));
        }
        for phase in Phase::BRING_UP {
            phase::run(self, course, phase).await?;
        }
        Ok(())
    }

    fn report(&self) -> LaunchReport {
        let state = self.state.lock();
        let failure = state.failure.clone();
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
            failures: state.tally.failures.told(),
            refusals: state.tally.refusals.told(),
            totals: state.tally.totals.clone(),
            bots,
            errors,
            warnings: state.warnings.clone(),
            patched_by: state.patched_by.clone(),
            duration_ms: millis(self.began.elapsed()),
            failure,
            stopped: self.stop.is_stopping(),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
