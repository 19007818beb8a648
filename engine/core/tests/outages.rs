//! A ledger that can't be written: leasing pauses, bots keep what they hold, nothing is
//! acknowledged, and work goes on by itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lariat_core::bot::BotStatus;
use lariat_core::ids::{AccountId, LaunchId, PoolName};
use lariat_core::launch::{LaunchRequest, StopMode};
use lariat_core::ledger::{
    Attempt, Holder, KeptSelection, LeaseDecision, LeaseRequest, Ledger, LedgerError, LiveLease,
    MemoryLedger, PoolHistory, Renewal, ResetReport, SettleRequest,
};
use lariat_core::outcome::{Disposition, Outcome};
use lariat_core::pool::{PoolState, RunFacts};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use world::*;

/// A bot of a launch of its own.
fn holder(of: &str, id: u32) -> Holder {
    let (launch, routine) = (LaunchId::random(), "R".into());
    Holder { launch, group: group(of), instance: instance(id), routine, generation: 1 }
}

/// A ledger whose store fails when it is told to.
struct Flaky {
    inner: Arc<MemoryLedger>,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    full: AtomicBool,
    /// So many answers get lost on their way, after the ledger did as asked.
    lost_answers: AtomicU32,
    rejects: AtomicBool,
    hangs: AtomicBool,
}

impl Faults {
    async fn pass<T>(&self, work: impl Future<Output = Result<T, LedgerError>>) -> Result<T, LedgerError> {
        while self.hangs.load(Ordering::SeqCst) {
            sleep(Duration::from_secs(1)).await;
        }
        if self.full.load(Ordering::SeqCst) {
            return Err(LedgerError::Store("the disk is full".into()));
        }
        if self.rejects.load(Ordering::SeqCst) {
            return Err(LedgerError::Rejected("no such thing".into()));
        }
        let answer = work.await;
        let lost = |left: u32| left.checked_sub(1);
        match self.lost_answers.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost) {
            Ok(_) => Err(LedgerError::Store("the disk failed".into())),
            Err(_) => answer,
        }
    }
}

#[async_trait]
impl Ledger for Flaky {
    async fn lease(&self, request: LeaseRequest) -> Result<LeaseDecision, LedgerError> {
        self.faults.pass(self.inner.lease(request)).await
    }
    async fn settle(&self, request: SettleRequest) -> Result<(), LedgerError> {
        self.faults.pass(self.inner.settle(request)).await
    }
    async fn renew(&self, renewals: Vec<Renewal>) -> Result<Vec<AccountId>, LedgerError> {
        self.faults.pass(self.inner.renew(renewals)).await
    }
    async fn record_attempt(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.faults.pass(self.inner.record_attempt(attempt)).await
    }
    async fn history(&self, pool: &PoolName) -> Result<PoolHistory, LedgerError> {
        self.inner.history(pool).await
    }
    async fn record_refresh(&self, pool: &PoolName) -> Result<(), LedgerError> {
        self.inner.record_refresh(pool).await
    }
    async fn keep_selection(&self, pool: &PoolName, selection: KeptSelection) -> Result<(), LedgerError> {
        self.inner.keep_selection(pool, selection).await
    }
    async fn kept_selection(&self, pool: &PoolName) -> Result<Option<KeptSelection>, LedgerError> {
        self.inner.kept_selection(pool).await
    }
    async fn reset(&self, pool: &PoolName, only: Option<Vec<AccountId>>) -> Result<ResetReport, LedgerError> {
        self.inner.reset(pool, only).await
    }
    async fn rescue(&self) -> Result<Vec<LiveLease>, LedgerError> {
        self.inner.rescue().await
    }
}

fn flaky() -> (World, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let shared = faults.clone();
    (World::seeing(|inner| Arc::new(Flaky { inner, faults: shared })), faults)
}

fn positions(events: &[Value], kind: &str) -> Vec<usize> {
    events.iter().enumerate().filter(|(_, event)| event["type"] == kind).map(|(at, _)| at).collect()
}

