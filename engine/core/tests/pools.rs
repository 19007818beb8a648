//! Pools at work: order, sharing, refreshes, waiting, repeats, resets, other holders.

mod world;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use lariat_core::definition::DefinitionStore;
use lariat_core::launch::LaunchRequest;
use lariat_core::outcome::FinalState;
use lariat_core::pool::{Place, PlaceKind};
use world::*;

#[tokio::test(start_paused = true)]
async fn two_groups_share_one_pool_and_every_bot_gets_a_different_account() {
    let world = World::new();
    let names: Vec<String> = (0..100).map(|n| format!("a{n:03}")).collect();
    world.pool("P", &names.iter().map(String::as_str).collect::<Vec<_>>(), json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_millis(10)).await;
        done()
    });
    let first = world.group("A", "R", Some("P"), &[0, 1, 2], json!({}));
    let second = world.group("B", "R", Some("P"), &[3, 4, 5], json!({}));
    let (a, b) = tokio::join!(world.launch(&first), world.launch(&second));
    assert_eq!(a.accounts.completed + b.accounts.completed, 100);
    let ran = world.accounts_run();
    assert_eq!(ran.iter().collect::<HashSet<_>>().len(), 100, "no account twice");
    assert_eq!(ran, names, "in the pool's order");
}

#[tokio::test(start_paused = true)]
async fn a_pool_is_opened_once_and_shared() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({}));
    let (one, two) = tokio::join!(world.pools.get(&name), world.pools.get(&name));
    assert!(std::sync::Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn accounts_shared_by_two_pools_are_held_once_at_a_time_and_served_by_both() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    world.pool("Q", &["a", "b"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(2)).await;
        done()
    });
    let first = world.group("A", "R", Some("P"), &[0, 1], json!({}));
    let second = world.group("B", "R", Some("Q"), &[2, 3], json!({}));
    let mut events = world.events.subscribe();
    let (a, b) = tokio::join!(world.launch(&first), world.launch(&second));
    assert_eq!((a.accounts.completed, b.accounts.completed), (2, 2));
    let mut held: HashSet<String> = HashSet::new();
    for event in seen(&mut events) {
        let account = event["account"].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap() {
            "lease.granted" => assert!(held.insert(account), "{event} is held already"),
            "lease.settled" => assert!(held.remove(&account)),
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_waits_for_accounts_that_a_refresh_brings() {
    let world = World::new();
    world.pool(
        "P",
        &["a"],
        json!({"wait_for_accounts": true, "max_wait_time": "30s", "refresh_interval": "5s"}),
    );
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(name)).unwrap();
    sleep(Duration::from_secs(12)).await;
    world.select("P", &["a", "b"]);
    let report = task.await.unwrap();
    assert_eq!(world.accounts_run(), ["a", "b"]);
    assert_eq!(report.accounts.completed, 2);
    assert!(
        (44_000..51_000).contains(&report.duration_ms),
        "30 s after the last account: {}",
        report.duration_ms
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_is_repeated_after_its_time_if_it_is_still_selected() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({"repeat_after": "1h"}));
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&group).await;
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b"], "not before its time");
    world.select("P", &["b", "c"]);
    world.pools.refresh(&name).await.unwrap();
    sleep(Duration::from_secs(3601)).await;
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_reopened_pool_remembers_what_was_settled() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({"retry_failed": true, "max_failures": 3}));
    world.routine("R", |run| async move {
        if run.account.unwrap().id.as_str() == "a" { raise("boom") } else { done() }
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&group).await;
    for _ in 0..4 {
        world.pools.close(&name).unwrap();
        world.launch(&group).await;
    }
    assert_eq!(world.accounts_run(), ["a", "a", "a", "b"], "failures are counted across openings");
    let stats = world.pools.stats(&name).await.unwrap();
    assert_eq!((stats.counts.failed, stats.counts.completed, stats.counts.total), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_reset_starts_over() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async { done_with(json!({"n": 1})) });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&group).await;
    let report = world.pools.reset(&name, Some(vec![account("b")])).await.unwrap();
    assert_eq!(report.forgotten, 1);
    world.launch(&group).await;
    assert_eq!(world.pools.reset(&name, None).await.unwrap().forgotten, 2);
    assert!(world.pools.stats(&name).await.unwrap().totals.is_empty());
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b", "b", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_reset_starts_over_while_the_pool_is_being_opened() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&group).await;
    world.pools.close(&name).unwrap();
    // What was done is read before the accounts are.
    *world.lists.slow.lock() = Duration::from_secs(10);
    let reset = async {
        sleep(Duration::from_secs(1)).await;
        world.pools.reset(&name, None).await.unwrap()
    };
    let (opened, reset) = tokio::join!(world.pools.get(&name), reset);
    assert_eq!((opened.unwrap().stats().counts.available, reset.forgotten), (2, 2));
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn refreshes_in_the_middle_lose_and_double_nothing() {
    let world = World::new();
    let names: Vec<String> = (0..200).map(|n| format!("a{n:03}")).collect();
    let name = world.pool(
        "P",
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        json!({"refresh_interval": "50ms"}),
    );
    world.routine("R", |_| async {
        sleep(Duration::from_millis(30)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0, 1, 2, 3], json!({}));
    let report = world.launch(&group).await;
    assert_eq!(report.accounts.completed, 200);
    assert_eq!(world.accounts_run(), names);
    let counts = world.pools.stats(&name).await.unwrap().counts;
    assert_eq!((counts.total, counts.completed), (200, 200));
}

#[tokio::test(start_paused = true)]
async fn a_failing_refresh_leaves_the_accounts_in_force_and_is_told() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({}));
    let pool = world.pools.get(&name).await.unwrap();
    *world.lists.broken.lock() = true;
    let error = pool.refresh().await.unwrap_err().to_string();
    assert!(error.contains("the list is broken"), "{error}");
    assert_eq!(pool.stats().counts.available, 1);
    assert_eq!(pool.stats().error.as_deref(), Some("the list is broken"));
    *world.lists.broken.lock() = false;
    pool.refresh().await.unwrap();
    assert_eq!(pool.stats().error, None);
}

