//! Leasing: from a ready account to a lease that the ledger has made durable.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::PoolError;
use super::lease::{Held, Lease};
use super::runtime::Pool;
use super::serving::Picked;
use super::standing::Standing;
use crate::account::Account;
use crate::event::{BotRef, EventKind, LaunchRef};
use crate::failpoint::{self, Site};
use crate::ids::AccountId;
use crate::ledger::{Holder, LeaseDecision, LeaseRequest, LedgerError};
use crate::outcome::Outcome;
use crate::source::{Claim, SourceError};

/// How soon an account that another pool holds is asked for again.
pub(super) const ELSEWHERE_RECHECK: Duration = Duration::from_millis(250);

/// How soon at most an account is asked for again that the ledger knows to be settled.
const SETTLED_RECHECK: Duration = Duration::from_millis(250);

/// Is told of an account that couldn't be claimed, and why.
type Refused<'a> = &'a (dyn Fn(&AccountId, &str) + Send + Sync);

impl Pool {
    /// Leases the next account in the pool's order, except those of `except`. `None`
    /// when there is nothing left: nothing is ready, resting or held by somebody who
    /// may give it back; with `wait_for_accounts`, when nothing came for
    /// `max_wait_time`. Also `None` as soon as `stop` is cancelled while waiting, or
    /// the pool is closed. While the ledger's store fails this waits, and `stop` ends it.
    ///
    /// # Errors
    /// When the ledger is closed or rejects the record.
    pub async fn lease(
        self: &Arc<Self>,
        holder: &Holder,
        except: &Arc<HashSet<AccountId>>,
        stop: &CancellationToken,
    ) -> Result<Option<Lease>, PoolError> {
        self.lease_telling(holder, except, stop, &|_, _| {}).await
    }

    /// As [`Pool::lease`]; `refused` is told each account that the source didn't give, and
    /// why.
    ///
    /// # Errors
    /// As for `lease`.
    pub async fn lease_telling(
        self: &Arc<Self>,
        holder: &Holder,
        except: &Arc<HashSet<AccountId>>,
        stop: &CancellationToken,
        refused: Refused<'_>,
    ) -> Result<Option<Lease>, PoolError> {
        loop {
            let Some(picked) = self.pick(except, stop).await else { return Ok(None) };
            // From here to the answer nothing is cancelled: a commit whose answer
            // nobody waited for would leave the account leased by nobody.
            if let Some(lease) = self.lease_picked(picked, holder, stop, refused).await? {
                return Ok(Some(lease));
            }
        }
    }

    async fn lease_picked(
        self: &Arc<Self>,
        mut picked: Picked,
        holder: &Holder,
        stop: &CancellationToken,
        refused: Refused<'_>,
    ) -> Result<Option<Lease>, PoolError> {
        let Some(taken) = picked.taken.as_ref() else { return Ok(None) };
        let id = taken.account_id();
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
        let decision = match self.around.health.insist(stop, lease).await {
            // It may be leased after all: then its holder is gone, and it is free again
            // after `lease_ttl` or at the next start.
            Err(LedgerError::Store(_)) if stop.is_cancelled() => return Ok(None),
            decision => decision.map_err(|error| self.ledger_error(error))?,
        };
        let Some(taken) = picked.taken.take() else { return Ok(None) };
        let token = match decision {
            LeaseDecision::Granted { token } => token,
            LeaseDecision::Held { .. } => {
                self.put_back(&id, Standing::Elsewhere(Instant::now() + ELSEWHERE_RECHECK));
                return Ok(None);
            }
            LeaseDecision::Settled { state, at } => {
                let soonest = Instant::now() + SETTLED_RECHECK;
                let again = self.due()(at).map(|due| due.max(soonest));
                self.put_back(&id, Standing::Done(state, again));
                return Ok(None);
            }
        };
        self.around.health.works();
        let lost = {
            let mut state = self.state.lock();
            state.holdings.add(token, id.clone())
        };
        self.make_certain(&id, stop).await;
        let held = Held { pool: self.clone(), token, holder: holder.clone(), lost };
        let (account, unreadable) = match taken.unpack() {
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
            self.settle(&account, held, &Outcome::Skipped { reason: message.clone() }, None, stop).await?;
            tracing::warn!(pool = %self.name, account = %id, %message, "skipped an account whose fields can't be read");
            return Ok(None);
        }
        let claim = async {
            failpoint::hit(Site::SourceClaim)
                .await
                .map_err(|injected| SourceError::Unavailable(injected.to_string()))?;
            spec.source.claim(&account).await
        };
        let refusal = match claim.await {
            Ok(Claim::Granted) => return Ok(Some(Lease { account, held: Some(held) })),
            Ok(Claim::Refused(reason)) => reason,
            Err(error) => {
                tracing::warn!(pool = %self.name, account = %id, %error, "couldn't claim the account; going on with the next");
                error.to_string()
            }
        };
        refused(&id, &refusal);
        let returned = Outcome::Returned { reason: refusal };
        self.settle_as(&account, held, &returned, None, Some(Standing::Refused), stop).await?;
        Ok(None)
    }
}

/// The bot that a holder is.
pub(super) fn bot_ref(holder: &Holder) -> BotRef {
    BotRef {
        launch: LaunchRef { launch_id: holder.launch, group: holder.group.clone() },
        instance: holder.instance,
    }
}
