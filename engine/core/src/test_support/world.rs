//! The promises, as one state of affairs and what each request makes of it. This is
//! written from the contract, as plainly as possible, and shares no code with a ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::request::{Answer, Request};
use super::row::{Row, Status};
use crate::ids::{AccountId, LeaseToken, PoolName};
use crate::ledger::{
    AccountOutcome, Holder, LeaseDecision, LeaseRequest, OutcomeState, PoolHistory, ResetReport,
    SettleRequest, Total,
};
use crate::outcome::{Disposition, FinalState};

/// What can be seen of a ledger from outside.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Of each pool.
    pub histories: BTreeMap<PoolName, PoolHistory>,
    /// The account table, where there is one.
    pub rows: Option<BTreeMap<AccountId, Row>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Held {
    pool: PoolName,
    holder: Holder,
    /// `None` when the answer that told it got lost, until it is seen.
    token: Option<LeaseToken>,
    expires_at: Timestamp,
    /// The status of the account's row before.
    before: Option<Status>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Facts {
    totals: BTreeMap<String, Total>,
    runs: u64,
    run_time: Duration,
    last_refresh: Option<Timestamp>,
}

/// One state of affairs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    held: BTreeMap<AccountId, Held>,
    outcomes: BTreeMap<(PoolName, AccountId), AccountOutcome>,
    pools: BTreeMap<PoolName, Facts>,
    rows: Option<BTreeMap<AccountId, Row>>,
    /// The runs that were settled: of which account, by whom, begun when.
    settled_runs: Vec<(AccountId, Holder, Option<Timestamp>)>,
    /// Every token must be larger than this one.
    last_token: i64,
}

