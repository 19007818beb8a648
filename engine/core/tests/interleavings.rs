//! Launches over shared pools under shuttle: every lock, channel, task and timer of the
//! core is a point where another task may go on, and shuttle tries thousands of orders,
//! at random and with few, well-placed changes. A task that waits for good is found as a
//! deadlock. Timers may fire at any time, so that each time limit is tried out too.
//!
//! `cargo test -p lariat-core --features interleavings --test interleavings`;
//! `INTERLEAVINGS=100000` tries more. A failure prints its schedule, which
//! `shuttle::replay` follows again.

#![allow(clippy::unwrap_used, clippy::panic)] // a test says so by panicking

extern crate shuttle_tokio as tokio;

mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use lariat_core::event::{EventKind, Received, Subscription};
use lariat_core::ids::GroupName;
use lariat_core::launch::{LaunchReport, LaunchRequest, StopMode};
use lariat_core::outcome::Outcome;
use serde_json::json;
use shuttle::future::{block_on, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use world::{World, done};

/// Tries a story in many orders.
fn tried(story: impl Fn() + Copy + Send + Sync + 'static) {
    let orders = std::env::var("INTERLEAVINGS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let config = || {
        let mut config = Config::new();
        config.stack_size = 1 << 20;
        config.max_steps = MaxSteps::FailAfter(1_000_000);
        config.failure_persistence = FailurePersistence::Print;
        config
    };
    Runner::new(RandomScheduler::new(orders), config()).run(story);
    Runner::new(PctScheduler::new(3, orders), config()).run(story);
}

/// Who runs with what at the moment, and what was completed.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<(BTreeSet<String>, BTreeMap<String, u32>)>>);

impl Witness {
    fn begins(&self, account: &str) {
        assert!(self.0.lock().unwrap().0.insert(account.to_owned()), "{account} is held twice");
    }

    fn ends(&self, account: &str, completed: bool) {
        let mut seen = self.0.lock().unwrap();
        assert!(seen.0.remove(account), "{account} wasn't held");
        *seen.1.entry(account.to_owned()).or_default() += u32::from(completed);
    }

    fn completed_once(&self, accounts: &[&str]) {
        let seen = self.0.lock().unwrap();
        assert!(seen.0.is_empty(), "{:?} are held still", seen.0);
        let all: BTreeMap<String, u32> = accounts.iter().map(|name| ((*name).to_owned(), 1)).collect();
        assert_eq!(seen.1, all);
    }
}

/// A world with a routine that completes accounts, but gives the first of each bot back
/// when told to.
fn world(give_back: bool) -> (Arc<World>, Witness) {
    let (world, witness) = (World::new(), Witness::default());
    let (seen, gave) = (witness.clone(), Arc::new(Mutex::new(BTreeSet::new())));
    world.routine("R", move |run| {
        let (seen, gave) = (seen.clone(), gave.clone());
        async move {
            let account = run.account.as_ref().unwrap().id.to_string();
            seen.begins(&account);
            yield_now().await;
            let returns = give_back && gave.lock().unwrap().insert(run.instance);
            seen.ends(&account, !returns);
            if returns { Ok(Outcome::Returned { reason: "not now".into() }) } else { done() }
        }
    });
    (Arc::new(world), witness)
}

async fn both(world: &World, first: &GroupName, second: &GroupName) -> (LaunchReport, LaunchReport) {
    let events = world.events.subscribe();
    let start =
        |name: &GroupName| world.orchestrator.start_group(LaunchRequest::new(name.clone())).unwrap().1;
    let (first, second) = (start(first), start(second));
    let reports = (first.await.unwrap(), second.await.unwrap());
    leases_were_told_in_order(events);
    reports
}

/// Who follows the events sees each lease of an account end before the next one begins.
fn leases_were_told_in_order(mut events: Subscription) {
    let mut held = BTreeSet::new();
    while let Some(received) = events.try_next() {
        let Received::Event(event) = received else { panic!("events were lost") };
        match &event.kind {
            EventKind::LeaseGranted { account, .. } => {
                assert!(held.insert(account.clone()), "{account} is told to be held twice");
            }
            EventKind::LeaseSettled { account, .. } => {
                assert!(held.remove(account), "{account} is told to be settled, but not held");
            }
            _ => {}
        }
    }
    assert!(held.is_empty(), "{held:?} are told to be held still");
}

const ACCOUNTS: [&str; 4] = ["a", "b", "c", "d"];

#[test]
fn groups_that_share_a_pool_complete_each_account_once() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(false);
            world.pool("P", &ACCOUNTS, json!({}));
            let first = world.group("A", "R", Some("P"), &[0, 1], json!({}));
            let second = world.group("B", "R", Some("P"), &[2, 3], json!({}));
            let (first, second) = both(&world, &first, &second).await;
            witness.completed_once(&ACCOUNTS);
            assert_eq!(first.accounts.completed + second.accounts.completed, 4);
        });
    });
}

