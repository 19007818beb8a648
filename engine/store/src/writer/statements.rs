//! The SQL text of a batch. A batch goes to SQLite in one call, since each call costs a
//! hop to the connection's thread: one text from `BEGIN` to `COMMIT` with one statement
//! for each kind of change. The rows come as JSON in binds that are called `$1`, `$2` and so
//! on: sqlx counts a gap in SQLite's own numbers (`?2` without `?1`) as one more bind, and
//! leaves those after the last one unset.

use std::collections::HashMap;
use std::sync::Arc;

/// The kinds of change in a batch; the discriminant is the number of the bind that
/// carries its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Settle = 1,
    Lease = 2,
    Renew = 3,
    Attempt = 4,
    Pool = 5,
    Total = 6,
    Keep = 7,
}

impl Kind {
    /// All kinds in the order in which a batch applies them. Settlements come before
    /// renewals: a lease that ended has nothing to prolong.
    pub(super) const ALL: [Self; 7] =
        [Self::Settle, Self::Lease, Self::Renew, Self::Attempt, Self::Pool, Self::Total, Self::Keep];

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Settle => SETTLE,
            Self::Lease => LEASE,
            Self::Renew => RENEW,
            Self::Attempt => ATTEMPT,
            Self::Pool => POOL,
            Self::Total => TOTAL,
            Self::Keep => KEEP,
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// The kinds in it.
    pub(super) fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.0 & kind.bit() != 0)
    }

    pub(super) const fn with(self, kind: Kind) -> Self {
        Self(self.0 | kind.bit())
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The number of the bind that carries the last token given; behind it comes the time of
/// the batch, as a number and as text.
pub(super) const LAST_TOKEN: usize = 8;

/// The texts made so far.
#[derive(Debug, Default)]
pub(super) struct Statements(HashMap<Kinds, Arc<str>>);

impl Statements {
    /// The text that applies these kinds of change. Its only rows are the leases that
    /// are refused because their pool has settled the account: token and state.
    pub(super) fn text(&mut self, kinds: Kinds) -> Arc<str> {
        let text = self.0.entry(kinds).or_insert_with(|| {
            let changes = Kind::ALL.into_iter().filter(|kind| kinds.0 & kind.bit() != 0).map(Kind::sql);
            let text: String = std::iter::once("BEGIN IMMEDIATE;")
                .chain(changes)
                .chain(std::iter::once("COMMIT;"))
                .collect();
            text.into()
        });
        text.clone()
    }
}

// What fails rolls everything back (OR ROLLBACK): so SQLite need not keep, for each
// statement, a copy of the pages that it changes. `$9` and `$10` are the time of the batch,
// as a number and as text.

const SETTLE: &str = "
INSERT OR ROLLBACK INTO settling (account, pool, outcome, failures, error, started, ended, result, cards,
                                  stars, keep, launch, group_name, instance, routine, generation,
                                  settled_at, settled)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
       value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15, $9, $10
FROM jsonb_each($1);";

const LEASE: &str = "
DELETE FROM refused;
INSERT OR ROLLBACK INTO granting (account, token, pool, since, expires_at, launch, group_name, instance,
                                  routine, generation, leased_at)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
       value->>9, $9
FROM jsonb_each($2);
SELECT token, state FROM refused;
UPDATE OR ROLLBACK meta SET value = $8 WHERE name = 'last_token';";

const RENEW: &str = "
UPDATE OR ROLLBACK leases SET expires_at = r.value->>2 FROM jsonb_each($3) AS r
WHERE leases.account = r.value->>0 AND leases.token = r.value->>1;";

const ATTEMPT: &str = "
INSERT OR ROLLBACK INTO attempts (account, pool, outcome, error, started, ended, result,
                      launch, group_name, instance, routine, generation)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,
       value->>'$[7][0]', value->>'$[7][1]', value->>'$[7][2]', value->>'$[7][3]', value->>'$[7][4]'
FROM jsonb_each($4)
-- A run that is fenced since it has settled already, and asks again, isn't noted twice.
WHERE value->>2 <> 'fenced' OR NOT EXISTS (
  SELECT 1 FROM attempts AS a WHERE a.account = value->>0 AND a.launch = value->>'$[7][0]'
  AND a.instance = value->>'$[7][2]' AND a.started = value->>4);";

const POOL: &str = "
INSERT OR ROLLBACK INTO pools (name, last_refresh, runs, run_us)
SELECT value->>0, value->>1, value->>2, value->>3 FROM jsonb_each($5) WHERE true
ON CONFLICT (name) DO UPDATE SET last_refresh = coalesce(excluded.last_refresh, last_refresh),
  runs = runs + excluded.runs, run_us = run_us + excluded.run_us;";

const TOTAL: &str = "
INSERT OR ROLLBACK INTO pool_totals (pool, name, value)
SELECT value->>0, value->>1, value->>2 FROM jsonb_each($6) WHERE true
ON CONFLICT (pool, name) DO UPDATE SET value = coalesce(value + excluded.value, value);";

const KEEP: &str = "
INSERT OR ROLLBACK INTO keeping (extension, key, value)
SELECT value->>0, value->>1, value->>2 FROM jsonb_each($7);";
