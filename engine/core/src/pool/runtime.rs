//! A pool that leases and settles.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lease::{Held, Lease, RunFacts};
use super::roster::{Roster, Standing, Taken};
use super::stats::{PoolStats, RunTally};
use super::waiters::Waiters;
use crate::account::Account;
use crate::clock::SharedClock;
use crate::definition::{Defined, DefinitionError, PoolConfig, PoolDefinition};
use crate::event::{BotRef, EventBus, EventKind, LaunchRef};
use crate::ids::{AccountId, PoolName};
use crate::ledger::{Holder, LeaseDecision, LeaseRequest, Ledger, LedgerError, SettleRequest, Total};
use crate::outcome::{Disposition, Outcome, RunResult};
use crate::source::{AccountSource, Claim, SourceError};

/// How soon an account that another pool holds is asked for again.
const ELSEWHERE_RECHECK: Duration = Duration::from_millis(250);
/// Pauses between tries while the ledger fails; they double, and add up to a minute.
const LEDGER_PAUSE: Duration = Duration::from_millis(50);
const LEDGER_PAUSE_MAX: Duration = Duration::from_secs(2);
const LEDGER_TRIES: u32 = 34;

/// Why a pool couldn't do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PoolError {
    /// The definition can't be found or used.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The source gave nothing.
    #[error("pool \"{pool}\": {error}")]
    Source {
        /// Which pool.
        pool: PoolName,
        /// Why.
        error: SourceError,
    },
    /// The ledger failed.
    #[error("pool \"{pool}\": {error}")]
    Ledger {
        /// Which pool.
        pool: PoolName,
        /// Why.
        error: LedgerError,
    },
    /// An account's fields can't be read.
    #[error("pool \"{pool}\": account {account} has fields that can't be read: {message}")]
    Account {
        /// Which pool.
        pool: PoolName,
        /// Which account.
        account: AccountId,
        /// Why.
        message: String,
    },
}

/// What a pool works with.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) events: EventBus,
    pub(super) clock: SharedClock,
}

/// A definition and the source that was opened for it.
pub(super) struct Spec {
    pub(super) definition: Arc<PoolDefinition>,
    pub(super) generation: u64,
    pub(super) source: Arc<dyn AccountSource>,
}

/// A pool instance. Two groups that name one pool share one of these.
pub struct Pool {
    pub(super) name: PoolName,
    pub(super) spec: Mutex<Arc<Spec>>,
    pub(super) around: Surroundings,
    pub(super) state: Mutex<State>,
    pub(super) refreshing: tokio::sync::Mutex<()>,
    pub(super) closed: CancellationToken,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) roster: Roster,
    waiters: Waiters<Picked>,
    pub(super) totals: BTreeMap<String, Total>,
    pub(super) tally: RunTally,
    pub(super) last_refresh: Option<Timestamp>,
    pub(super) error: Option<String>,
}

/// An account that was taken from the roster. Dropped before it is leased, it goes back.
pub(super) struct Picked {
    pool: Arc<Pool>,
    taken: Option<Taken>,
}

impl Drop for Picked {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            self.pool.put_back(&taken.row.id, Standing::Ready);
        }
    }
}

impl Pool {
    pub(super) fn new(
        defined: &Defined<PoolDefinition>,
        source: Arc<dyn AccountSource>,
        around: Surroundings,
    ) -> Arc<Self> {
        let spec = Spec { definition: defined.definition.clone(), generation: defined.generation, source };
        Arc::new(Self {
            name: defined.definition.name.clone(),
            spec: Mutex::new(Arc::new(spec)),
            around,
            state: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            closed: CancellationToken::new(),
        })
    }

    /// The pool's name.
    pub fn name(&self) -> &PoolName {
        &self.name
    }

    /// The definition in force.
    pub fn definition(&self) -> Arc<PoolDefinition> {
        self.spec().definition.clone()
    }

    /// The generation of the definition in force.
    pub fn generation(&self) -> u64 {
        self.spec().generation
    }

    pub(super) fn spec(&self) -> Arc<Spec> {
        self.spec.lock().clone()
    }

