//! Bots that ask one pool at once, under schedules that differ with every seed: at each point
//! where a task could be interrupted, another one may run first. Nobody is forgotten in the queue
//! of waiters, no account is lost or held twice, and everybody comes to an end.
//!
//! The code is the real one. A pool's state has one lock, which is never held across an await, so
//! that what tasks see of each other is decided by the order in which they are polled: this is
//! what the seeds choose. (Loom and shuttle would need their own mutexes and channels in place of
//! parking_lot's and tokio's, throughout the crate.) `SCHEDULES=100000` tries that many, `SEED=…`
//! the same again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::{Holder, Ledger};
use lariat_core::outcome::{Disposition, Outcome, RunResult};
use lariat_core::pool::Pool;
use lariat_core::test_support::Dice;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use world::World;

const BOTS: u32 = 6;
const ACCOUNTS: usize = 5;

/// Polls what is inside some turns later than it could.
struct Late<F> {
    inner: Pin<Box<F>>,
    dice: Dice,
}

impl<F: Future> Future for Late<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.dice.percent(60) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inner.as_mut().poll(context)
    }
}

/// What the bots have seen.
#[derive(Default)]
struct Seen {
    held: BTreeMap<AccountId, u32>,
    finals: BTreeMap<AccountId, u32>,
}

async fn bot(id: u32, pool: Arc<Pool>, seen: Arc<Mutex<Seen>>, stop: CancellationToken, mut dice: Dice) {
    let holder = Holder {
        launch: LaunchId::random(),
        group: GroupName::new("G").unwrap(),
        instance: InstanceId(id),
        routine: "R".into(),
        generation: 1,
    };
    let mut except = Arc::new(HashSet::new());
    while let Some(lease) = pool.lease(&holder, &except, &stop).await.unwrap() {
        let account = lease.account().id.clone();
        let before = seen.lock().held.insert(account.clone(), id);
        assert_eq!(before, None, "{account} is held twice");
        tokio::time::sleep(Duration::from_millis(dice.between(0, 3))).await;
        seen.lock().held.remove(&account);
        let outcome = match dice.below(6) {
            0 => {
                Arc::make_mut(&mut except).insert(account.clone());
                Outcome::Returned { reason: "no".into() }
            }
            1 => Outcome::Failed { reason: "no".into() },
            2 => {
                // Dropped without an outcome, as by a bot that broke.
                drop(lease);
                continue;
            }
            _ => Outcome::Completed(RunResult::new()),
        };
        match lease.settle(outcome, None).await.unwrap() {
            Disposition::Completed | Disposition::Failed => {
                *seen.lock().finals.entry(account).or_default() += 1;
            }
            Disposition::Retried | Disposition::Returned => {}
            other => panic!("{account} is {other:?}"),
        }
    }
}

async fn schedule(seed: u64) {
    let mut dice = Dice::new(seed);
    let world = World::new();
    let waits = dice.percent(50);
    let config = json!({
        "retry_failed": true, "max_failures": 3, "wait_for_accounts": waits, "max_wait_time": "1m",
        "retry_backoff": *dice.pick(&["0s", "2ms"]),
    });
    let names: Vec<String> = (0..ACCOUNTS).map(|n| format!("a{n}")).collect();
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    let name: PoolName = world.pool("P", &listed[..dice.below(ACCOUNTS + 1)], config);
    let pool = world.pools.get(&name).await.unwrap();
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let mut bots = Vec::new();
    for id in 0..BOTS {
        let stop = CancellationToken::new();
        let inner = Box::pin(bot(id, pool.clone(), seen.clone(), stop.clone(), dice.fork()));
        bots.push((stop, tokio::spawn(Late { inner, dice: dice.fork() })));
    }
    // Somebody refreshes and stops bots meanwhile, and ends with everything selected.
    for turn in 0..6 {
        tokio::time::sleep(Duration::from_micros(dice.between(0, 3_000))).await;
        let most = if turn == 5 { ACCOUNTS } else { dice.below(ACCOUNTS + 1) };
        world.select("P", &listed[..most]);
        pool.refresh().await.unwrap();
        if dice.percent(25) {
            bots[dice.below(bots.len())].0.cancel();
        }
    }
    for (_, task) in bots {
        tokio::time::timeout(Duration::from_secs(3600), task).await.expect("a bot waits for ever").unwrap();
    }
    // Leases that were dropped are returned by tasks of their own.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let counts = pool.stats().counts;
    assert_eq!((counts.total, counts.in_use), (ACCOUNTS, 0), "{counts:?}");
    let finals = std::mem::take(&mut seen.lock().finals);
    assert!(finals.values().all(|times| *times == 1), "done twice: {finals:?}");
    assert_eq!(finals.len(), counts.completed + counts.failed);
    let history = world.ledger.history(&name).await.unwrap();
    assert!(history.leases.is_empty(), "{:?}", history.leases);
    // One more bot gets what is left.
    let last = bot(BOTS, pool.clone(), seen.clone(), CancellationToken::new(), dice.fork());
    tokio::time::timeout(Duration::from_secs(3600), last).await.expect("the last bot waits for ever");
    assert!(seen.lock().finals.keys().all(|id| !finals.contains_key(id)), "done again");
}

#[test]
fn whatever_the_schedule_nobody_is_forgotten() {
    let first = from_environment("SEED").unwrap_or_else(fresh_seed);
    let count = from_environment("SCHEDULES").unwrap_or(150);
    for seed in first..first + count {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let told = std::panic::catch_unwind(|| runtime.block_on(schedule(seed)));
        assert!(told.is_ok(), "SEED={seed} SCHEDULES=1");
    }
}