#[tokio::test(start_paused = true)]
async fn include_adds_and_exclude_removes_last() {
    let world = World::new();
    world.pool("P", &["a", "b"], json!({}));
    let mut definition = (*world.pools.get_definition("P").unwrap().definition).clone();
    definition.include = vec![account("z"), account("a"), account("y")];
    definition.exclude = vec![account("b"), account("y")];
    world.definitions.update_pool(&pool("P"), definition).unwrap();
    let report = world.pools.test("P").await.unwrap();
    let ids: Vec<&str> = report.sample.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["a", "z"]);
    assert!(world.pools.get_open(&pool("P")).is_none(), "a test opens nothing");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_an_authority_refuses_is_passed_over() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({}));
    world.lists.refused.lock().push("a".into());
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["b"]);
    world.lists.refused.lock().clear();
    world.pools.refresh(&name).await.unwrap();
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_pool_takes_a_changed_definition_and_keeps_its_outcomes() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({"max_accounts": 1}));
    world.launch(&group).await;
    let mut definition = (*world.pools.get_definition("P").unwrap().definition).clone();
    definition.exclude = vec![account("b")];
    world.pools.update(&name, definition).await.unwrap();
    let stats = world.pools.stats(&name).await.unwrap();
    assert_eq!((stats.counts.completed, stats.counts.available, stats.generation), (1, 0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_pool_gives_nothing_more_but_what_is_held_ends_normally() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(5)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(1)).await;
    world.pools.delete(&name).unwrap();
    let report = task.await.unwrap();
    assert_eq!(report.accounts.completed, 1);
    assert_eq!(world.settled(&name).await, 1);
}

#[tokio::test(start_paused = true)]
async fn leases_are_renewed_while_the_bot_lives() {
    let world = World::new();
    world.pool("P", &["a"], json!({"lease_ttl": "3s"}));
    world.pool("Q", &["a"], json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(60)).await;
        done()
    });
    let first = world.group("A", "R", Some("P"), &[0], json!({}));
    let second = world.group("B", "R", Some("Q"), &[1], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(first)).unwrap();
    sleep(Duration::from_secs(1)).await;
    world.launch(&second).await;
    let report = task.await.unwrap();
    assert_eq!((report.accounts.completed, report.accounts.fenced), (1, 0));
    assert_eq!(world.ran.lock().len(), 2, "one after the other");
}

