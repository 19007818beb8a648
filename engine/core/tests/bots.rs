//! What a bot does with an account: one test for each row of the contract's table.

mod world;

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use lariat_core::bot::BotStatus;
use lariat_core::launch::StopMode;
use lariat_core::ledger::{Ledger, OutcomeState, Total};
use lariat_core::outcome::{FinalState, Outcome};
use lariat_core::routine::RoutineError;
use world::*;

#[tokio::test(start_paused = true)]
async fn completed_accounts_add_up_and_the_bot_goes_on_until_the_pool_is_exhausted() {
    let world = World::new();
    world.pool("P", &["a", "b", "c"], json!({}));
    world.routine("R", |_| async { done_with(json!({"packs_opened": 2, "rate": 0.5, "note": "x"})) });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&name).await;
    assert!(report.success, "{report:?}");
    assert_eq!((report.accounts.completed, report.bots[0].accounts), (3, 3));
    assert_eq!(report.totals["packs_opened"], Total::Int(6));
    assert_eq!(report.totals["rate"], Total::Float(1.5));
    assert_eq!(world.accounts_run(), ["a", "b", "c"]);
    let stats = world.pools.get(&pool("P")).await.unwrap().stats();
    assert_eq!((stats.counts.completed, stats.counts.available, stats.runs), (3, 0, 3));
    assert_eq!(stats.totals["packs_opened"], Total::Int(6));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_counted_and_retried_while_the_pool_allows_it() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({"retry_failed": true, "max_failures": 3}));
    world.routine("R", |run| async move {
        if run.account.is_some_and(|a| a.id.as_str() == "a") { fail("no luck") } else { done() }
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&name).await;
    assert!(report.success, "accounts that fail by the routine's word aren't the launch's failure");
    assert_eq!(world.accounts_run(), ["a", "a", "a", "b"], "a retried account takes its place by the order");
    assert_eq!((report.accounts.failed, report.accounts.retried, report.accounts.completed), (1, 2, 1));
    let outcomes = world.ledger.history(&pool("P")).await.unwrap().outcomes;
    let failed = outcomes.iter().find(|o| o.account == account("a")).unwrap();
    assert_eq!((failed.state, failed.failures), (OutcomeState::Final(FinalState::Failed), 3));
}

#[tokio::test(start_paused = true)]
async fn without_retry_one_failure_is_final() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { fail("no") });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    assert_eq!(world.launch(&name).await.accounts.failed, 1);
    assert_eq!(world.accounts_run(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_retried_account_rests_for_the_backoff() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({"retry_failed": true, "max_failures": 2, "retry_backoff": "1m"}));
    world.routine("R", |run| async move {
        if run.account.is_some_and(|a| a.id.as_str() == "a") { fail("no") } else { done() }
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&name).await;
    assert_eq!(world.accounts_run(), ["a", "b", "a"]);
    assert!(report.duration_ms >= 60_000, "the bot waited for the account that rested");
}

#[tokio::test(start_paused = true)]
async fn a_skipped_account_is_not_served_again() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async { Ok(Outcome::Skipped { reason: "not today".into() }) });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    assert_eq!(world.launch(&name).await.accounts.skipped, 2);
    assert_eq!(world.launch(&name).await.accounts.skipped, 0);
    assert_eq!(world.accounts_run(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn an_account_given_back_is_available_but_not_to_the_bot_that_gave_it_back() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |run| async move {
        match run.account.unwrap().id.as_str() {
            "a" => Ok(Outcome::Returned { reason: "busy".into() }),
            _ => done(),
        }
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&name).await;
    assert_eq!(world.accounts_run(), ["a", "b"], "the launch ends");
    assert_eq!((report.accounts.returned, report.accounts.completed), (1, 1));
    let stats = world.pools.get(&pool("P")).await.unwrap().stats();
    assert_eq!((stats.counts.available, stats.counts.completed), (1, 1));
    assert_eq!(world.settled(&pool("P")).await, 1, "nothing is counted for it");
}

#[tokio::test(start_paused = true)]
async fn an_error_counts_as_a_failure_and_ends_the_bot() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async { raise("scripts/routines/r.lua:3: boom") });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&name).await;
    assert!(!report.success);
    assert_eq!(report.bots[0].status, BotStatus::Failed);
    let error = report.bots[0].error.clone().unwrap();
    assert!(error.contains("account a") && error.contains("scripts/routines/r.lua:3: boom"), "{error}");
    assert_eq!(world.accounts_run(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn on_failure_the_bot_restarts_after_a_growing_pause() {
    let world = World::new();
    world.pool("P", &["a", "b", "c", "d"], json!({}));
    world.routine("R", |_| async { raise("boom") });
    let name = world.group("G", "R", Some("P"), &[0], json!({"restart_policy": "on_failure"}));
    let mut events = world.events.subscribe();
    let report = world.launch(&name).await;
    assert_eq!(world.accounts_run().len(), 4);
    assert_eq!(report.bots[0].status, BotStatus::Completed, "it went on until the pool was exhausted");
    let restarts = seen(&mut events).iter().filter(|e| e["type"] == "bot.restarted").count();
    assert_eq!(restarts, 4);
    assert!(report.duration_ms >= 250 + 500 + 1000 + 2000, "{}", report.duration_ms);
}

#[tokio::test(start_paused = true)]
async fn a_routine_over_its_timeout_is_cut_off_and_counts_as_failed() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(3600)).await;
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({"routine_timeout": "5s"}));
    let report = world.launch(&name).await;
    assert_eq!(report.accounts.failed, 1);
    assert!(report.bots[0].error.as_ref().unwrap().contains("timeout"), "{report:?}");
    assert!(report.duration_ms < 6_000);
}