    /// The pool's numbers now.
    pub fn stats(&self) -> PoolStats {
        let generation = self.generation();
        let state = self.state.lock();
        PoolStats {
            name: self.name.clone(),
            generation,
            counts: state.roster.counts(),
            totals: state.totals.clone(),
            runs: state.tally.runs,
            average_ms: state.tally.average_ms(),
            last_refresh: state.last_refresh,
            error: state.error.clone(),
        }
    }

    /// Whether a bot that asked now would get nothing and need not wait.
    pub fn is_exhausted(&self) -> bool {
        let mut state = self.state.lock();
        state.roster.promote(Instant::now());
        state.roster.ready().next().is_none() && !state.roster.is_pending()
    }

    /// Leases the next account in the pool's order, except those of `except`. `None`
    /// when there is nothing left: nothing is ready, resting or held by somebody who
    /// may give it back; with `wait_for_accounts`, when nothing came for
    /// `max_wait_time`. Also `None` as soon as `stop` is cancelled while waiting, or
    /// the pool is closed.
    ///
    /// # Errors
    /// When the ledger or the source's authority failed.
    pub async fn lease(
        self: &Arc<Self>,
        holder: &Holder,
        except: &Arc<HashSet<AccountId>>,
        stop: &CancellationToken,
    ) -> Result<Option<Lease>, PoolError> {
        loop {
            let Some(picked) = self.pick(except, stop).await else { return Ok(None) };
            // From here to the answer nothing is cancelled: a commit whose answer
            // nobody waited for would leave the account leased by nobody.
            if let Some(lease) = self.lease_picked(picked, holder).await? {
                return Ok(Some(lease));
            }
        }
    }

