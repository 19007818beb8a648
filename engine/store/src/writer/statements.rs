//! What a batch does to the tables, statement by statement. All of them touch one row, so
//! that SQLite keeps no copy of the pages that they change.

use std::collections::HashMap;

use jiff::Timestamp;
use lariat_core::ledger::{Holder, SettleRequest, Total};
use lariat_core::outcome::{Disposition, FinalState};

use super::answers::Refused;
use super::batch::Rows;
use super::raw::{Raw, Row, Statement, Value};
use super::rows::{AttemptRow, LeaseRow, cards_of, ended, kept};
use crate::error::StoreError;
use crate::time::from_ms;
use Value::{Int, Null, Text};

/// The kinds of change in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Settle,
    Lease,
    Renew,
    Attempt,
    Pool,
    Keep,
}

macro_rules! statements {
    ($($name:ident = $sql:expr,)*) => {
        /// The statements, compiled.
        pub(super) struct Statements<'r> {
            $($name: Statement<'r>,)*
        }

        impl<'r> Statements<'r> {
            /// Compiles them on a connection of the newest schema.
            pub(super) fn prepare(raw: &'r Raw<'_>) -> Result<Self, StoreError> {
                Ok(Self { $($name: raw.prepare($sql)?,)* })
            }
        }
    };
}

statements! {
    begin = "BEGIN IMMEDIATE",
    commit = "COMMIT",
    roll_back = "ROLLBACK",
    // The pool's final outcome, unless it isn't younger than `?3`, and the account's row; both
    // may be missing.
    account = "SELECT outcomes.state, accounts.rowid, accounts.status, outcomes.settled_at FROM (SELECT 1) \
               LEFT JOIN outcomes ON outcomes.pool = ?1 AND outcomes.account = ?2 \
                                  AND outcomes.state <> 'retry' AND outcomes.settled_at > ?3 \
               LEFT JOIN accounts ON accounts.id = ?2",
    in_use = "UPDATE accounts SET status = 'in_use' WHERE rowid = ?1",
    // A lease that has expired is taken over; what its account was before it stays known.
    lease = "INSERT INTO leases (account, token, pool, launch, group_name, instance, routine, generation, \
                                 prior_status, leased_at, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (account) DO UPDATE SET \
               token = excluded.token, pool = excluded.pool, launch = excluded.launch, \
               group_name = excluded.group_name, instance = excluded.instance, routine = excluded.routine, \
               generation = excluded.generation, leased_at = excluded.leased_at, \
               expires_at = excluded.expires_at",
    token = "UPDATE meta SET value = ?1 WHERE name = 'last_token'",
    completed = "UPDATE accounts SET status = 'completed', last_error = NULL, completed_at = ?2, \
                   cards_found = coalesce(?3, cards_found), stars_total = coalesce(?4, stars_total), \
                   keep_count = coalesce(?5, keep_count) WHERE id = ?1",
    // `?2`: a final state, or NULL for what the account was before its lease; `?4`: whether
    // it failed; `?5`: whether its last error stays.
    ended_otherwise = "UPDATE accounts SET \
                         status = coalesce(?2, nullif((SELECT prior_status FROM leases WHERE account = ?1), \
                                                      'in_use'), 'available'), \
                         failure_count = failure_count + ?4, \
                         last_error = CASE ?5 WHEN 1 THEN last_error ELSE ?3 END WHERE id = ?1",
    end = "DELETE FROM leases WHERE account = ?1",
    outcome = "INSERT INTO outcomes (pool, account, state, failures, settled_at) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (pool, account) DO UPDATE SET \
                 state = excluded.state, failures = excluded.failures, settled_at = excluded.settled_at",
    attempt = "INSERT INTO attempts (launch, group_name, instance, account, pool, routine, generation, started, \
                                     ended, outcome, error, result) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    // A run that is fenced since it has settled already, and asks again, isn't noted twice.
    noted = "SELECT 1 FROM attempts WHERE account = ?1 AND launch = ?2 AND instance = ?3 AND started = ?4",
    renew = "UPDATE leases SET expires_at = ?3 WHERE account = ?1 AND token = ?2",
    pool = "INSERT INTO pools (name, last_refresh, runs, run_us) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (name) DO UPDATE SET last_refresh = coalesce(excluded.last_refresh, last_refresh), \
              runs = runs + excluded.runs, run_us = run_us + excluded.run_us",
    total = "INSERT INTO pool_totals (pool, name, value) VALUES (?1, ?2, ?3) \
             ON CONFLICT (pool, name) DO UPDATE SET value = coalesce(value + excluded.value, value)",
    forget = "DELETE FROM kv WHERE extension = ?1 AND key = ?2",
    keep = "INSERT INTO kv (extension, key, value) VALUES (?1, ?2, ?3) \
            ON CONFLICT (extension, key) DO UPDATE SET value = excluded.value",
}

