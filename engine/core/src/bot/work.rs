//! The loop of a bot.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::attempt::{self, Ended};
use super::backoff::Backoff;
use super::status::BotStatus;
use crate::definition::RestartPolicy;
use crate::event::EventKind;
use crate::ids::{AccountId, InstanceId};
use crate::instance::Reservation;
use crate::launch::generation::{self, Serving};
use crate::launch::{BotReport, Launch, Plan, StopMode, StopSignal};
use crate::ledger::{Attempt, Holder};
use crate::outcome::{Disposition, Outcome, RunResult};
use crate::pool::{Lease, Pool, RunFacts};

/// A bot on its instance.
pub struct Bot {
    instance: InstanceId,
    plan: Arc<Plan>,
    stop: StopSignal,
    state: Mutex<BotState>,
}

struct BotState {
    status: BotStatus,
    accounts: u64,
    account: Option<AccountId>,
    error: Option<String>,
}

/// How one turn of the loop went.
enum Turn {
    /// Well.
    Well,
    /// The routine broke: a restart policy decides.
    Broke(String),
    /// There is nothing more to do.
    Over,
    /// It must stop.
    Stopped,
    /// What the routine ran on went away: it goes on, as if this turn hadn't been.
    Lost,
}

impl Bot {
    pub(crate) fn new(launch: &Launch, plan: Arc<Plan>, instance: InstanceId) -> Arc<Self> {
        let state = BotState { status: BotStatus::Starting, accounts: 0, account: None, error: None };
        Arc::new(Self { instance, plan, stop: launch.stop.child(), state: Mutex::new(state) })
    }

    /// Its instance.
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// How it stands.
    pub fn status(&self) -> BotStatus {
        self.state.lock().status
    }

    /// The account it works on.
    pub fn account(&self) -> Option<AccountId> {
        self.state.lock().account.clone()
    }

    /// Asks it to stop.
    pub fn stop(&self, mode: StopMode) {
        self.stop.stop(mode);
    }

    pub(crate) fn report(&self) -> BotReport {
        let state = self.state.lock();
        BotReport {
            instance: self.instance,
            status: state.status,
            accounts: state.accounts,
            error: state.error.clone(),
        }
    }

    fn set(&self, status: BotStatus) {
        self.state.lock().status = status;
    }

    /// Works until there is nothing left, something breaks, or it is stopped.
    pub(crate) async fn run(self: Arc<Self>, launch: Arc<Launch>, reservation: Reservation) {
        launch.publish(EventKind::BotStarted { bot: launch.bot_reference(self.instance) });
        let status = self.work(&launch).await;
        let error = {
            let mut state = self.state.lock();
            state.status = status;
            state.account = None;
            if status != BotStatus::Failed {
                state.error = None;
            }
            state.error.clone()
        };
        let bot = launch.bot_reference(self.instance);
        launch.publish(EventKind::BotFinished { bot: bot.clone(), outcome: status.as_str(), error });
        drop(reservation);
        launch.publish(EventKind::InstanceReleased { bot });
    }

    async fn work(&self, launch: &Arc<Launch>) -> BotStatus {
        let policy = self.plan.draft.options.restart_policy;
        let mut backoff = Backoff::default();
        let mut given_back = Arc::new(HashSet::new());
        loop {
            self.wait_while_paused(launch).await;
            if self.stop.is_stopping() {
                return BotStatus::Stopped;
            }
            let turn = match &self.plan.pool {
                Some(pool) => self.turn_with_account(launch, pool, &mut given_back).await,
                None => self.turn_without_account(launch).await,
            };
            let reason = match turn {
                Turn::Stopped => return BotStatus::Stopped,
                Turn::Over => return BotStatus::Completed,
                Turn::Lost => {
                    // No restart, but a pause, should it go away again and again.
                    self.set(BotStatus::Waiting);
                    tokio::select! {
                        biased;
                        () = tokio::time::sleep(backoff.next()) => continue,
                        () = self.stop.draining().cancelled() => return BotStatus::Stopped,
                    }
                }
                Turn::Well => {
                    backoff.reset();
                    match policy {
                        _ if self.plan.pool.is_some() => continue,
                        RestartPolicy::Always => "its routine ended".to_owned(),
                        RestartPolicy::Never | RestartPolicy::OnFailure => return BotStatus::Completed,
                    }
                }
                Turn::Broke(error) => {
                    self.state.lock().error = Some(error.clone());
                    if policy == RestartPolicy::Never {
                        return BotStatus::Failed;
                    }
                    error
                }
            };
            self.set(BotStatus::Restarting);
            tokio::select! {
                biased;
                () = tokio::time::sleep(backoff.next()) => {}
                () = self.stop.draining().cancelled() => return BotStatus::Stopped,
            }
            launch.publish(EventKind::BotRestarted { bot: launch.bot_reference(self.instance), reason });
        }
    }

    async fn wait_while_paused(&self, launch: &Launch) {
        if launch.is_paused() {
            self.set(BotStatus::Paused);
        }
        tokio::select! {
            biased;
            () = launch.gate.pass() => {}
            () = self.stop.draining().cancelled() => {}
        }
    }

    fn holder(&self, launch: &Launch, serving: &Serving) -> Holder {
        Holder {
            launch: launch.id,
            group: launch.group.clone(),
            instance: self.instance,
            routine: self.plan.draft.routine.clone(),
            generation: serving.routine.generation,
        }
    }

