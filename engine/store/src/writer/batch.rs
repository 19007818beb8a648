//! Requests decided by the mirror and turned into rows, until two of them would depend
//! on each other: the later one then waits for the next batch. So the rows of a batch
//! may be applied kind by kind, in any order.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::ids::{AccountId, LeaseToken, PoolName};
use lariat_core::kv::{KvError, MAX_KEYS};
use lariat_core::ledger::{LeaseDecision, LeaseRequest, LedgerError, LiveLease, Renewal, SettleRequest};
use serde_json::Value;

use super::answers::Answer;
use super::mirror::{Held, Mirror};
use super::request::{Reply, Request};
use super::rows::{AttemptRow, KeepRow, LeaseRow, PoolDelta};
use super::statements::Kind;
use crate::time::{after, whole_ms};

/// Requests that share a transaction.
pub(super) struct Batch {
    monotonic: Duration,
    /// The accounts leased or settled in this batch.
    touched: HashSet<AccountId>,
    /// The leases that this batch ends: they go back to the mirror when it fails.
    pub(super) ended: Vec<Held>,
    pub(super) rows: Rows,
    pub(super) answers: Vec<Answer>,
}

impl Batch {
    pub(super) fn new(now: Timestamp, monotonic: Duration) -> Self {
        Self {
            monotonic,
            touched: HashSet::new(),
            ended: Vec::new(),
            rows: Rows::new(now),
            answers: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Takes a request into the batch, or gives it back when it must wait for the next.
    pub(super) fn take(&mut self, request: Request, mirror: &mut Mirror) -> Option<Request> {
        if self.must_wait(&request) {
            return Some(request);
        }
        let answer = match request {
            Request::Lease(lease, reply) => self.lease(lease, reply, mirror),
            Request::Settle(settle, reply) => Answer::Done(reply, self.settle(settle, mirror)),
            Request::Renew(renewals, reply) => Answer::Renewed(reply, self.renew(renewals, mirror)),
            Request::Attempt(attempt, reply) => {
                self.rows.attempts.push(AttemptRow::free(*attempt));
                Answer::Done(reply, Ok(()))
            }
            Request::Refreshed(pool, reply) => {
                self.rows.pools.entry(pool).or_default().last_refresh = Some(self.rows.now.as_millisecond());
                Answer::Done(reply, Ok(()))
            }
            Request::Keep { extension, key, value, reply } => {
                Answer::Kept(reply, self.keep(extension, key, &value, mirror))
            }
            alone @ Request::Alone(_) => return Some(alone),
        };
        self.answers.push(answer);
        None
    }

    /// Whether a request is about an account that this batch leases or settles.
    fn must_wait(&self, request: &Request) -> bool {
        match request {
            Request::Lease(lease, _) => self.touched.contains(&lease.account),
            Request::Settle(settle, _) => self.touched.contains(&settle.account),
            Request::Renew(renewals, _) => renewals.iter().any(|one| self.touched.contains(&one.account)),
            Request::Alone(_) => true,
            Request::Attempt(..) | Request::Refreshed(..) | Request::Keep { .. } => false,
        }
    }

    fn lease(&mut self, request: LeaseRequest, reply: Reply<LeaseDecision>, mirror: &mut Mirror) -> Answer {
        // To the same holder and pool it is granted anew: the answer to its first request
        // was lost when the commit reported an error and stood.
        let others = |held: &&Held| held.lease.pool != request.pool || held.lease.holder != request.holder;
        let live = |held: &&Held| held.deadline > self.monotonic;
        if let Some(held) = mirror.leases.get(&request.account).filter(live).filter(others) {
            let decision = LeaseDecision::Held { pool: held.lease.pool.clone(), expires_at: held.expires_at };
            return Answer::Lease(reply, decision);
        }
        let token = mirror.next_token();
        let now = self.rows.now;
        let expires_at = after(now, request.ttl);
        let since =
            request.repeat_after.map_or(i64::MIN, |age| now.as_millisecond().saturating_sub(whole_ms(age)));
        self.touched.insert(request.account.clone());
        let lease = LiveLease { account: request.account, pool: request.pool, holder: request.holder, token };
        let deadline = self.monotonic.saturating_add(request.ttl);
        self.rows.leases.push(LeaseRow { held: Held { lease, expires_at, deadline }, since });
        Answer::Lease(reply, LeaseDecision::Granted { token })
    }

    fn settle(&mut self, request: Box<SettleRequest>, mirror: &mut Mirror) -> Result<(), LedgerError> {
        if mirror.with_token(&request.account, request.token).is_none() {
            let account = request.account.clone();
            self.rows.attempts.extend(AttemptRow::fenced(*request));
            return Err(LedgerError::Fenced { account });
        }
        self.ended.extend(mirror.leases.remove(&request.account));
        self.touched.insert(request.account.clone());
        self.rows.pools.entry(request.pool.clone()).or_default().count(&request);
        self.rows.settlements.push(*request);
        Ok(())
    }

    fn renew(&mut self, renewals: Vec<Renewal>, mirror: &mut Mirror) -> Vec<AccountId> {
        let mut lost = Vec::new();
        for renewal in renewals {
            if mirror.renew(&renewal, self.rows.now, self.monotonic) {
                let expires_at = after(self.rows.now, renewal.ttl);
                self.rows.renewals.insert(renewal.account, (renewal.token, expires_at.as_millisecond()));
            } else {
                lost.push(renewal.account);
            }
        }
        lost
    }

    fn keep(
        &mut self,
        extension: String,
        key: String,
        value: &Value,
        mirror: &mut Mirror,
    ) -> Result<(), KvError> {
        let keys = mirror.keys.entry(extension.clone()).or_default();
        if value.is_null() {
            keys.remove(&key);
        } else if keys.len() >= MAX_KEYS && !keys.contains(&key) {
            return Err(KvError::Limit(format!("an extension keeps at most {MAX_KEYS} keys")));
        } else {
            keys.insert(key.clone());
        }
        self.rows.kept.push(KeepRow(extension, key, (!value.is_null()).then(|| value.to_string())));
        Ok(())
    }
}

/// The rows of a batch by kind.
pub(super) struct Rows {
    pub(super) now: Timestamp,
    pub(super) leases: Vec<LeaseRow>,
    pub(super) settlements: Vec<SettleRequest>,
    pub(super) renewals: BTreeMap<AccountId, (LeaseToken, i64)>,
    pub(super) attempts: Vec<AttemptRow>,
    pub(super) pools: BTreeMap<PoolName, PoolDelta>,
    pub(super) kept: Vec<KeepRow>,
}

impl Rows {
    const fn new(now: Timestamp) -> Self {
        Self {
            now,
            leases: Vec::new(),
            settlements: Vec::new(),
            renewals: BTreeMap::new(),
            attempts: Vec::new(),
            pools: BTreeMap::new(),
            kept: Vec::new(),
        }
    }

    /// The kinds of change in it.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        let kinds = [
            (Kind::Settle, !self.settlements.is_empty()),
            (Kind::Lease, !self.leases.is_empty()),
            (Kind::Renew, !self.renewals.is_empty()),
            (Kind::Attempt, !self.attempts.is_empty()),
            (Kind::Pool, !self.pools.is_empty()),
            (Kind::Keep, !self.kept.is_empty()),
        ];
        kinds.into_iter().filter(|(_, any)| *any).map(|(kind, _)| kind)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds().next().is_none()
    }
}