#[test]
fn what_a_bot_gives_back_is_completed_by_another_or_left() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(true);
            let pool = world.pool("P", &ACCOUNTS, json!({}));
            let first = world.group("A", "R", Some("P"), &[0, 1], json!({}));
            let second = world.group("B", "R", Some("P"), &[2], json!({}));
            both(&world, &first, &second).await;
            // A bot isn't offered again what it gave back: what the last one gives back stays.
            let counts = world.pools.get_open(&pool).unwrap().stats().counts;
            assert_eq!((counts.completed + counts.available, counts.in_use), (4, 0));
            let seen = witness.0.lock().unwrap();
            assert!(seen.0.is_empty() && seen.1.values().all(|times| *times <= 1), "{seen:?}");
            assert_eq!(
                seen.1.values().map(|times| *times as usize).sum::<usize>(),
                counts.completed as usize
            );
        });
    });
}

#[test]
fn a_refresh_meanwhile_loses_and_doubles_nothing() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(false);
            let pool = world.pool("P", &ACCOUNTS[..2], json!({}));
            world.pools.get(&pool).await.unwrap();
            let group = world.group("A", "R", Some("P"), &[0, 1], json!({}));
            let (_, launch) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
            world.select("P", &ACCOUNTS);
            let refreshing = world.clone();
            let name = pool.clone();
            let refresh = tokio::spawn(async move { refreshing.pools.refresh(&name).await.unwrap() });
            launch.await.unwrap();
            refresh.await.unwrap();
            // What came after the bots had left is served to the next launch.
            let rest = world.group("B", "R", Some("P"), &[0], json!({}));
            world.launch(&rest).await;
            witness.completed_once(&ACCOUNTS);
            let stats = world.pools.get_open(&pool).unwrap().stats().counts;
            assert_eq!((stats.total, stats.completed, stats.in_use), (4, 4, 0));
        });
    });
}

#[test]
fn bots_that_wait_for_accounts_get_those_of_a_refresh() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(false);
            let pool = world.pool("P", &[], json!({"wait_for_accounts": true, "max_wait_time": "20000h"}));
            world.pools.get(&pool).await.unwrap();
            let group = world.group("A", "R", Some("P"), &[0, 1], json!({}));
            let (_, launch) = world.orchestrator.start_group(LaunchRequest::new(group.clone())).unwrap();
            world.select("P", &ACCOUNTS);
            world.pools.refresh(&pool).await.unwrap();
            while world.settled(&pool).await < ACCOUNTS.len() {
                yield_now().await;
            }
            world.orchestrator.stop_group(&group, StopMode::Drain).unwrap();
            launch.await.unwrap();
            witness.completed_once(&ACCOUNTS);
        });
    });
}

#[test]
fn who_is_paused_goes_on_when_resumed() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(false);
            world.pool("P", &ACCOUNTS, json!({}));
            let group = world.group("A", "R", Some("P"), &[0, 1], json!({}));
            let (running, launch) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
            let other = running.clone();
            let pausing = tokio::spawn(async move {
                for paused in [true, false, true, false] {
                    other.pause(paused);
                    yield_now().await;
                }
            });
            launch.await.unwrap();
            pausing.await.unwrap();
            witness.completed_once(&ACCOUNTS);
        });
    });
}

#[test]
fn a_launch_that_is_stopped_and_scaled_ends_and_holds_nothing() {
    tried(|| {
        block_on(async {
            let (world, witness) = world(false);
            let pool = world.pool("P", &ACCOUNTS, json!({}));
            let group = world.group("A", "R", Some("P"), &[0, 1, 2], json!({}));
            let (_, launch) = world.orchestrator.start_group(LaunchRequest::new(group.clone())).unwrap();
            let (scaling, name) = (world.clone(), group.clone());
            let scaled = tokio::spawn(async move {
                // Refused when the launch is over already.
                let _ = scaling.orchestrator.scale(&name, 1).await;
                let _ = scaling.orchestrator.scale(&name, 3).await;
            });
            let _ = world.orchestrator.stop_group(&group, StopMode::Drain);
            launch.await.unwrap();
            scaled.await.unwrap();
            let rest = world.group("B", "R", Some("P"), &[0], json!({}));
            world.launch(&rest).await;
            witness.completed_once(&ACCOUNTS);
            assert_eq!(world.pools.get_open(&pool).unwrap().stats().counts.in_use, 0);
        });
    });
}
