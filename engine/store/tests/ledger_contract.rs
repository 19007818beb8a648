//! The promises of a ledger, for the one in memory and the one on SQLite alike.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Fixture, ManualClock, account, ask, end, holder, lease, pool, result};
use lariat_core::clock::Clock;
use lariat_core::ids::LeaseToken;
use lariat_core::ledger::{
    Attempt, LeaseDecision, Ledger, LedgerError, MemoryLedger, OutcomeState, Renewal, Total,
};
use lariat_core::outcome::{Disposition, FinalState};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);

/// A ledger and the clock it goes by.
struct Subject {
    ledger: Arc<dyn Ledger>,
    clock: Arc<ManualClock>,
    name: &'static str,
    _fixture: Option<Fixture>,
}

async fn subjects() -> [Subject; 2] {
    let clock = ManualClock::new();
    let memory =
        Subject { ledger: Arc::new(MemoryLedger::new(clock.clone())), clock, name: "memory", _fixture: None };
    let fixture = Fixture::new();
    let sqlite = Subject {
        ledger: Arc::new(fixture.open().await),
        clock: fixture.clock.clone(),
        name: "sqlite",
        _fixture: Some(fixture),
    };
    [memory, sqlite]
}

/// Makes a test of each promise, run on both ledgers.
macro_rules! promises {
    ($($(#[$doc:meta])* async fn $promise:ident($ledger:ident, $clock:ident) $body:block)*) => {$(
        $(#[$doc])*
        #[tokio::test]
        async fn $promise() {
            for subject in subjects().await {
                println!("{}", subject.name);
                let $ledger = &*subject.ledger;
                let $clock = &*subject.clock;
                $body
            }
        }
    )*};
}

promises! {
    async fn an_account_has_one_holder_whatever_the_pool(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        let expires_at = clock.now() + Duration::from_secs(600);
        let held = LeaseDecision::Held { pool: pool("one"), expires_at };
        assert_eq!(ledger.lease(ask("a", "one")).await.unwrap(), held);
        assert_eq!(ledger.lease(ask("a", "two")).await.unwrap(), held);
        ledger.settle(end("a", "one", token, Disposition::Returned, clock.now())).await.unwrap();
        lease(ledger, "a", "two").await;
    }

    async fn a_final_outcome_is_final_in_its_pool_only(ledger, clock) {
        for (id, disposition, state) in [
            ("a", Disposition::Completed, FinalState::Completed),
            ("b", Disposition::Failed, FinalState::Failed),
            ("c", Disposition::Skipped, FinalState::Skipped),
        ] {
            let token = lease(ledger, id, "one").await;
            ledger.settle(end(id, "one", token, disposition, clock.now())).await.unwrap();
            let refused = LeaseDecision::Settled { state, at: clock.now() };
            assert_eq!(ledger.lease(ask(id, "one")).await.unwrap(), refused);
            lease(ledger, id, "two").await;
        }
    }

    async fn an_account_is_served_again_after_repeat_after(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        ledger.settle(end("a", "one", token, Disposition::Completed, clock.now())).await.unwrap();
        let settled = LeaseDecision::Settled { state: FinalState::Completed, at: clock.now() };
        let again = || lariat_core::ledger::LeaseRequest { repeat_after: Some(MINUTE), ..ask("a", "one") };
        clock.advance(MINUTE - Duration::from_millis(1));
        assert_eq!(ledger.lease(again()).await.unwrap(), settled);
        clock.advance(Duration::from_millis(1));
        assert_eq!(ledger.lease(ask("a", "one")).await.unwrap(), settled);
        assert!(matches!(ledger.lease(again()).await.unwrap(), LeaseDecision::Granted { .. }));
    }

    async fn an_expired_lease_is_taken_over_and_its_holder_fenced(ledger, clock) {
        let old = lease(ledger, "a", "one").await;
        clock.advance(Duration::from_secs(600) - Duration::from_millis(1));
        assert!(matches!(ledger.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
        clock.advance(Duration::from_millis(1));
        let new = lease(ledger, "a", "two").await;
        assert!(new > old);
        let late = ledger.settle(end("a", "one", old, Disposition::Completed, clock.now())).await;
        assert!(matches!(late, Err(LedgerError::Fenced { account }) if account.as_str() == "a"));
        assert!(ledger.history(&pool("one")).await.unwrap().outcomes.is_empty());
        ledger.settle(end("a", "two", new, Disposition::Completed, clock.now())).await.unwrap();
    }

    async fn a_lease_that_expired_unnoticed_can_still_be_settled(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        clock.advance(Duration::from_secs(6_000));
        ledger.settle(end("a", "one", token, Disposition::Completed, clock.now())).await.unwrap();
    }

    async fn a_lease_is_settled_once(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        ledger.settle(end("a", "one", token, Disposition::Returned, clock.now())).await.unwrap();
        let twice = ledger.settle(end("a", "one", token, Disposition::Completed, clock.now())).await;
        assert!(matches!(twice, Err(LedgerError::Fenced { .. })));
    }

    async fn a_renewed_lease_lives_on_and_a_lost_one_is_named(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        clock.advance(9 * MINUTE);
        let renewals = vec![
            Renewal { account: account("a"), token, ttl: 10 * MINUTE },
            Renewal { account: account("b"), token: LeaseToken(77), ttl: MINUTE },
        ];
        assert_eq!(ledger.renew(renewals).await.unwrap(), [account("b")]);
        clock.advance(9 * MINUTE);
        assert!(matches!(ledger.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
        clock.advance(MINUTE);
        lease(ledger, "a", "two").await;
        let late = vec![Renewal { account: account("a"), token, ttl: MINUTE }];
        assert_eq!(ledger.renew(late).await.unwrap(), [account("a")]);
    }

    async fn a_rescue_returns_every_lease(ledger, clock) {
        let token = lease(ledger, "a", "one").await;
        lease(ledger, "b", "two").await;
        let rescued = ledger.rescue().await.unwrap();
        assert_eq!(rescued.iter().map(|lease| lease.account.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(ledger.rescue().await.unwrap().is_empty());
        let late = ledger.settle(end("a", "one", token, Disposition::Completed, clock.now())).await;
        assert!(matches!(late, Err(LedgerError::Fenced { .. })));
        assert!(lease(ledger, "a", "one").await > token);
    }

    async fn a_pool_remembers_outcomes_totals_and_runs(ledger, clock) {
        ledger.record_refresh(&pool("one")).await.unwrap();
        let refreshed = clock.now();
        for (id, packs) in [("a", json!(2)), ("b", json!(3)), ("c", json!(0.5))] {
            let token = lease(ledger, id, "one").await;
            let mut end = end(id, "one", token, Disposition::Completed, clock.now());
            end.result = result(json!({"packs": packs, "whole": 1, "note": "x", "half": 0.5}));
            ledger.settle(end).await.unwrap();
        }
        let token = lease(ledger, "d", "one").await;
        ledger.settle(end("d", "one", token, Disposition::Retried, clock.now())).await.unwrap();
        let token = lease(ledger, "e", "one").await;
        ledger.settle(end("e", "one", token, Disposition::Returned, clock.now())).await.unwrap();
        lease(ledger, "f", "one").await;

        let history = ledger.history(&pool("one")).await.unwrap();
        let retry = history.outcomes.iter().find(|outcome| outcome.account.as_str() == "d").unwrap();
        assert_eq!((retry.state, retry.failures, retry.settled_at), (OutcomeState::Retry, 1, clock.now()));
        assert_eq!(history.outcomes.len(), 4);
        assert_eq!(history.leases.len(), 1);
        assert_eq!(history.leases[0].holder.routine, "OpenPacks");
        assert_eq!(history.totals["packs"], Total::Float(5.5));
        assert_eq!(history.totals["whole"], Total::Int(3));
        assert_eq!(history.totals["half"], Total::Float(1.5));
        assert!(!history.totals.contains_key("note"));
        assert_eq!((history.runs, history.run_time), (4, Duration::from_secs(8)));
        assert_eq!(history.last_refresh, Some(refreshed));
        assert!(ledger.history(&pool("two")).await.unwrap().outcomes.is_empty());
    }

    async fn a_reset_forgets_a_pool_and_nothing_else(ledger, clock) {
        ledger.record_refresh(&pool("one")).await.unwrap();
        for (id, of) in [("a", "one"), ("b", "one"), ("c", "one"), ("a", "two")] {
            let token = lease(ledger, id, of).await;
            let mut end = end(id, of, token, Disposition::Completed, clock.now());
            end.result = result(json!({"packs": 1}));
            ledger.settle(end).await.unwrap();
        }
        let only = Some(vec![account("b"), account("z")]);
        assert_eq!(ledger.reset(&pool("one"), only).await.unwrap().forgotten, 1);
        lease(ledger, "b", "one").await;
        let history = ledger.history(&pool("one")).await.unwrap();
        assert_eq!((history.outcomes.len(), history.runs, history.leases.len()), (2, 3, 1));

        assert_eq!(ledger.reset(&pool("one"), None).await.unwrap().forgotten, 2);
        let history = ledger.history(&pool("one")).await.unwrap();
        assert!(history.outcomes.is_empty() && history.totals.is_empty());
        assert_eq!((history.runs, history.run_time, history.leases.len()), (0, Duration::ZERO, 1));
        assert!(history.last_refresh.is_some());
        assert_eq!(ledger.history(&pool("two")).await.unwrap().outcomes.len(), 1);
    }

    async fn requests_at_once_are_served_in_their_order(ledger, clock) {
        // One batch: the return makes the account free for whoever asks after it.
        let token = lease(ledger, "a", "one").await;
        let renewal = || vec![Renewal { account: account("a"), token, ttl: MINUTE }];
        let (before, kept, returned, lost, taken, after) = futures::join!(
            ledger.lease(ask("a", "two")),
            ledger.renew(renewal()),
            ledger.settle(end("a", "one", token, Disposition::Returned, clock.now())),
            ledger.renew(renewal()),
            ledger.lease(ask("a", "two")),
            ledger.lease(ask("a", "three")),
        );
        assert!(matches!(before.unwrap(), LeaseDecision::Held { .. }));
        assert_eq!(kept.unwrap(), []);
        returned.unwrap();
        assert_eq!(lost.unwrap(), [account("a")]);
        let LeaseDecision::Granted { token } = taken.unwrap() else { panic!("not granted") };
        assert!(matches!(after.unwrap(), LeaseDecision::Held { pool, .. } if pool.as_str() == "two"));
        let (fenced, settled, over) = futures::join!(
            ledger.settle(end("a", "two", LeaseToken(0), Disposition::Failed, clock.now())),
            ledger.settle(end("a", "two", token, Disposition::Completed, clock.now())),
            ledger.lease(ask("a", "two")),
        );
        assert!(matches!(fenced, Err(LedgerError::Fenced { .. })));
        settled.unwrap();
        assert!(matches!(over.unwrap(), LeaseDecision::Settled { state: FinalState::Completed, .. }));
    }

    async fn a_run_without_an_account_is_recorded(ledger, clock) {
        let attempt = Attempt {
            holder: holder(),
            disposition: Disposition::Completed,
            error: None,
            result: result(json!({"laps": 3})),
            started: clock.now(),
            elapsed: MINUTE,
        };
        ledger.record_attempt(attempt).await.unwrap();
    }
}