    async fn turn_with_account(
        &self,
        launch: &Arc<Launch>,
        pool: &Arc<Pool>,
        given_back: &mut Arc<HashSet<AccountId>>,
    ) -> Turn {
        let limit = self.plan.draft.options.max_accounts;
        if limit > 0 && self.state.lock().accounts >= limit {
            return Turn::Over;
        }
        self.set(BotStatus::Waiting);
        let holder = self.holder(launch, &generation::serving(launch, &self.plan).await);
        let refused = |account: &AccountId, reason: &str| launch.state.lock().tally.refuse(account, reason);
        let lease = pool.lease_telling(&holder, given_back, self.stop.draining(), &refused).await;
        let mut lease = match lease {
            Ok(Some(lease)) => lease,
            Ok(None) if self.stop.is_stopping() => return Turn::Stopped,
            Ok(None) => return Turn::Over,
            Err(error) => return Turn::Broke(error.to_string()),
        };
        // It may have waited long for the account.
        let serving = generation::serving(launch, &self.plan).await;
        lease.run_by(serving.routine.generation);
        let account = lease.account().clone();
        {
            let mut state = self.state.lock();
            state.status = BotStatus::Running;
            state.account = Some(account.id.clone());
        }
        let (ended, run) = attempt::run(
            launch,
            &self.plan,
            &serving,
            self.instance,
            &self.stop,
            Some(account.clone()),
            &lease.lost(),
        )
        .await;
        self.state.lock().account = None;
        if let Ended::Said(Outcome::Returned { .. }) = &ended {
            // One that a bot gave back isn't offered to it again, or it would never end.
            Arc::make_mut(given_back).insert(account.id.clone());
        }
        let (outcome, turn) = match ended {
            Ended::Said(outcome) => (outcome, Turn::Well),
            Ended::Broke(error) => (
                Outcome::Failed { reason: error.with_traceback() },
                Turn::Broke(format!("account {}: {error}", account.id)),
            ),
            Ended::Interrupted => (Outcome::Returned { reason: "the bot was stopped".into() }, Turn::Stopped),
            Ended::HostLost(reason) => (Outcome::Returned { reason }, Turn::Lost),
            Ended::TakenOver => (Outcome::Returned { reason: "the lease was taken over".into() }, Turn::Well),
        };
        match self.settle(launch, lease, &outcome, run).await {
            Ok(()) => {}
            Err(error) if self.stop.forced().is_cancelled() => {
                tracing::warn!(account = %account.id, error, "stopped without settling; the next start returns the account");
                return Turn::Stopped;
            }
            Err(error) => return Turn::Broke(error),
        }
        if !matches!(turn, Turn::Lost) {
            self.state.lock().accounts += 1;
        }
        turn
    }

    async fn settle(
        &self,
        launch: &Launch,
        lease: Lease,
        outcome: &Outcome,
        run: RunFacts,
    ) -> Result<(), String> {
        let account = lease.account().id.clone();
        let disposition = lease.settle_unless(outcome, Some(run), self.stop.forced()).await;
        let disposition = disposition.map_err(|error| error.to_string())?;
        let tally = &mut launch.state.lock().tally;
        tally.add(disposition, outcome.result());
        if let Outcome::Failed { reason } = outcome
            && disposition != Disposition::Fenced
        {
            tally.failures.add(reason, Some(&account));
        }
        Ok(())
    }

    async fn turn_without_account(&self, launch: &Arc<Launch>) -> Turn {
        self.set(BotStatus::Running);
        let serving = generation::serving(launch, &self.plan).await;
        let (ended, run) = attempt::run(
            launch,
            &self.plan,
            &serving,
            self.instance,
            &self.stop,
            None,
            &CancellationToken::new(),
        )
        .await;
        let (disposition, error, result, turn) = match ended {
            Ended::Interrupted | Ended::TakenOver => (
                Disposition::Returned,
                Some("the bot was stopped".to_owned()),
                RunResult::new(),
                Turn::Stopped,
            ),
            Ended::HostLost(reason) => (Disposition::Returned, Some(reason), RunResult::new(), Turn::Lost),
            Ended::Broke(error) => (
                Disposition::Failed,
                Some(error.with_traceback()),
                RunResult::new(),
                Turn::Broke(error.to_string()),
            ),
            Ended::Said(outcome) => {
                let nothing = RunResult::new();
                match outcome {
                    Outcome::Completed(result) => (Disposition::Completed, None, result, Turn::Well),
                    Outcome::Skipped { reason } => (Disposition::Skipped, Some(reason), nothing, Turn::Well),
                    Outcome::Returned { reason } => {
                        (Disposition::Returned, Some(reason), nothing, Turn::Well)
                    }
                    Outcome::Failed { reason } => {
                        (Disposition::Failed, Some(reason.clone()), nothing, Turn::Broke(reason))
                    }
                }
            }
        };
        {
            let tally = &mut launch.state.lock().tally;
            tally.add_result(disposition, Some(&result));
            if let Some(reason) = error.as_deref().filter(|_| disposition == Disposition::Failed) {
                tally.failures.add(reason, None);
            }
        }
        let holder = self.holder(launch, &serving);
        let attempt =
            Attempt { holder, disposition, error, result, started: run.started, elapsed: run.elapsed };
        let record = || launch.engine.ledger.record_attempt(attempt.clone());
        let health = launch.engine.pools.health();
        match health.insist(self.stop.forced(), record).await {
            Ok(()) => health.works(),
            Err(error) => tracing::warn!(%error, "couldn't record a run"),
        }
        turn
    }
}

impl std::fmt::Debug for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bot({}, {})", self.instance, self.status().as_str())
    }
}
