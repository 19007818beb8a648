//! Random histories: the ledger on SQLite answers as the one in memory does, whether it
//! is asked one thing at a time or many at once, and after it was closed and reopened.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Fixture, account, ask, end, pool, result};
use futures::future::join_all;
use lariat_core::clock::Clock;
use lariat_core::ids::LeaseToken;
use lariat_core::ledger::{LeaseDecision, LeaseRequest, Ledger, LedgerError, MemoryLedger, Renewal};
use lariat_core::outcome::Disposition;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

const ACCOUNTS: [&str; 4] = ["a", "b", "c", "d"];
const POOLS: [&str; 2] = ["one", "two"];
const DISPOSITIONS: [Disposition; 5] = [
    Disposition::Completed,
    Disposition::Failed,
    Disposition::Retried,
    Disposition::Skipped,
    Disposition::Returned,
];

/// Something that is asked of a ledger. Leases are named by when they were granted.
#[derive(Debug, Clone)]
enum Ask {
    Lease { account: usize, pool: usize, ttl: u64, repeat_after: Option<u64> },
    Settle { lease: prop::sample::Index, disposition: usize, packs: i64, newest: bool },
    Renew { leases: Vec<prop::sample::Index>, ttl: u64 },
    Refresh { pool: usize },
}

#[derive(Debug, Clone)]
enum Step {
    AtOnce(Vec<Ask>),
    Wait(u64),
    Reset { pool: usize, only: Option<Vec<usize>> },
    Rescue,
    Reopen,
}

fn asks() -> impl Strategy<Value = Ask> {
    let (account, pool) = (0..ACCOUNTS.len(), 0..POOLS.len());
    prop_oneof![
        6 => (account, pool.clone(), 1..20_u64, proptest::option::of(0..30_u64)).prop_map(
            |(account, pool, ttl, repeat_after)| Ask::Lease { account, pool, ttl, repeat_after }
        ),
        6 => (any::<prop::sample::Index>(), 0..DISPOSITIONS.len(), -3..9_i64, prop::bool::weighted(0.8))
            .prop_map(|(lease, disposition, packs, newest)| Ask::Settle { lease, disposition, packs, newest }),
        2 => (vec(any::<prop::sample::Index>(), 1..4), 1..20_u64)
            .prop_map(|(leases, ttl)| Ask::Renew { leases, ttl }),
        1 => pool.prop_map(|pool| Ask::Refresh { pool }),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => vec(asks(), 1..7).prop_map(Step::AtOnce),
        3 => (1..15_u64).prop_map(Step::Wait),
        1 => (0..POOLS.len(), proptest::option::of(vec(0..ACCOUNTS.len(), 0..3)))
            .prop_map(|(pool, only)| Step::Reset { pool, only }),
        1 => Just(Step::Rescue),
        1 => Just(Step::Reopen),
    ]
}

/// A lease that both ledgers granted: its account, pool and tokens.
#[derive(Debug, Clone, Copy)]
struct Granted {
    account: &'static str,
    pool: &'static str,
    tokens: [LeaseToken; 2],
}

/// An answer, with tokens left out: they need not be the same.
#[derive(Debug, PartialEq)]
enum Answer {
    Lease(String),
    Settled(bool),
    Lost(Vec<String>),
    Refreshed,
}

