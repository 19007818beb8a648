//! What the database says, beside what was acknowledged.

use std::path::Path;

use lariat_core::ids::PoolName;
use lariat_core::ledger::{Ledger, OutcomeState, Total};
use lariat_core::outcome::{Disposition, FinalState};
use lariat_store::{Store, StoreOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use crate::heard::Heard;

/// Rows that contradict each other; each query must find none.
const CONTRADICTIONS: [&str; 4] = [
    "SELECT account FROM attempts WHERE outcome = 'completed' AND id > ?1 GROUP BY account HAVING count(*) > 1",
    "SELECT l.account FROM leases l JOIN outcomes o USING (account, pool) WHERE o.state <> 'retry' AND ?1 >= 0",
    "SELECT a.id FROM accounts a JOIN leases l ON l.account = a.id WHERE a.status <> 'in_use' AND ?1 >= 0",
    "SELECT a.id FROM accounts a LEFT JOIN outcomes o ON o.account = a.id AND o.state <> 'retry' \
     WHERE ?1 >= 0 AND a.id NOT IN (SELECT account FROM leases) AND a.status <> coalesce(o.state, 'available')",
];

/// Opens the database as an engine does, and says what acknowledged outcomes it lacks.
/// Everything else that is wrong with it fails at once. `since` is the last attempt before
/// the pool was reset; gives the last one now.
pub async fn missing(database: &Path, heard: &Heard, since: i64) -> (Vec<String>, i64) {
    let store = Store::open(StoreOptions::new(database)).await.expect("the database opens");
    let history = store.history(&PoolName::new("P").unwrap()).await.unwrap();
    store.close().await;

    let held = |id: &str| history.leases.iter().any(|lease| lease.account.as_str() == id);
    let finals: std::collections::BTreeMap<&str, FinalState> = history
        .outcomes
        .iter()
        .filter_map(|outcome| match outcome.state {
            OutcomeState::Final(state) => Some((outcome.account.as_str(), state)),
            OutcomeState::Retry => None,
        })
        .collect();
    let mut missing = Vec::new();
    for (id, told) in &heard.finals {
        match finals.get(id.as_str()) {
            Some(state) => assert_eq!(Disposition::from(*state).as_str(), told, "{id}"),
            None => missing.push(format!("{id} {told}")),
        }
    }
    let completed = finals.values().filter(|state| **state == FinalState::Completed).count();
    let counted = history.totals.get("n").copied().unwrap_or_default();
    assert_eq!(counted, Total::Int(completed.try_into().unwrap()), "each is counted once");

    let mut conn =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database)).await.unwrap();
    let whole = sqlx::query("PRAGMA integrity_check").fetch_one(&mut conn).await.unwrap();
    assert_eq!(whole.get::<String, _>(0), "ok");
    // Held still, or settled without anybody having heard of it.
    for id in heard.held.iter().filter(|id| !held(id)) {
        let ran = "SELECT count(*) FROM attempts WHERE account = ?1";
        let ran: i64 = sqlx::query(ran).bind(id).fetch_one(&mut conn).await.unwrap().get(0);
        if ran <= heard.settled.get(id).copied().unwrap_or_default() {
            missing.push(format!("{id} leased"));
        }
    }
    for sql in CONTRADICTIONS {
        let found = sqlx::query(sql).bind(since).fetch_all(&mut conn).await.unwrap();
        let ids: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        assert!(ids.is_empty(), "{sql}: {ids:?}");
    }
    let last = sqlx::query("SELECT coalesce(max(id), 0) FROM attempts").fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    (missing, last.get(0))
}

/// As [`missing`], for callers that aren't async.
pub fn missing_now(database: &Path, heard: &Heard, since: i64) -> (Vec<String>, i64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(missing(database, heard, since))
}
