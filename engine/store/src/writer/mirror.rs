//! The live leases in memory. One process at a time writes, so what it read when it
//! opened the database, plus what it has committed since, is the truth: most requests
//! are decided without asking the database.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::clock::Clock;
use lariat_core::ids::{AccountId, LeaseToken};
use lariat_core::ledger::{LiveLease, Renewal};
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::lease_row;
use crate::time::after;

/// How many tokens are reserved at once: a page fewer to write for most batches.
const RESERVE: i64 = 1_000;

/// A lease, and when it ends: by the wall clock for other processes, by the monotonic one
/// within this one, so that setting the clock neither frees nor freezes it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) lease: LiveLease,
    pub(crate) expires_at: Timestamp,
    pub(crate) deadline: Duration,
}

/// What the writer knows without asking the database.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    pub(crate) leases: HashMap<AccountId, Held>,
    /// The keys that each extension has, to hold it to its limit.
    pub(crate) keys: HashMap<String, HashSet<String>>,
    last_token: i64,
    /// Up to which token the database knows of: a start goes on behind it.
    reserved: i64,
}

impl Mirror {
    /// Reads what the database says.
    pub(crate) async fn read(conn: &mut SqliteConnection, clock: &dyn Clock) -> Result<Self, StoreError> {
        let mut mirror = Self::default();
        let (now, monotonic) = (clock.now(), clock.monotonic());
        let token =
            sqlx::query("SELECT value FROM meta WHERE name = 'last_token'").fetch_one(&mut *conn).await?;
        mirror.last_token = token.try_get(0)?;
        mirror.reserved = mirror.last_token;
        for row in sqlx::query(lease_row::ALL).fetch_all(&mut *conn).await? {
            let (lease, expires_at) = lease_row::read(&row)?;
            let left = Duration::try_from(expires_at.duration_since(now)).unwrap_or_default();
            let deadline = monotonic.saturating_add(left);
            mirror.leases.insert(lease.account.clone(), Held { lease, expires_at, deadline });
        }
        for row in sqlx::query("SELECT extension, key FROM kv").fetch_all(&mut *conn).await? {
            mirror.keys.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
        }
        Ok(mirror)
    }

    /// Takes over what a fresh reading says. Tokens never step back, so that one given
    /// in a batch whose fate is unknown isn't given again. A lease of before keeps its end:
    /// its holder's heartbeats count whether or not the disk took them.
    pub(crate) fn refresh(&mut self, mut read: Self) {
        let last_token = self.last_token.max(read.last_token);
        for (account, held) in &mut read.leases {
            if let Some(known) = self.with_token(account, held.lease.token) {
                (held.expires_at, held.deadline) = (known.expires_at, known.deadline);
            }
        }
        *self = Self { last_token, ..read };
    }

    /// A token larger than every one before.
    pub(crate) fn next_token(&mut self) -> LeaseToken {
        self.last_token = self.last_token.saturating_add(1);
        LeaseToken(self.last_token)
    }

    /// Up to which token the database must know of before those that were given are told;
    /// none if it does.
    pub(crate) fn to_reserve(&self) -> Option<i64> {
        (self.last_token > self.reserved).then(|| self.last_token.saturating_add(RESERVE))
    }

    /// The database knows.
    pub(crate) fn reserved(&mut self, up_to: Option<i64>) {
        self.reserved = up_to.unwrap_or(self.reserved);
    }

    /// Notes that a holder lives; whether the lease is still its own.
    pub(crate) fn renew(&mut self, renewal: &Renewal, now: Timestamp, monotonic: Duration) -> bool {
        let Some(held) = self.with_token(&renewal.account, renewal.token) else { return false };
        held.expires_at = after(now, renewal.ttl);
        held.deadline = monotonic.saturating_add(renewal.ttl);
        true
    }

    /// The lease of an account, if it has this token.
    pub(crate) fn with_token(&mut self, account: &AccountId, token: LeaseToken) -> Option<&mut Held> {
        self.leases.get_mut(account).filter(|held| held.lease.token == token)
    }
}