async fn put(
    ledger: &dyn Ledger,
    which: usize,
    ask: &Ask,
    grants: &[Granted],
    now: jiff::Timestamp,
) -> (Answer, Option<LeaseToken>) {
    let chosen = |index: &prop::sample::Index, newest: bool| -> Option<Granted> {
        let one = *(!grants.is_empty()).then(|| index.get(grants))?;
        let same = |other: &&Granted| other.account == one.account;
        newest.then(|| *grants.iter().rev().find(same).unwrap()).or(Some(one))
    };
    match ask {
        Ask::Lease { account, pool, ttl, repeat_after } => {
            let request = LeaseRequest {
                ttl: Duration::from_secs(*ttl),
                repeat_after: repeat_after.map(Duration::from_secs),
                ..common::ask(ACCOUNTS[*account], POOLS[*pool])
            };
            match ledger.lease(request).await.unwrap() {
                LeaseDecision::Granted { token } => (Answer::Lease("granted".into()), Some(token)),
                other => (Answer::Lease(format!("{other:?}")), None),
            }
        }
        Ask::Settle { lease, disposition, packs, newest } => {
            let Some(lease) = chosen(lease, *newest) else { return (Answer::Settled(false), None) };
            let mut request =
                end(lease.account, lease.pool, lease.tokens[which], DISPOSITIONS[*disposition], now);
            request.result = result(json!({"packs": packs, "part": *packs as f64 / 2.0}));
            let answer = ledger.settle(request).await;
            assert!(matches!(answer, Ok(()) | Err(LedgerError::Fenced { .. })), "{answer:?}");
            (Answer::Settled(answer.is_ok()), None)
        }
        Ask::Renew { leases, ttl } => {
            let renewals = leases.iter().filter_map(|lease| chosen(lease, true)).map(|lease| Renewal {
                account: account(lease.account),
                token: lease.tokens[which],
                ttl: Duration::from_secs(*ttl),
            });
            let lost = ledger.renew(renewals.collect()).await.unwrap();
            (Answer::Lost(lost.iter().map(ToString::to_string).collect()), None)
        }
        Ask::Refresh { pool: name } => {
            ledger.record_refresh(&pool(POOLS[*name])).await.unwrap();
            (Answer::Refreshed, None)
        }
    }
}

/// What a ledger says of both pools, with tokens left out.
async fn histories(ledger: &dyn Ledger) -> Vec<String> {
    let mut all = Vec::new();
    for name in POOLS {
        let history = ledger.history(&pool(name)).await.unwrap();
        let leases: Vec<_> = history.leases.iter().map(|lease| lease.account.to_string()).collect();
        all.push(format!(
            "{:?} {leases:?} {:?} {} {:?} {:?}",
            history.outcomes, history.totals, history.runs, history.run_time, history.last_refresh
        ));
    }
    all
}

async fn replay(steps: Vec<Step>) {
    let fixture = Fixture::new();
    let memory = MemoryLedger::new(fixture.clock.clone());
    let mut sqlite = fixture.open().await;
    let mut grants: Vec<Granted> = Vec::new();
    for step in steps {
        let now = fixture.clock.now();
        match &step {
            Step::Wait(seconds) => fixture.clock.advance(Duration::from_secs(*seconds)),
            Step::AtOnce(asked) => {
                let expected = join_all(asked.iter().map(|ask| put(&memory, 0, ask, &grants, now))).await;
                let found = join_all(asked.iter().map(|ask| put(&sqlite, 1, ask, &grants, now))).await;
                for ((ask, (expected, old)), (found, new)) in asked.iter().zip(expected).zip(found) {
                    assert_eq!(found, expected, "{ask:?} of {step:?}");
                    if let (Ask::Lease { account, pool, .. }, Some(old), Some(new)) = (ask, old, new) {
                        let (account, pool) = (ACCOUNTS[*account], POOLS[*pool]);
                        let newest: BTreeMap<_, _> = grants.iter().map(|g| (g.tokens[1], ())).collect();
                        assert!(
                            newest.last_key_value().is_none_or(|(last, ())| *last < new),
                            "a token again"
                        );
                        grants.push(Granted { account, pool, tokens: [old, new] });
                    }
                }
            }
            Step::Reset { pool: name, only } => {
                let name = pool(POOLS[*name]);
                let only = only.as_ref().map(|ids| ids.iter().map(|id| account(ACCOUNTS[*id])).collect());
                let expected = memory.reset(&name, Clone::clone(&only)).await.unwrap().forgotten;
                assert_eq!(sqlite.reset(&name, only).await.unwrap().forgotten, expected);
            }
            Step::Rescue => {
                let expected = memory.rescue().await.unwrap();
                let found = sqlite.rescue().await.unwrap();
                let names = |leases: &[lariat_core::ledger::LiveLease]| {
                    leases.iter().map(|lease| (lease.account.clone(), lease.pool.clone())).collect::<Vec<_>>()
                };
                assert_eq!(names(&found), names(&expected));
            }
            Step::Reopen => {
                sqlite.close().await;
                sqlite = fixture.open().await;
            }
        }
        assert_eq!(histories(&sqlite).await, histories(&memory).await, "after {step:?}");
    }
    sqlite.close().await;
    // The helper is used by the other test files.
    let _ = ask;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_as_memory_does(steps in vec(steps(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(replay(steps));
    }
}