#[tokio::test(start_paused = true)]
async fn a_panicking_routine_harms_only_its_bot() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |run| async move {
        if run.account.unwrap().id.as_str() == "a" {
            panic!("at the disco");
        }
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0, 1], json!({}));
    let report = world.launch(&name).await;
    assert_eq!((report.accounts.failed, report.accounts.completed), (1, 1));
    assert!(report.bots[0].error.as_ref().unwrap().contains("at the disco"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_forced_stop_returns_the_account_and_nothing_is_counted() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(3600)).await;
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) =
        world.orchestrator.start_group(lariat_core::launch::LaunchRequest::new(name.clone())).unwrap();
    sleep(Duration::from_secs(1)).await;
    world.orchestrator.stop_group(&name, StopMode::Force).unwrap();
    let report = task.await.unwrap();
    assert!(report.stopped && report.bots[0].status == BotStatus::Stopped);
    assert_eq!(report.accounts.returned, 1);
    assert!(report.duration_ms < 2_000);
    let stats = world.pools.get(&pool("P")).await.unwrap().stats();
    assert_eq!((stats.counts.available, stats.counts.total, stats.runs), (2, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_drained_bot_may_finish_its_account_but_not_for_ever() {
    for (takes, completed) in [(3, 1), (3600, 0)] {
        let world = World::new();
        world.pool("P", &["a", "b"], json!({}));
        world.routine("R", move |run| async move {
            sleep(Duration::from_secs(takes)).await;
            assert!(run.stopping.is_cancelled());
            done()
        });
        let name = world.group("G", "R", Some("P"), &[0], json!({}));
        let (launch, task) =
            world.orchestrator.start_group(lariat_core::launch::LaunchRequest::new(name)).unwrap();
        sleep(Duration::from_secs(1)).await;
        launch.stop(StopMode::Drain);
        let report = task.await.unwrap();
        assert_eq!(report.accounts.completed, completed);
        assert_eq!(report.accounts.returned, 1 - completed);
        assert!(report.duration_ms < 12_000, "the drain time is 10 s");
        assert_eq!(report.bots[0].status, BotStatus::Stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_pool_the_routine_runs_once() {
    let world = World::new();
    world.routine("R", |run| async move {
        assert!(run.account.is_none());
        done_with(json!({"n": 1}))
    });
    let name = world.group("G", "R", None, &[4, 5], json!({}));
    let report = world.launch(&name).await;
    assert!(report.success);
    assert_eq!(world.ran.lock().len(), 2);
    assert_eq!(report.totals["n"], Total::Int(2));
}

#[tokio::test(start_paused = true)]
async fn always_restarts_also_what_ended_well() {
    let world = World::new();
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", None, &[0], json!({"restart_policy": "always"}));
    let (launch, task) =
        world.orchestrator.start_group(lariat_core::launch::LaunchRequest::new(name)).unwrap();
    sleep(Duration::from_secs(5)).await;
    launch.stop(StopMode::Drain);
    task.await.unwrap();
    assert!(world.ran.lock().len() >= 10, "{}", world.ran.lock().len());
}

#[tokio::test(start_paused = true)]
async fn never_leaves_a_broken_run_without_pool_failed() {
    let world = World::new();
    world.routine("R", |_| async { Err(RoutineError::OverBudget("too much memory".into())) });
    let name = world.group("G", "R", None, &[0], json!({}));
    let report = world.launch(&name).await;
    assert_eq!(report.bots[0].status, BotStatus::Failed);
    assert!(!report.success);
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_host_is_lost_is_as_if_it_had_not_been() {
    let world = World::new();
    let pool = world.pool("P", &["a", "b"], json!({}));
    let first = std::sync::atomic::AtomicBool::new(true);
    world.routine("R", move |_| {
        let lost = first.swap(false, std::sync::atomic::Ordering::SeqCst);
        async move { if lost { Err(RoutineError::HostLost("the thread is gone".into())) } else { done() } }
    });
    let mut events = world.events.subscribe();
    let name = world.group("G", "R", Some("P"), &[0], json!({"max_accounts": 2}));
    let report = world.launch(&name).await;
    // The account is returned, and served again to the same bot.
    assert_eq!(world.accounts_run(), ["a", "a", "b"]);
    assert_eq!((report.accounts.completed, report.accounts.returned, report.accounts.failed), (2, 1, 0));
    assert_eq!((report.bots[0].status, report.bots[0].accounts), (BotStatus::Completed, 2));
    assert_eq!(world.settled(&pool).await, 2);
    let restarts = seen(&mut events).iter().filter(|event| event["type"] == "bot.restarted").count();
    assert_eq!(restarts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_without_account_is_made_again_when_its_host_is_lost() {
    let world = World::new();
    let lost = std::sync::atomic::AtomicU32::new(3);
    world.routine("R", move |_| {
        let left = lost.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        async move { if left > 0 { Err(RoutineError::HostLost("the thread is gone".into())) } else { done() } }
    });
    let name = world.group("G", "R", None, &[0], json!({}));
    let report = world.launch(&name).await;
    assert_eq!((world.accounts_run().len(), report.success), (4, true));
    assert_eq!(report.bots[0].status, BotStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn max_accounts_limits_each_bot() {
    let world = World::new();
    world.pool("P", &["a", "b", "c", "d", "e"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(1)).await;
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0, 1], json!({"max_accounts": 2}));
    let report = world.launch(&name).await;
    assert_eq!(report.accounts.completed, 4);
    assert!(report.bots.iter().all(|bot| bot.accounts == 2));
}

#[tokio::test(start_paused = true)]
async fn a_paused_group_finishes_what_it_has_and_takes_nothing_new() {
    let world = World::new();
    world.pool("P", &["a", "b", "c"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(1)).await;
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) =
        world.orchestrator.start_group(lariat_core::launch::LaunchRequest::new(name.clone())).unwrap();
    sleep(Duration::from_millis(500)).await;
    world.orchestrator.pause(&name).unwrap();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(world.accounts_run(), ["a"]);
    world.orchestrator.resume(&name).unwrap();
    assert_eq!(task.await.unwrap().accounts.completed, 3);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |run| async move {
        run.progress.report(1.0, 4.0);
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let mut events = world.events.subscribe();
    world.launch(&name).await;
    let progress = seen(&mut events).into_iter().find(|e| e["type"] == "bot.progress").unwrap();
    assert_eq!(
        (&progress["account"], &progress["current"], &progress["total"]),
        (&json!("a"), &json!(1.0), &json!(4.0))
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_is_told_of_each_settlement() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { fail("no") });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&name).await;
    assert_eq!(*world.lists.told.lock(), [("a".to_owned(), Outcome::Failed { reason: "no".into() })]);
}