    async fn pick(
        self: &Arc<Self>,
        except: &Arc<HashSet<AccountId>>,
        stop: &CancellationToken,
    ) -> Option<Picked> {
        let config = self.definition().pool_config.clone();
        let patience = config.wait_for_accounts.then(|| Instant::now() + config.max_wait_time.as_duration());
        let ticket = Ticket { pool: self, number: self.state.lock().waiters.ticket() };
        loop {
            let (receiver, due) = {
                let mut state = self.state.lock();
                if state.roster.promote(Instant::now()) {
                    self.serve_waiters(&mut state);
                }
                if self.closed.is_cancelled() || stop.is_cancelled() {
                    return None;
                }
                if let Some(taken) = state.roster.take(except) {
                    return Some(Picked { pool: self.clone(), taken: Some(taken) });
                }
                let given_up = patience.is_some_and(|until| until <= Instant::now());
                if given_up || (patience.is_none() && !state.roster.is_pending()) {
                    return None;
                }
                (state.waiters.wait(ticket.number, except.clone()), state.roster.next_due())
            };
            let until = match (due, patience) {
                (Some(due), Some(patience)) => Some(due.min(patience)),
                (due, patience) => due.or(patience),
            };
            let alarm = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                picked = receiver => if let Ok(picked) = picked { return Some(picked) },
                () = stop.cancelled() => {}
                () = self.closed.cancelled() => {}
                () = alarm => {}
            }
        }
    }

    async fn lease_picked(
        self: &Arc<Self>,
        mut picked: Picked,
        holder: &Holder,
    ) -> Result<Option<Lease>, PoolError> {
        let Some(taken) = picked.taken.as_ref() else { return Ok(None) };
        let (id, failures) = (taken.row.id.clone(), taken.failures);
        let spec = self.spec();
        let config = &spec.definition.pool_config;
        let request = LeaseRequest {
            account: id.clone(),
            pool: self.name.clone(),
            holder: holder.clone(),
            ttl: config.lease_ttl.as_duration(),
            repeat_after: config.repeat_after.non_zero(),
        };
        let lease = || self.around.ledger.lease(request.clone());
        let decision = self.persist("lease", &id, lease).await.map_err(|error| self.ledger_error(error))?;
        let Some(taken) = picked.taken.take() else { return Ok(None) };
        let token = match decision {
            LeaseDecision::Granted { token } => token,
            LeaseDecision::Held { .. } => {
                self.put_back(&id, Standing::Elsewhere(Instant::now() + ELSEWHERE_RECHECK));
                return Ok(None);
            }
            LeaseDecision::Settled(state) => {
                self.put_back(&id, Standing::Done(state, None));
                return Ok(None);
            }
        };
        self.state.lock().roster.granted(&id, token);
        let held = Held { pool: self.clone(), token, holder: holder.clone(), failures };
        let (account, unreadable) = match taken.row.unpack() {
            Ok(account) => (account, None),
            Err(error) => (Account::new(id.clone(), []), Some(error.to_string())),
        };
        let account = Arc::new(account);
        let bot = bot_ref(holder);
        self.around.events.publish(EventKind::LeaseGranted {
            bot,
            pool: self.name.clone(),
            account: id.clone(),
            generation: spec.generation,
        });
        if let Some(message) = unreadable {
            self.settle(&account, held, Outcome::Skipped { reason: message.clone() }, None).await?;
            tracing::warn!(pool = %self.name, account = %id, %message, "skipped an account whose fields can't be read");
            return Ok(None);
        }
        let refusal = match spec.source.claim(&account).await {
            Ok(Claim::Granted) => return Ok(Some(Lease { account, held: Some(held) })),
            Ok(Claim::Refused(reason)) => reason,
            Err(error) => {
                tracing::warn!(pool = %self.name, account = %id, %error, "couldn't claim the account; going on with the next");
                error.to_string()
            }
        };
        self.settle_as(&account, held, Outcome::Returned { reason: refusal }, None, Some(Standing::Refused))
            .await?;
        Ok(None)
    }

    /// Ends a lease; see [`Lease::settle`].
    pub(super) async fn settle(
        self: &Arc<Self>,
        account: &Arc<Account>,
        held: Held,
        outcome: Outcome,
        run: Option<RunFacts>,
    ) -> Result<Disposition, PoolError> {
        self.settle_as(account, held, outcome, run, None).await
    }

    async fn settle_as(
        self: &Arc<Self>,
        account: &Arc<Account>,
        held: Held,
        outcome: Outcome,
        run: Option<RunFacts>,
        standing: Option<Standing>,
    ) -> Result<Disposition, PoolError> {
        let spec = self.spec();
        let config = &spec.definition.pool_config;
        let verdict = Verdict::of(&outcome, held.failures, config);
        let request = SettleRequest {
            token: held.token,
            account: account.id.clone(),
            pool: self.name.clone(),
            holder: held.holder.clone(),
            disposition: verdict.disposition,
            failures: verdict.failures,
            error: verdict.reason.clone(),
            result: verdict.result.clone(),
            started: run.map(|run| run.started),
            elapsed: run.map_or(Duration::ZERO, |run| run.elapsed),
        };
        let settled =
            self.persist("settle", &account.id, || self.around.ledger.settle(request.clone())).await;
        let disposition = match settled {
            Ok(()) => verdict.disposition,
            Err(LedgerError::Fenced { .. }) => Disposition::Fenced,
            Err(error) => return Err(self.ledger_error(error)),
        };
        {
            let mut state = self.state.lock();
            let now = Instant::now();
            let standing = standing.unwrap_or_else(|| verdict.standing(disposition, config, now));
            state.roster.settle(&account.id, standing, verdict.failures);
            if disposition == Disposition::Retried {
                state.roster.note_failure(&account.id, verdict.reason.as_deref().unwrap_or_default());
            }
            if disposition == Disposition::Completed {
                Total::add_result(&mut state.totals, &verdict.result);
            }
            if let Some(run) = run
                && !matches!(disposition, Disposition::Returned | Disposition::Fenced)
            {
                state.tally.runs += 1;
                state.tally.time += run.elapsed;
            }
            self.serve_waiters(&mut state);
        }
        self.around.events.publish(EventKind::LeaseSettled {
            bot: bot_ref(&held.holder),
            pool: self.name.clone(),
            account: account.id.clone(),
            outcome: disposition,
            reason: verdict.reason,
        });
        if disposition != Disposition::Fenced
            && let Err(error) = spec.source.settle(&account.id, &outcome).await
        {
            tracing::warn!(pool = %self.name, account = %account.id, %error, "the source wasn't told of a settlement, which stands");
        }
        Ok(disposition)
    }

    /// Asks the ledger again and again while its store fails: bots keep what they hold,
    /// and work goes on when the store does.
    async fn persist<T, F>(
        &self,
        what: &str,
        account: &AccountId,
        ask: impl Fn() -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let mut pause = LEDGER_PAUSE;
        for _ in 1..LEDGER_TRIES {
            match ask().await {
                Err(LedgerError::Store(message)) => {
                    tracing::warn!(pool = %self.name, %account, %message, "couldn't {what}; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LEDGER_PAUSE_MAX);
                }
                answer => return answer,
            }
        }
        ask().await
    }

    fn put_back(self: &Arc<Self>, id: &AccountId, standing: Standing) {
        let mut state = self.state.lock();
        state.roster.put_back(id, standing);
        self.serve_waiters(&mut state);
    }

    /// Hands what is ready to those who wait, in their order; when nothing more can
    /// come, makes them all look again.
    pub(super) fn serve_waiters(self: &Arc<Self>, state: &mut State) {
        if state.waiters.is_empty() {
            return;
        }
        let mut given = Vec::new();
        for id in state.roster.ready() {
            if state.waiters.is_empty() {
                break;
            }
            if let Some(answer) = state.waiters.first_for(id) {
                given.push((id.clone(), answer));
            }
        }
        for (id, answer) in given {
            let Some(taken) = state.roster.take_this(&id) else { continue };
            if let Err(mut picked) = answer.send(Picked { pool: self.clone(), taken: Some(taken) }) {
                // Who waited has left: back without a guard, since the lock is held.
                picked.taken = None;
                state.roster.put_back(&id, Standing::Ready);
            }
        }
        if !state.roster.is_pending() {
            state.waiters.wake_all();
        }
    }

    /// Serves nothing any more; leases that are out can still be settled.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.around.events.publish(EventKind::PoolClosed { pool: self.name.clone() });
    }

    pub(super) fn ledger_error(&self, error: LedgerError) -> PoolError {
        PoolError::Ledger { pool: self.name.clone(), error }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({:?})", self.name)
    }
}

