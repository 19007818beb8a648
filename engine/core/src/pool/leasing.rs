//! Leasing: from a ready account to a lease that the ledger has made durable.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::PoolError;
use super::lease::{Held, Lease};
use super::roster::Standing;
use super::runtime::Pool;
use super::serving::Picked;
use crate::account::Account;
use crate::event::{BotRef, EventKind, LaunchRef};
use crate::ids::AccountId;
use crate::ledger::{Holder, LeaseDecision, LeaseRequest, LedgerError};
use crate::outcome::Outcome;
use crate::source::Claim;

/// How soon an account that another pool holds is asked for again.
pub(super) const ELSEWHERE_RECHECK: Duration = Duration::from_millis(250);
/// Pauses between tries while the ledger fails; they double, and add up to a minute.
const LEDGER_PAUSE: Duration = Duration::from_millis(50);
const LEDGER_PAUSE_MAX: Duration = Duration::from_secs(2);
const LEDGER_TRIES: u32 = 34;

impl Pool {
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

    /// Asks the ledger again and again while its store fails: bots keep what they hold,
    /// and work goes on when the store does.
    pub(super) async fn persist<T, F>(
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
}

/// The bot that a holder is.
pub(super) fn bot_ref(holder: &Holder) -> BotRef {
    BotRef {
        launch: LaunchRef { launch_id: holder.launch, group: holder.group.clone() },
        instance: holder.instance,
    }
}
