//! The live leases in memory. One process at a time writes, so what it read when it
//! opened the database, plus what it has committed since, is the truth: most requests
//! are decided without asking the database.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use lariat_core::ids::{AccountId, LeaseToken};
use lariat_core::ledger::LiveLease;
use sqlx::{Row, SqliteConnection};

use super::seats::Seats;
use crate::error::StoreError;
use crate::lease_row;

/// How many tokens are reserved at once.
const TOKEN_BLOCK: i64 = 4096;

/// A lease, and when it ends.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) lease: LiveLease,
    pub(crate) expires_at: Timestamp,
}

/// What the writer knows without asking the database.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    pub(crate) leases: HashMap<AccountId, Held>,
    /// The keys that each extension has, to hold it to its limit.
    pub(crate) keys: HashMap<String, HashSet<String>>,
    pub(super) seats: Seats,
    last_token: i64,
    /// No token above this one may be given before the database knows of it.
    reserved: i64,
}

impl Mirror {
    /// Reads what the database says.
    pub(crate) async fn read(conn: &mut SqliteConnection) -> Result<Self, StoreError> {
        let mut mirror = Self::default();
        let token =
            sqlx::query("SELECT value FROM meta WHERE name = 'last_token'").fetch_one(&mut *conn).await?;
        mirror.reserved = token.try_get(0)?;
        mirror.last_token = mirror.reserved;
        for row in sqlx::query(lease_row::ALL).fetch_all(&mut *conn).await? {
            let (lease, expires_at) = lease_row::read(&row)?;
            mirror.leases.insert(lease.account.clone(), Held { lease, expires_at });
        }
        for row in sqlx::query("SELECT extension, key FROM kv").fetch_all(&mut *conn).await? {
            mirror.keys.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
        }
        Ok(mirror)
    }

    /// Takes over what a fresh reading says. Tokens never step back, so that one given
    /// in a batch whose fate is unknown isn't given again.
    pub(crate) fn refresh(&mut self, read: Self) {
        let last_token = self.last_token.max(read.last_token);
        *self = Self { last_token, ..read };
    }

    /// A token larger than every one before.
    pub(crate) fn next_token(&mut self) -> LeaseToken {
        self.last_token = self.last_token.saturating_add(1);
        LeaseToken(self.last_token)
    }

    /// The number up to which tokens must be reserved before a batch may be committed,
    /// unless they are. They are reserved in blocks: the next process starts behind the
    /// block, so that a batch rarely has to write its last token down.
    pub(super) fn to_reserve(&self) -> Option<i64> {
        (self.last_token > self.reserved).then(|| self.last_token.saturating_add(TOKEN_BLOCK))
    }

    /// Notes that the database knows of the tokens up to this one.
    pub(super) fn reserved(&mut self, last: i64) {
        self.reserved = last;
    }

    /// The lease of an account, if it has this token.
    pub(crate) fn with_token(&mut self, account: &AccountId, token: LeaseToken) -> Option<&mut Held> {
        self.leases.get_mut(account).filter(|held| held.lease.token == token)
    }
}