/// Leaves the queue of waiters when the bot stops asking.
struct Ticket<'a> {
    pool: &'a Pool,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.pool.state.lock().waiters.leave(self.number);
    }
}

fn bot_ref(holder: &Holder) -> BotRef {
    BotRef {
        launch: LaunchRef { launch_id: holder.launch, group: holder.group.clone() },
        instance: holder.instance,
    }
}

/// What an outcome makes of an account under a pool's rules.
struct Verdict {
    disposition: Disposition,
    failures: u32,
    reason: Option<String>,
    result: RunResult,
}

impl Verdict {
    fn of(outcome: &Outcome, failures: u32, config: &PoolConfig) -> Self {
        let (disposition, failures, reason, result) = match outcome {
            Outcome::Completed(result) => (Disposition::Completed, failures, None, result.clone()),
            Outcome::Skipped { reason } => (Disposition::Skipped, failures, Some(reason), RunResult::new()),
            Outcome::Returned { reason } => (Disposition::Returned, failures, Some(reason), RunResult::new()),
            Outcome::Failed { reason } => {
                let failures = failures.saturating_add(1);
                let again = config.retry_failed && failures < config.max_failures;
                let disposition = if again { Disposition::Retried } else { Disposition::Failed };
                (disposition, failures, Some(reason), RunResult::new())
            }
        };
        Self { disposition, failures, reason: reason.cloned(), result }
    }

    fn standing(&self, disposition: Disposition, config: &PoolConfig, now: Instant) -> Standing {
        match disposition {
            Disposition::Retried if !config.retry_backoff.is_zero() => {
                Standing::Resting(now + config.retry_backoff.as_duration())
            }
            Disposition::Retried | Disposition::Returned => Standing::Ready,
            Disposition::Fenced => Standing::Elsewhere(now + ELSEWHERE_RECHECK),
            Disposition::Completed | Disposition::Failed | Disposition::Skipped => {
                let again = config.repeat_after.non_zero().map(|after| now + after);
                match disposition.final_state() {
                    Some(state) => Standing::Done(state, again),
                    None => Standing::Ready,
                }
            }
        }
    }
}
