//! Heartbeats: the leases held through a pool are renewed while their bots live. A
//! lease that was taken over meanwhile ends its bot's run: somebody else works on the
//! account now.

use std::collections::BTreeMap;
use std::sync::Weak;

use tokio_util::sync::CancellationToken;

use super::runtime::Pool;
use crate::ids::{AccountId, LeaseToken};
use crate::ledger::Renewal;

/// The leases held through a pool by this engine.
#[derive(Debug, Default)]
pub(super) struct Holdings(BTreeMap<LeaseToken, (AccountId, CancellationToken)>);

impl Holdings {
    /// Adds a lease; the token is cancelled when it is lost.
    pub(super) fn add(&mut self, token: LeaseToken, account: AccountId) -> CancellationToken {
        let lost = CancellationToken::new();
        self.0.insert(token, (account, lost.clone()));
        lost
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes a lease that ended.
    pub(super) fn remove(&mut self, token: LeaseToken) {
        self.0.remove(&token);
    }
}

impl Pool {
    async fn renew(&self) {
        let ttl = self.definition().pool_config.lease_ttl.as_duration();
        let held: BTreeMap<AccountId, (LeaseToken, CancellationToken)> = {
            let state = self.state.lock();
            let held = state.holdings.0.iter();
            held.map(|(token, (account, lost))| (account.clone(), (*token, lost.clone()))).collect()
        };
        if held.is_empty() {
            return;
        }
        let renewals =
            held.iter().map(|(account, (token, _))| Renewal { account: account.clone(), token: *token, ttl });
        match self.around.ledger.renew(renewals.collect()).await {
            Ok(lost) => {
                for account in lost {
                    let Some((token, lost)) = held.get(&account) else { continue };
                    // One that was settled while it was being renewed isn't lost.
                    if self.state.lock().holdings.0.contains_key(token) {
                        tracing::warn!(
                            pool = %self.name, %account,
                            "the lease was taken over, since it wasn't renewed for lease_ttl; its bot stops working \
                             on the account, and its result won't count. Raise lease_ttl if this engine was only \
                             paused"
                        );
                        lost.cancel();
                    }
                }
            }
            // The leases live on: the holders are told when they settle, and the next
            // beat tries again.
            Err(error) => tracing::debug!(pool = %self.name, %error, "couldn't renew leases"),
        }
    }
}

/// Renews a pool's leases three times within their life, until it is dropped, or closed
/// and its last lease settled.
pub(super) async fn renew_leases(pool: Weak<Pool>) {
    let Some(mut redefined) = pool.upgrade().map(|pool| pool.redefined.subscribe()) else { return };
    while let Some(ttl) = pool.upgrade().map(|pool| pool.definition().pool_config.lease_ttl.as_duration()) {
        tokio::select! {
            biased;
            // What is held must not outlive a shorter ttl.
            changed = redefined.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(ttl / 3) => {}
        }
        let Some(pool) = pool.upgrade() else { return };
        if pool.closed.is_cancelled() && pool.state.lock().holdings.is_empty() {
            return;
        }
        pool.renew().await;
    }
}
