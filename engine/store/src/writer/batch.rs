//! Requests decided by the mirror and turned into rows, until two of them would depend
//! on each other: the later one then waits for the next batch. So the rows of a batch
//! may be applied kind by kind, in any order.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::ids::{AccountId, LeaseToken, PoolName};
use lariat_core::kv::{KvError, MAX_KEYS};
use lariat_core::ledger::{
    LeaseDecision, LeaseRequest, LedgerError, LiveLease, Renewal, SettleRequest, Total,
};
use serde::Serialize;
use serde_json::Value;

use super::answers::Answer;
use super::mirror::{Held, Mirror};
use super::request::{Reply, Request};
use super::rows::{AttemptRow, KeepRow, LeaseRow, PoolDelta, PoolRow, RenewRow, SettleRow, TotalRow};
use super::statements::{Kind, Kinds};
use crate::error::StoreError;
use crate::time::after;

/// Requests that share a transaction.
pub(super) struct Batch {
    now: Timestamp,
    monotonic: Duration,
    /// The accounts leased or settled in this batch.
    touched: HashSet<AccountId>,
    /// The leases that this batch ends: they go back to the mirror when it fails.
    pub(super) ended: Vec<Held>,
    leases: Vec<LeaseRow>,
    settlements: Vec<SettleRow>,
    renewals: BTreeMap<AccountId, (LeaseToken, i64)>,
    attempts: Vec<AttemptRow>,
    pools: BTreeMap<PoolName, PoolDelta>,
    kept: Vec<KeepRow>,
    pub(super) answers: Vec<Answer>,
}

impl Batch {
    pub(super) fn new(now: Timestamp, monotonic: Duration) -> Self {
        Self {
            now,
            monotonic,
            touched: HashSet::new(),
            ended: Vec::new(),
            leases: Vec::new(),
            settlements: Vec::new(),
            renewals: BTreeMap::new(),
            attempts: Vec::new(),
            pools: BTreeMap::new(),
            kept: Vec::new(),
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
            Request::Settle(settle, reply) => Answer::Done(reply, self.settle(*settle, mirror)),
            Request::Renew(renewals, reply) => Answer::Renewed(reply, self.renew(renewals, mirror)),
            Request::Attempt(attempt, reply) => {
                self.attempts.push(AttemptRow::free(*attempt));
                Answer::Done(reply, Ok(()))
            }
            Request::Refreshed(pool, reply) => {
                self.pools.entry(pool).or_default().last_refresh = Some(self.now.as_millisecond());
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
            return Answer::Held(reply, decision);
        }
        let token = mirror.next_token();
        let expires_at = after(self.now, request.ttl);
        self.leases.push(LeaseRow::new(&request, token, self.now, expires_at));
        self.touched.insert(request.account.clone());
        let lease = LiveLease { account: request.account, pool: request.pool, holder: request.holder, token };
        let deadline = self.monotonic.saturating_add(request.ttl);
        Answer::Granted(reply, Box::new(Held { lease, expires_at, deadline }))
    }

    fn settle(&mut self, request: SettleRequest, mirror: &mut Mirror) -> Result<(), LedgerError> {
        if mirror.with_token(&request.account, request.token).is_none() {
            let account = request.account.clone();
            self.attempts.extend(AttemptRow::fenced(request));
            return Err(LedgerError::Fenced { account });
        }
        self.ended.extend(mirror.leases.remove(&request.account));
        self.touched.insert(request.account.clone());
        self.pools.entry(request.pool.clone()).or_default().count(&request);
        self.settlements.push(SettleRow::new(request));
        Ok(())
    }

    fn renew(&mut self, renewals: Vec<Renewal>, mirror: &mut Mirror) -> Vec<AccountId> {
        let mut lost = Vec::new();
        for renewal in renewals {
            if mirror.renew(&renewal, self.now, self.monotonic) {
                let expires_at = after(self.now, renewal.ttl);
                self.renewals.insert(renewal.account, (renewal.token, expires_at.as_millisecond()));
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
        self.kept.push(KeepRow(extension, key, (!value.is_null()).then(|| value.to_string())));
        Ok(())
    }

    /// The rows by kind, as JSON.
    pub(super) fn rows(&mut self) -> Result<Rows, StoreError> {
        let mut pools = Vec::new();
        let mut totals = Vec::new();
        for (name, delta) in std::mem::take(&mut self.pools) {
            for (total, value) in delta.totals {
                totals.push(TotalRow(name.clone(), total, finite(value)));
            }
            pools.push(PoolRow(name, delta.last_refresh, delta.runs, delta.run_us));
        }
        let renewals: Vec<_> = std::mem::take(&mut self.renewals)
            .into_iter()
            .map(|(account, (token, expires_at))| RenewRow(account, token, expires_at))
            .collect();
        let mut rows = Rows { now: self.now, kinds: Kinds::default(), binds: Vec::new() };
        rows.add(Kind::Settle, &self.settlements)?;
        rows.add(Kind::Lease, &self.leases)?;
        rows.add(Kind::Renew, &renewals)?;
        rows.add(Kind::Attempt, &self.attempts)?;
        rows.add(Kind::Pool, &pools)?;
        rows.add(Kind::Total, &totals)?;
        rows.add(Kind::Keep, &self.kept)?;
        Ok(rows)
    }
}

/// JSON has no infinity.
fn finite(total: Total) -> Total {
    match total {
        Total::Float(float) => Total::Float(float.clamp(f64::MIN, f64::MAX)),
        int @ Total::Int(_) => int,
    }
}

/// The rows of a batch, as the binds of its SQL text.
pub(super) struct Rows {
    pub(super) now: Timestamp,
    pub(super) kinds: Kinds,
    pub(super) binds: Vec<Option<String>>,
}

impl Rows {
    /// Adds the rows of the next kind, in the order of [`Kind::ALL`].
    fn add<T: Serialize>(&mut self, kind: Kind, rows: &[T]) -> Result<(), StoreError> {
        if rows.is_empty() {
            self.binds.push(None);
            return Ok(());
        }
        let text = serde_json::to_string(rows).map_err(|error| StoreError::Record(error.to_string()))?;
        self.kinds = self.kinds.with(kind);
        self.binds.push(Some(text));
        Ok(())
    }
}