#[tokio::test(start_paused = true)]
async fn waiting_bots_are_served_in_the_order_in_which_they_came() {
    let world = World::new();
    let name = world.pool("P", &[], json!({"wait_for_accounts": true, "max_wait_time": "1m"}));
    world.routine("R", |_| async { done() });
    let launch = json!({"stagger_delay": "1s", "max_accounts": 1});
    let group = world.group("G", "R", Some("P"), &[3, 1, 2], launch);
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(5)).await;
    world.select("P", &["a", "b", "c"]);
    world.pools.refresh(&name).await.unwrap();
    task.await.unwrap();
    let served: Vec<(u32, String)> = world.ran.lock().clone();
    assert_eq!(served, [(3, "a".into()), (1, "b".into()), (2, "c".into())]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_selected_again_after_its_time_is_served_again() {
    let world = World::new();
    let name = world.pool("P", &["a", "b"], json!({"repeat_after": "1m"}));
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({"refresh_pool": "never"}));
    world.launch(&group).await;
    // Its time comes while it isn't selected.
    world.select("P", &["b"]);
    world.pools.refresh(&name).await.unwrap();
    sleep(Duration::from_secs(90)).await;
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b", "b"]);
    world.select("P", &["a", "b"]);
    world.pools.refresh(&name).await.unwrap();
    world.launch(&group).await;
    assert_eq!(world.accounts_run(), ["a", "b", "b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_leased_while_its_pool_is_reset_begins_anew_with_its_failures() {
    let world = World::new();
    let pool = world.pool("P", &["a"], json!({"retry_failed": true, "max_failures": 2}));
    let resets = world.pools.clone();
    let name = pool.clone();
    world.routine("R", move |_| {
        let (resets, name) = (resets.clone(), name.clone());
        async move {
            // Before the first and the second failure: neither may be the last one.
            if resets.get_open(&name).unwrap().stats().runs < 2 {
                resets.reset(&name, Some(vec![account("a")])).await.unwrap();
            }
            fail("no luck")
        }
    });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let report = world.launch(&group).await;
    assert_eq!((report.accounts.retried, report.accounts.failed), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_told_why_an_account_isnt_served() {
    let world = World::new();
    let config =
        json!({"retry_failed": true, "max_failures": 3, "retry_backoff": "10m", "repeat_after": "2h"});
    let name = world.pool("P", &["flaky", "done", "refused", "other", "mine", "next", "last"], config);
    world.pool("Q", &["other"], json!({}));
    world.lists.refused.lock().push("refused".into());
    world.routine("R", |run| async move {
        match run.account.unwrap().id.as_str() {
            "flaky" => fail("not today"),
            "done" => done(),
            _ => {
                sleep(Duration::from_secs(3600)).await;
                done()
            }
        }
    });
    let first = world.group("B", "R", Some("Q"), &[1], json!({}));
    world.orchestrator.start_group(LaunchRequest::new(first)).unwrap();
    sleep(Duration::from_secs(1)).await;
    let second = world.group("A", "R", Some("P"), &[0], json!({}));
    world.orchestrator.start_group(LaunchRequest::new(second)).unwrap();
    sleep(Duration::from_secs(1)).await;

    let pool = world.pools.get_open(&name).unwrap();
    let place = |id: &str| pool.place(&account(id)).unwrap();
    let told = |id: &str| serde_json::to_value(place(id)).unwrap();
    assert_eq!(
        told("flaky"),
        json!({"id": "flaky", "place": "resting", "until": "1970-01-01T00:10:01Z", "failures": 1, "selected": true})
    );
    assert_eq!(
        (told("done")["state"].clone(), told("done")["again"].clone()),
        (json!("completed"), json!("1970-01-01T02:00:01Z"))
    );
    assert_eq!(
        [place("refused").place, place("mine").place, place("next").place],
        [Place::Refused, Place::Held, Place::Ready]
    );
    assert!(matches!(place("other").place, Place::Elsewhere { .. }));
    assert!(pool.place(&account("nobody")).is_none());

    let ids = |kind, after, limit| {
        let found = pool.places(kind, after, limit);
        let ids = found.accounts.into_iter().map(|account| account.id.to_string()).collect::<Vec<_>>();
        (ids, found.next)
    };
    let (one, next) = ids(PlaceKind::Ready, None, 1);
    assert_eq!(one, ["next"]);
    assert_eq!(ids(PlaceKind::Ready, next, 5), (vec!["last".to_owned()], None));
    assert_eq!(ids(PlaceKind::InUse, None, 5).0, ["other", "mine"]);
    let (one, next) = ids(PlaceKind::InUse, None, 1);
    assert_eq!((one, ids(PlaceKind::InUse, next, 5).0), (vec!["other".to_owned()], vec!["mine".to_owned()]));
    assert_eq!(ids(PlaceKind::Settled(FinalState::Completed), None, 5).0, ["done"]);

    // What a refresh doesn't select any more is kept for what became of it.
    world.select("P", &["next"]);
    world.pools.refresh(&name).await.unwrap();
    assert!(!place("done").selected && place("next").selected);
    sleep(Duration::from_secs(600)).await;
    assert!(pool.place(&account("flaky")).is_none(), "it went with the selection");
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_whether_a_pool_is_exhausted_keeps_nothing_from_who_waits() {
    let world = World::new();
    let config = json!({"retry_failed": true, "max_failures": 2, "retry_backoff": "10s"});
    let name = world.pool("P", &["a"], config);
    world.routine("R", |_| async { fail("not today") });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(group)).unwrap();
    sleep(Duration::from_secs(9)).await;
    let pool = world.pools.get_open(&name).unwrap();
    // Among them the moment at which the account is due, before its bot is told.
    for _ in 0..2_000 {
        sleep(Duration::from_millis(1)).await;
        let _ = pool.is_exhausted();
    }
    tokio::time::timeout(Duration::from_secs(60), task).await.expect("the bot waits for nothing").unwrap();
    assert_eq!(world.accounts_run(), ["a", "a"]);
}