impl World {
    /// Nothing has happened; these are the rows of the account table, if there is one.
    pub fn new(rows: Option<BTreeMap<AccountId, Row>>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Serves a request and says whether the answer is the one that is promised. `None`
    /// is an answer that got lost.
    ///
    /// # Errors
    /// What was promised instead.
    pub fn serve(
        &mut self,
        request: &Request,
        answer: Option<&Answer>,
        now: Timestamp,
    ) -> Result<(), String> {
        let promised = match request {
            Request::Lease(request) => self.lease(request, answer, now)?,
            Request::Settle(request) => self.settle(request, answer, now),
            Request::Renew(renewals) => {
                let lost = renewals.iter().filter(|one| !self.renew(&one.account, one.token, now, one.ttl));
                Answer::Renewed(lost.map(|one| one.account.clone()).collect())
            }
            Request::Refreshed(pool) => {
                self.facts(pool).last_refresh = Some(now);
                Answer::Done
            }
            Request::Reset(pool, only) => Answer::Reset(self.reset(pool, only.as_deref())),
            Request::Rescue => return self.rescue(answer),
        };
        match answer {
            Some(answer) if *answer != promised => {
                Err(format!("{request:?}\n  got {answer:?}\n  promised {promised:?}"))
            }
            _ => Ok(()),
        }
    }

    fn facts(&mut self, pool: &PoolName) -> &mut Facts {
        self.pools.entry(pool.clone()).or_default()
    }

    /// Promise 1: one holder. Promise 4: a final outcome is final.
    fn lease(
        &mut self,
        request: &LeaseRequest,
        answer: Option<&Answer>,
        now: Timestamp,
    ) -> Result<Answer, String> {
        // To the same holder and pool it is granted anew: its first answer may be lost.
        let others = |held: &&Held| held.pool != request.pool || held.holder != request.holder;
        let live = |held: &&Held| held.expires_at > now;
        if let Some(held) = self.held.get(&request.account).filter(live).filter(others) {
            let (pool, expires_at) = (held.pool.clone(), held.expires_at);
            return Ok(Answer::Leased(LeaseDecision::Held { pool, expires_at }));
        }
        if let Some((state, at)) = self.settled(request, now) {
            return Ok(Answer::Leased(LeaseDecision::Settled { state, at }));
        }
        let token = match answer {
            Some(Answer::Leased(LeaseDecision::Granted { token })) => Some(*token),
            _ => None,
        };
        self.token_is_new(token)?;
        // Who takes over an expired lease takes over what its account was before it.
        let earlier = self.held.remove(&request.account).and_then(|held| held.before);
        let row = self.rows.as_mut().and_then(|rows| rows.get_mut(&request.account));
        let before = earlier.or(row.as_ref().map(|row| row.status));
        if let Some(row) = row {
            row.status = Status::InUse;
        }
        let held = Held {
            pool: request.pool.clone(),
            holder: request.holder.clone(),
            token,
            expires_at: now.checked_add(request.ttl).unwrap(),
            before,
        };
        self.held.insert(request.account.clone(), held);
        Ok(Answer::Leased(LeaseDecision::Granted { token: token.unwrap_or(LeaseToken(0)) }))
    }

    fn settled(&self, request: &LeaseRequest, now: Timestamp) -> Option<(FinalState, Timestamp)> {
        let outcome = self.outcomes.get(&(request.pool.clone(), request.account.clone()))?;
        let OutcomeState::Final(state) = outcome.state else { return None };
        let due = request.repeat_after.map(|age| outcome.settled_at.checked_add(age).unwrap());
        due.is_none_or(|due| due > now).then_some((state, outcome.settled_at))
    }

    fn token_is_new(&mut self, token: Option<LeaseToken>) -> Result<(), String> {
        let Some(LeaseToken(token)) = token else { return Ok(()) };
        if token <= self.last_token {
            return Err(format!("the token {token} isn't larger than {}", self.last_token));
        }
        self.last_token = token;
        Ok(())
    }

    /// Promise 5: who was taken over can't settle.
    fn settle(&mut self, request: &SettleRequest, answer: Option<&Answer>, now: Timestamp) -> Answer {
        let account = &request.account;
        let run = (account.clone(), request.holder.clone(), request.started);
        let Some(held) = self.held.get(account).filter(|held| held.token == Some(request.token)).cloned()
        else {
            // A run that asks again, since its answer was lost, may be told that it is done.
            let again = self.settled_runs.contains(&run) && answer == Some(&Answer::Done);
            return if again { Answer::Done } else { Answer::Fenced };
        };
        self.held.remove(account);
        if !self.settled_runs.contains(&run) {
            self.settled_runs.push(run);
        }
        if let Some(row) = self.rows.as_mut().and_then(|rows| rows.get_mut(account)) {
            row.settle(request, held.before.unwrap_or(Status::Available));
        }
        let state = match request.disposition {
            Disposition::Completed => Some(OutcomeState::Final(FinalState::Completed)),
            Disposition::Failed => Some(OutcomeState::Final(FinalState::Failed)),
            Disposition::Skipped => Some(OutcomeState::Final(FinalState::Skipped)),
            Disposition::Retried => Some(OutcomeState::Retry),
            Disposition::Returned | Disposition::Fenced => None,
        };
        if let Some(state) = state {
            let outcome = AccountOutcome {
                account: account.clone(),
                state,
                failures: request.failures,
                settled_at: now,
            };
            self.outcomes.insert((request.pool.clone(), account.clone()), outcome);
        }
        let facts = self.facts(&request.pool);
        if request.started.is_some() && request.disposition != Disposition::Returned {
            facts.runs += 1;
            facts.run_time += request.elapsed;
        }
        if request.disposition == Disposition::Completed {
            for (name, value) in Total::of_result(&request.result) {
                let sum = facts.totals.get(name).map_or(value, |sum| sum.plus(value));
                facts.totals.insert(name.to_owned(), sum);
            }
        }
        Answer::Done
    }

    fn renew(&mut self, account: &AccountId, token: LeaseToken, now: Timestamp, ttl: Duration) -> bool {
        match self.held.get_mut(account).filter(|held| held.token == Some(token)) {
            Some(held) => {
                held.expires_at = now.checked_add(ttl).unwrap();
                true
            }
            None => false,
        }
    }

    fn reset(&mut self, pool: &PoolName, only: Option<&[AccountId]>) -> ResetReport {
        let mut report = ResetReport::default();
        let chosen = |id: &AccountId| only.is_none_or(|only| only.contains(id));
        let forgotten: Vec<AccountId> = self
            .outcomes
            .keys()
            .filter(|(of, id)| of == pool && chosen(id))
            .map(|(_, id)| id.clone())
            .collect();
        for id in forgotten {
            report.forgotten += 1;
            self.outcomes.remove(&(pool.clone(), id.clone()));
            let Some(row) = self.rows.as_mut().and_then(|rows| rows.get_mut(&id)) else { continue };
            match self.held.get_mut(&id) {
                Some(held) => held.before = Some(Status::Available),
                None => {
                    row.reset();
                    report.made_available += 1;
                }
            }
        }
        if only.is_none() {
            let facts = self.facts(pool);
            *facts = Facts { last_refresh: facts.last_refresh, ..Facts::default() };
        }
        report
    }

    /// Promise 6: the leases of the dead are returned.
    fn rescue(&mut self, answer: Option<&Answer>) -> Result<(), String> {
        let held = std::mem::take(&mut self.held);
        for (id, held) in &held {
            if let Some(row) = self.rows.as_mut().and_then(|rows| rows.get_mut(id)) {
                row.status = held.before.unwrap_or(Status::Available);
            }
        }
        let Some(answer) = answer else { return Ok(()) };
        let Answer::Rescued(rescued) = answer else { return Err(format!("a rescue got {answer:?}")) };
        let same = rescued.len() == held.len()
            && rescued.iter().zip(&held).all(|(found, (id, held))| {
                found.account == *id
                    && found.pool == held.pool
                    && found.holder == held.holder
                    && held.token.is_none_or(|token| token == found.token)
            });
        if same { Ok(()) } else { Err(format!("a rescue got {rescued:?}\n  promised {held:?}")) }
    }

    /// Says whether what is seen is what is promised, and learns the tokens that weren't
    /// told.
    ///
    /// # Errors
    /// What was promised instead.
    pub fn see(&mut self, seen: &Seen) -> Result<(), String> {
        if seen.rows != self.rows {
            return Err(format!("rows\n  seen {:?}\n  promised {:?}", seen.rows, self.rows));
        }
        let told = self.last_token;
        for (pool, history) in &seen.histories {
            self.see_pool(pool, history, told).map_err(|why| format!("pool {pool}: {why}"))?;
        }
        Ok(())
    }

    /// `told` is the largest token that anybody was told.
    fn see_pool(&mut self, pool: &PoolName, history: &PoolHistory, told: i64) -> Result<(), String> {
        let mut outcomes = history.outcomes.clone();
        outcomes.sort_by(|a, b| a.account.cmp(&b.account));
        let promised: Vec<AccountOutcome> = self
            .outcomes
            .iter()
            .filter(|((of, _), _)| of == pool)
            .map(|(_, outcome)| outcome.clone())
            .collect();
        if outcomes != promised {
            return Err(format!("outcomes\n  seen {outcomes:?}\n  promised {promised:?}"));
        }
        let facts = Facts {
            totals: history.totals.clone(),
            runs: history.runs,
            run_time: history.run_time,
            last_refresh: history.last_refresh,
        };
        let promised = self.pools.get(pool).cloned().unwrap_or_default();
        if facts != promised {
            return Err(format!("facts\n  seen {facts:?}\n  promised {promised:?}"));
        }
        let held: Vec<&AccountId> =
            self.held.iter().filter(|(_, held)| held.pool == *pool).map(|(id, _)| id).collect();
        let mut seen: Vec<&AccountId> = history.leases.iter().map(|lease| &lease.account).collect();
        seen.sort();
        if seen != held {
            return Err(format!("leases\n  seen {seen:?}\n  promised {held:?}"));
        }
        for lease in &history.leases {
            let Some(held) = self.held.get_mut(&lease.account) else { continue };
            if held.holder != lease.holder || held.token.is_some_and(|token| token != lease.token) {
                return Err(format!("lease\n  seen {lease:?}\n  promised {held:?}"));
            }
            if held.token.is_none() {
                if lease.token.0 <= told {
                    return Err(format!("the token {} isn't larger than {told}", lease.token.0));
                }
                held.token = Some(lease.token);
                self.last_token = self.last_token.max(lease.token.0);
            }
        }
        Ok(())
    }
}