#[tokio::test(start_paused = true)]
async fn work_pauses_for_hours_and_goes_on_by_itself() {
    let (world, faults) = flaky();
    let names: Vec<String> = (0..9).map(|n| format!("a{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pool = world.pool("P", &names, json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(60)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0, 1, 2], json!({}));
    let mut events = world.events.subscribe();
    let (launch, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(90)).await;
    faults.full.store(true, Ordering::SeqCst);
    sleep(Duration::from_secs(4 * 3600)).await;
    let listed = world.pools.listing().await;
    assert_eq!(
        (listed[0].state, listed[0].error.as_deref()),
        (PoolState::Unavailable, Some("the disk is full"))
    );
    assert_eq!(world.pools.health().outage().unwrap().error, "the disk is full");
    assert_eq!(listed[0].counts.in_use, 3, "bots keep what they hold");
    assert!(launch.snapshot().bots.iter().all(|bot| !bot.status.has_ended()));
    faults.full.store(false, Ordering::SeqCst);
    let report = task.await.unwrap();
    assert!(report.success, "{report:?}");
    assert_eq!((report.accounts.completed, report.accounts.fenced), (9, 0));
    assert_eq!(world.settled(&pool).await, 9);
    assert_eq!(world.accounts_run().len(), 9, "nothing was done twice");
    let events = seen(&mut events);
    let (down, up) = (positions(&events, "ledger.unavailable"), positions(&events, "ledger.available"));
    assert_eq!((down.len(), up.len()), (1, 1), "told once each");
    assert_eq!(events[down[0]]["error"], "the disk is full");
    assert!(events[up[0]]["down_ms"].as_u64().unwrap() > 3_600_000);
    for kind in ["lease.granted", "lease.settled"] {
        assert!(positions(&events, kind).iter().all(|at| *at < down[0] || *at > up[0]), "{kind}");
    }
    assert!(world.pools.health().outage().is_none());
}

#[tokio::test(start_paused = true)]
async fn bots_without_a_pool_wait_to_be_recorded() {
    let (world, faults) = flaky();
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", None, &[0], json!({}));
    faults.full.store(true, Ordering::SeqCst);
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(3600)).await;
    assert!(!task.is_finished());
    faults.full.store(false, Ordering::SeqCst);
    assert!(task.await.unwrap().success);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_the_wait_for_a_lease_and_force_the_wait_for_a_settlement() {
    let (world, faults) = flaky();
    let pool = world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |run| async move {
        sleep(Duration::from_secs(if run.instance.0 == 1 { 60 } else { 5 })).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0, 1], json!({"stagger_delay": "1s"}));
    let (launch, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(30)).await;
    faults.full.store(true, Ordering::SeqCst);
    sleep(Duration::from_secs(60)).await;
    assert!(!task.is_finished(), "the second bot waits to settle");
    launch.stop(StopMode::Drain);
    sleep(Duration::from_secs(1)).await;
    assert!(!task.is_finished(), "a drain lets it wait");
    launch.stop(StopMode::Force);
    let report = task.await.unwrap();
    assert_eq!(report.bots[1].status, BotStatus::Stopped);
    assert_eq!(report.accounts.completed, 1, "nothing was acknowledged that isn't written");
    assert_eq!(world.ledger.history(&pool).await.unwrap().leases.len(), 1, "for the next start to return");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_neither_loses_nor_doubles() {
    let (world, faults) = flaky();
    let pool = world.pool("P", &["a", "b", "c"], json!({}));
    let shared = faults.clone();
    world.routine("R", move |_| {
        // The answers to the settlement and to the next lease get lost.
        shared.lost_answers.store(2, Ordering::SeqCst);
        async { done_with(json!({"n": 1})) }
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&group).await;
    assert_eq!((report.accounts.completed, report.accounts.fenced), (3, 0), "{report:?}");
    assert_eq!(world.accounts_run(), ["a", "b", "c"]);
    let history = world.ledger.history(&pool).await.unwrap();
    assert_eq!((history.runs, history.leases.len()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_the_store_rejects_fails_its_bot_and_is_no_outage() {
    let (world, faults) = flaky();
    world.pool("P", &["a"], json!({}));
    let shared = faults.clone();
    world.routine("R", move |_| {
        shared.rejects.store(true, Ordering::SeqCst);
        async { done() }
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&group).await;
    assert_eq!(report.bots[0].status, BotStatus::Failed);
    assert!(report.bots[0].error.as_deref().unwrap().contains("no such thing"));
    assert!(world.pools.health().outage().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_told_and_waited_for() {
    let (world, faults) = flaky();
    world.pool("P", &["a"], json!({}));
    let shared = faults.clone();
    world.routine("R", move |_| {
        shared.hangs.store(true, Ordering::SeqCst);
        async { done() }
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(600)).await;
    assert!(world.pools.health().outage().unwrap().error.contains("hasn't answered"));
    faults.hangs.store(false, Ordering::SeqCst);
    assert_eq!(task.await.unwrap().accounts.completed, 1);
    assert!(world.pools.health().outage().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_taken_over_ends_its_run_and_is_fenced() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(7200)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let mut events = world.events.subscribe();
    let (launch, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(60)).await;
    // As another engine would after this one was frozen: the lease is somebody else's.
    world.ledger.rescue().await.unwrap();
    let other = LeaseRequest {
        account: account("a"),
        pool: pool("Q"),
        holder: holder("H", 9),
        ttl: Duration::from_secs(86_400),
        repeat_after: None,
    };
    assert!(matches!(world.ledger.lease(other).await.unwrap(), LeaseDecision::Granted { .. }));
    sleep(Duration::from_secs(600)).await;
    assert_eq!(launch.snapshot().accounts.fenced, 1, "the run was cut at the next heartbeat");
    launch.stop(StopMode::Drain);
    task.await.unwrap();
    let settled: Vec<Value> =
        seen(&mut events).into_iter().filter(|event| event["type"] == "lease.settled").collect();
    assert_eq!((settled.len(), &settled[0]["outcome"]), (1, &json!("fenced")));
    assert!(settled[0]["reason"].as_str().unwrap().contains("taken over"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_fenced_does_not_count() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({"retry_failed": true, "max_failures": 2}));
    let pool = world.pools.get(&name).await.unwrap();
    let holder = holder("G", 0);
    let fail = async |lost: bool| {
        let lease = pool.lease(&holder, &Arc::default(), &CancellationToken::new()).await.unwrap().unwrap();
        if lost {
            world.ledger.rescue().await.unwrap();
        }
        let run = RunFacts { started: world.clock.now(), elapsed: Duration::from_secs(1) };
        lease.settle(Outcome::Failed { reason: "no".into() }, Some(run)).await.unwrap()
    };
    assert_eq!(fail(true).await, Disposition::Fenced);
    assert_eq!(fail(false).await, Disposition::Retried);
    assert_eq!(fail(false).await, Disposition::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_lease_of_a_closed_pool_is_renewed_while_its_bot_lives() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({"lease_ttl": "1m"}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(3600)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.pool("Q", &["a"], json!({}));
    let other = world.group("H", "R", Some("Q"), &[1], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(60)).await;
    world.pools.delete(&name).unwrap();
    let (_, waiting) = world.orchestrator.start_group(LaunchRequest::new(other)).unwrap();
    let report = task.await.unwrap();
    assert_eq!((report.accounts.completed, report.accounts.fenced), (1, 0), "nobody took it over");
    assert_eq!(waiting.await.unwrap().accounts.completed, 1);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wait_in_order_and_one_release_wakes_one() {
    use std::collections::HashSet;
    use tokio_util::sync::CancellationToken;

    const BOTS: usize = 10_000;
    let world = World::new();
    let name = world.pool("P", &["a"], json!({}));
    let pool = world.pools.get(&name).await.unwrap();
    let stop = CancellationToken::new();
    let none = Arc::new(HashSet::new());
    let first = pool.lease(&holder("G", 0), &none, &stop).await.unwrap().unwrap();
    let served = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let mut bots = tokio::task::JoinSet::new();
    for number in 1..=BOTS {
        let instance = u32::try_from(number).unwrap();
        let (pool, holder, stop, served, none) =
            (pool.clone(), holder("G", instance), stop.clone(), served.clone(), none.clone());
        bots.spawn(async move {
            let Some(lease) = pool.lease(&holder, &none, &stop).await.unwrap() else { return };
            served.lock().push(number);
            let outcome = lariat_core::outcome::Outcome::Returned { reason: "next".into() };
            lease.settle(outcome, None).await.unwrap();
        });
    }
    tokio::task::yield_now().await;
    let outcome = lariat_core::outcome::Outcome::Returned { reason: "next".into() };
    first.settle(outcome, None).await.unwrap();
    while bots.join_next().await.is_some() {}
    assert_eq!(*served.lock(), (1..=BOTS).collect::<Vec<_>>());
}