impl Statements<'_> {
    /// Makes a batch durable; `last_token` is raised to before, if it is given. Gives the
    /// leases that are refused since their pool has settled the account. After an error the
    /// transaction may still be open.
    pub(super) fn run(&mut self, rows: &Rows, last_token: Option<i64>) -> Result<Refused, StoreError> {
        self.begin.run(&[])?;
        let now = rows.now.as_millisecond();
        let settled = rows.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        // Settlements come before renewals: a lease that ended has nothing to prolong.
        for request in &rows.settlements {
            self.settle(request, now, &settled)?;
        }
        let mut refused = HashMap::new();
        for row in &rows.leases {
            if let Some(settled) = self.grant(row, now)? {
                refused.insert(row.held.lease.token, settled);
            }
        }
        if let Some(token) = last_token {
            self.token.run(&[Int(token)])?;
        }
        for (account, (token, expires_at)) in &rows.renewals {
            self.renew.run(&[Text(account.as_str()), Int(token.0), Int(*expires_at)])?;
        }
        for row in &rows.attempts {
            self.note(row)?;
        }
        for (name, delta) in &rows.pools {
            let name = Text(name.as_str());
            self.pool.run(&[name, delta.last_refresh.into(), Int(delta.runs), Int(delta.run_us)])?;
            for (total, value) in &delta.totals {
                self.total.run(&[name, Text(total), number(*value)])?;
            }
        }
        for row in &rows.kept {
            match &row.2 {
                Some(value) => self.keep.run(&[Text(&row.0), Text(&row.1), Text(value)])?,
                None => self.forget.run(&[Text(&row.0), Text(&row.1)])?,
            }
        }
        self.commit.run(&[])?;
        Ok(refused)
    }

    /// Ends the transaction, if there is one.
    pub(super) fn roll_back(&mut self) {
        // Fails when SQLite has rolled back by itself, which is as good.
        let _ = self.roll_back.run(&[]);
    }

    /// Grants a lease, unless the pool has settled the account: gives as what, and when.
    fn grant(&mut self, row: &LeaseRow, now: i64) -> Result<Option<(FinalState, Timestamp)>, StoreError> {
        let lease = &row.held.lease;
        let (account, pool) = (Text(lease.account.as_str()), Text(lease.pool.as_str()));
        let read = |row: &Row| (row.text(0), row.int(1), row.text(2), row.int(3));
        let found = self.account.first(&[pool, account, Int(row.since)], read)?;
        let (settled, rowid, prior, at) = found.unwrap_or_default();
        if let Some(state) = settled {
            return Ok(Some((final_state(&state)?, from_ms(at)?)));
        }
        let launch = lease.holder.launch.to_string();
        let [launch, group, instance, routine, generation] = of(&lease.holder, &launch);
        let expires_at = Int(row.held.expires_at.as_millisecond());
        self.lease.run(&[
            account,
            Int(lease.token.0),
            pool,
            launch,
            group,
            instance,
            routine,
            generation,
            prior.as_deref().into(),
            Int(now),
            expires_at,
        ])?;
        if prior.is_some() {
            self.in_use.run(&[Int(rowid)])?;
        }
        Ok(None)
    }

    fn settle(&mut self, request: &SettleRequest, now: i64, settled: &str) -> Result<(), StoreError> {
        let account = Text(request.account.as_str());
        let error: Value<'_> = request.error.as_deref().into();
        let outcome = request.disposition;
        if outcome == Disposition::Completed {
            let [cards, stars, keep] = cards_of(&request.result);
            self.completed.run(&[account, Text(settled), cards.into(), stars.into(), keep.into()])?;
        } else {
            let state = outcome.final_state().map(|_| outcome.as_str());
            let failed = matches!(outcome, Disposition::Failed | Disposition::Retried);
            let stays = outcome == Disposition::Returned;
            self.ended_otherwise.run(&[
                account,
                state.into(),
                error,
                Int(failed.into()),
                Int(stays.into()),
            ])?;
        }
        self.end.run(&[account])?;
        let pool = Text(request.pool.as_str());
        // An account that is returned leaves no outcome in its pool.
        if outcome != Disposition::Returned {
            let state = if outcome == Disposition::Retried { "retry" } else { outcome.as_str() };
            self.outcome.run(&[pool, account, Text(state), Int(request.failures.into()), Int(now)])?;
        }
        // Nothing was tried when the routine never ran.
        let Some(started) = request.started.map(Timestamp::as_millisecond) else { return Ok(()) };
        let (result, launch) = (kept(&request.result), request.holder.launch.to_string());
        let [launch, group, instance, routine, generation] = of(&request.holder, &launch);
        let ended = Int(ended(started, request.elapsed));
        let (outcome, result) = (Text(outcome.as_str()), result.as_deref().into());
        self.attempt.run(&[
            launch,
            group,
            instance,
            account,
            pool,
            routine,
            generation,
            Int(started),
            ended,
            outcome,
            error,
            result,
        ])
    }

    /// Notes a run that settles nothing.
    fn note(&mut self, row: &AttemptRow) -> Result<(), StoreError> {
        let launch = row.holder.launch.to_string();
        let [launch, group, instance, routine, generation] = of(&row.holder, &launch);
        let (account, pool) = row
            .settling
            .as_ref()
            .map_or((Null, Null), |(account, pool)| (Text(account.as_str()), Text(pool.as_str())));
        let started = Int(row.started);
        if row.settling.is_some()
            && self.noted.first(&[account, launch, instance, started], |_| ())?.is_some()
        {
            return Ok(());
        }
        let (error, result) = (row.error.as_deref().into(), row.result.as_deref().into());
        let (ended, outcome) = (Int(row.ended), Text(row.outcome));
        self.attempt.run(&[
            launch, group, instance, account, pool, routine, generation, started, ended, outcome, error,
            result,
        ])
    }
}

/// launch, group, instance, routine, generation
fn of<'v>(holder: &'v Holder, launch: &'v str) -> [Value<'v>; 5] {
    let generation = i64::try_from(holder.generation).unwrap_or(i64::MAX);
    [
        Text(launch),
        Text(holder.group.as_str()),
        Int(holder.instance.0.into()),
        Text(&holder.routine),
        Int(generation),
    ]
}

/// A total that stays a number: SQLite takes what is none for NULL.
fn number(total: Total) -> Value<'static> {
    match total {
        Total::Int(int) => Int(int),
        Total::Float(float) => Value::Real(float.clamp(f64::MIN, f64::MAX)),
    }
}

fn final_state(word: &str) -> Result<FinalState, StoreError> {
    match word {
        "completed" => Ok(FinalState::Completed),
        "failed" => Ok(FinalState::Failed),
        "skipped" => Ok(FinalState::Skipped),
        other => Err(StoreError::Record(format!("the outcome {other:?}"))),
    }
}
