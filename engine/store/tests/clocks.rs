//! Setting the wall clock, forwards or back, neither frees nor freezes a lease; a holder
//! that doesn't renew loses it to whoever asks, and is fenced with its result kept aside.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use common::{Fixture, account, ask, end, latest_runs, lease, pool, result};
use jiff::Timestamp;
use lariat_core::clock::Clock;
use lariat_core::ledger::{LeaseDecision, Ledger, LedgerError, MemoryLedger, Renewal};
use lariat_core::outcome::Disposition;
use serde_json::json;

/// A wall clock that somebody sets, over a monotonic one that nobody can.
#[derive(Debug)]
struct Jumping {
    offset_ms: AtomicI64,
    elapsed_ms: AtomicU64,
}

impl Jumping {
    fn new() -> Arc<Self> {
        Arc::new(Self { offset_ms: AtomicI64::new(1_780_000_000_000), elapsed_ms: AtomicU64::new(0) })
    }

    fn pass(&self, time: Duration) {
        self.elapsed_ms.fetch_add(time.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    fn jump(&self, hours: i64) {
        self.offset_ms.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.elapsed_ms.load(Ordering::SeqCst)).unwrap();
        Timestamp::from_millisecond(self.offset_ms.load(Ordering::SeqCst) + elapsed).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
    }
}

async fn keeps_its_leases_through_jumps(ledger: &dyn Ledger, clock: &Jumping) {
    for hours in [24, -24, -48, 48] {
        let token = lease(ledger, "a", "one").await;
        clock.jump(hours);
        clock.pass(Duration::from_secs(599));
        let other = ledger.lease(ask("a", "two")).await.unwrap();
        assert!(matches!(other, LeaseDecision::Held { .. }), "freed by {hours} h");
        let renewal = Renewal { account: account("a"), token, ttl: Duration::from_secs(600) };
        assert!(ledger.renew(vec![renewal]).await.unwrap().is_empty());
        clock.jump(-hours);
        clock.pass(Duration::from_secs(599));
        let other = ledger.lease(ask("a", "two")).await.unwrap();
        assert!(matches!(other, LeaseDecision::Held { .. }), "freed by {} h", -hours);
        clock.jump(hours);
        clock.pass(Duration::from_secs(1));
        let taken = lease(ledger, "a", "two").await;
        let late = ledger.settle(end("a", "one", token, Disposition::Returned, clock.now())).await;
        assert!(matches!(late, Err(LedgerError::Fenced { .. })), "frozen by {hours} h");
        ledger.settle(end("a", "two", taken, Disposition::Returned, clock.now())).await.unwrap();
    }
}

#[tokio::test]
async fn sqlite_keeps_its_leases_through_jumps() {
    let (fixture, clock) = (Fixture::new(), Jumping::new());
    let store = lariat_store::Store::open(fixture.options().clock(clock.clone())).await.unwrap();
    keeps_its_leases_through_jumps(&store, &clock).await;
}

#[tokio::test]
async fn memory_keeps_its_leases_through_jumps() {
    let clock = Jumping::new();
    keeps_its_leases_through_jumps(&MemoryLedger::new(clock.clone()), &clock).await;
}

#[tokio::test]
async fn a_late_result_is_kept_aside_and_not_applied() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let old = lease(&store, "a", "one").await;
    fixture.clock.advance(Duration::from_secs(601));
    let new = lease(&store, "a", "two").await;
    let mut late = end("a", "one", old, Disposition::Completed, fixture.clock.now());
    late.result = result(json!({"packs_opened": 7}));
    assert!(matches!(store.settle(late).await, Err(LedgerError::Fenced { .. })));
    let kept = latest_runs(&store, Some("a"), 10).await;
    assert_eq!((kept.len(), kept[0].outcome), (1, Disposition::Fenced));
    assert_eq!(kept[0].result, result(json!({"packs_opened": 7})));
    let history = store.history(&pool("one")).await.unwrap();
    assert!(history.outcomes.is_empty() && history.totals.is_empty() && history.runs == 0);
    store.settle(end("a", "two", new, Disposition::Completed, fixture.clock.now())).await.unwrap();
}

/// Leases of the engine before live by the wall clock, which is all that two processes
/// share.
#[tokio::test]
async fn a_later_engine_sees_what_is_left_of_a_lease() {
    let (fixture, clock) = (Fixture::new(), Jumping::new());
    let options = fixture.options().clock(clock.clone());
    let store = lariat_store::Store::open(options.clone()).await.unwrap();
    lease(&store, "a", "one").await;
    store.close().await;
    clock.pass(Duration::from_secs(500));
    let store = lariat_store::Store::open(options).await.unwrap();
    assert!(matches!(store.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
    clock.jump(24);
    assert!(matches!(store.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
    clock.pass(Duration::from_secs(100));
    lease(&store, "a", "two").await;
}
