//! Settling: what an outcome makes of an account, made durable, then told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::PoolError;
use super::lease::{Held, RunFacts};
use super::leasing::{ELSEWHERE_RECHECK, bot_ref};
use super::runtime::{Pool, Spec};
use super::standing::Standing;
use crate::account::Account;
use crate::definition::PoolConfig;
use crate::event::EventKind;
use crate::failpoint::{self, Site};
use crate::ids::{AccountId, LeaseToken};
use crate::ledger::{LedgerError, SettleRequest, Total};
use crate::outcome::{Disposition, Outcome};
use crate::source::SourceError;

impl Pool {
    /// Ends a lease; see [`Lease::settle`].
    pub(super) async fn settle(
        self: &Arc<Self>,
        account: &Arc<Account>,
        held: Held,
        outcome: &Outcome,
        run: Option<RunFacts>,
        give_up: &CancellationToken,
    ) -> Result<Disposition, PoolError> {
        self.settle_as(account, held, outcome, run, None, give_up).await
    }

    /// As [`Pool::settle`], with a standing that the outcome alone doesn't lead to.
    pub(super) async fn settle_as(
        self: &Arc<Self>,
        account: &Arc<Account>,
        held: Held,
        outcome: &Outcome,
        run: Option<RunFacts>,
        standing: Option<Standing>,
        give_up: &CancellationToken,
    ) -> Result<Disposition, PoolError> {
        let spec = self.spec();
        let config = &spec.definition.pool_config;
        // Not as it was when the lease began: the pool may have been reset since.
        let (failures, resets) = {
            let state = self.state.lock();
            (state.roster.failures(&account.id), state.uncertain.resets())
        };
        let verdict = Verdict::of(outcome, failures, config);
        let request = SettleRequest {
            token: held.token,
            account: account.id.clone(),
            pool: self.name.clone(),
            holder: held.holder.clone(),
            disposition: verdict.disposition,
            failures: verdict.failures,
            error: verdict.reason.clone(),
            result: outcome.result().cloned().unwrap_or_default(),
            started: run.map(|run| run.started),
            elapsed: run.map_or(Duration::ZERO, |run| run.elapsed),
        };
        let settle = || self.around.ledger.settle(request.clone());
        let (disposition, reason) = match self.around.health.insist(give_up, settle).await {
            Ok(()) => {
                self.around.health.works();
                (verdict.disposition, verdict.reason.clone())
            }
            Err(LedgerError::Fenced { .. }) => {
                tracing::warn!(
                    pool = %self.name, account = %account.id,
                    "fenced: the lease was taken over, since it wasn't renewed for lease_ttl; the result isn't \
                     counted, and `lariat account show` keeps it"
                );
                (Disposition::Fenced, Some("the lease was taken over; the result is kept aside".to_owned()))
            }
            Err(error) => {
                self.abandon(&account.id, held.token);
                return Err(self.ledger_error(error));
            }
        };
        {
            let mut state = self.state.lock();
            state.holdings.remove(held.token);
            let now = Instant::now();
            // By the rules of now: whoever changes them looks through what was settled before.
            let config = &self.spec().definition.pool_config;
            let mut standing = standing.unwrap_or_else(|| verdict.standing(disposition, config, now));
            let overtaken = state.uncertain.resets() != resets;
            if overtaken {
                // The reset may have forgotten this settlement, or come before it.
                state.uncertain.add(account.id.clone());
                standing = Standing::Elsewhere(now + ELSEWHERE_RECHECK);
            }
            // What is fenced isn't counted: neither is its failure.
            let failures = if disposition == Disposition::Fenced { failures } else { verdict.failures };
            state.roster.settle(&account.id, standing, failures);
            if disposition == Disposition::Retried {
                state.roster.note_failure(&account.id, verdict.reason.as_deref().unwrap_or_default());
            }
            if let Some(result) = outcome.result().filter(|_| disposition == Disposition::Completed) {
                Total::add_result(&mut state.totals, result);
            }
            if let Some(run) = run
                && !matches!(disposition, Disposition::Returned | Disposition::Fenced)
            {
                state.tally.runs += 1;
                state.tally.time += run.elapsed;
            }
            // Before anybody can have the account: who follows the events sees a lease end
            // before the next one of its account begins.
            self.around.events.publish(EventKind::LeaseSettled {
                bot: bot_ref(&held.holder),
                pool: self.name.clone(),
                account: account.id.clone(),
                outcome: disposition,
                reason,
            });
            self.serve_waiters(&mut state);
        }
        self.drained();
        if disposition != Disposition::Fenced
            && let Err(error) = tell(&spec, account, outcome).await
        {
            tracing::warn!(pool = %self.name, account = %account.id, %error, "the source wasn't told of a settlement, which stands");
        }
        Ok(disposition)
    }
}

impl Pool {
    /// Lets go of a lease whose settlement was given up: nobody knows whether it stands.
    /// It isn't renewed any more, and the ledger is asked for the account now and then,
    /// until it says that the account is settled, or the lease has expired.
    fn abandon(self: &Arc<Self>, account: &AccountId, token: LeaseToken) {
        {
            let mut state = self.state.lock();
            state.holdings.remove(token);
            state.uncertain.add(account.clone());
        }
        self.put_back(account, Standing::Elsewhere(Instant::now() + ELSEWHERE_RECHECK));
        self.drained();
    }
}

/// Tells the source of a settlement.
async fn tell(spec: &Spec, account: &Account, outcome: &Outcome) -> Result<(), SourceError> {
    let injected = failpoint::hit(Site::SourceSettle).await;
    injected.map_err(|injected| SourceError::Unavailable(injected.to_string()))?;
    spec.source.settle(&account.id, outcome).await
}

/// What an outcome makes of an account under a pool's rules.
struct Verdict {
    disposition: Disposition,
    failures: u32,
    reason: Option<String>,
}

impl Verdict {
    fn of(outcome: &Outcome, failures: u32, config: &PoolConfig) -> Self {
        let (disposition, failures, reason) = match outcome {
            Outcome::Completed(_) => (Disposition::Completed, failures, None),
            Outcome::Skipped { reason } => (Disposition::Skipped, failures, Some(reason)),
            Outcome::Returned { reason } => (Disposition::Returned, failures, Some(reason)),
            Outcome::Failed { reason } => {
                let failures = failures.saturating_add(1);
                let again = config.retry_failed && failures < config.max_failures;
                let disposition = if again { Disposition::Retried } else { Disposition::Failed };
                (disposition, failures, Some(reason))
            }
        };
        Self { disposition, failures, reason: reason.cloned() }
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
