//! The built-in hooks.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of #[test]

mod world;

use std::time::Duration;

use lariat_core::launch::{FailureKind, LaunchReport, LaunchRequest};
use serde_json::{Value, json};
use tokio::time::sleep;
use world::hooks::*;
use world::*;

/// A world whose routine "Long" takes a minute, with the pools "P" and "Q".
fn busy(settings: Value) -> World {
    let world = with_settings(settings);
    let accounts: Vec<String> = (0..50).map(|n| format!("a{n:02}")).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    world.pool("P", &accounts[..25], json!({}));
    world.pool("Q", &accounts[25..], json!({}));
    world.routine("Long", |_| async {
        sleep(Duration::from_secs(60)).await;
        done()
    });
    for (name, pool, from) in [("A", "P", 0), ("B", "P", 10), ("C", "Q", 20)] {
        let instances = [from, from + 1, from + 2];
        define(
            &world,
            json!({
                "name": name, "routine": "Long", "instances": instances, "account_pool": pool, "launch": {"max_accounts": 1},
            }),
        );
    }
    world
}

fn denial(report: &LaunchReport) -> &str {
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Refused);
    &failure.messages[0]
}

#[tokio::test(start_paused = true)]
async fn pool_limit_counts_the_bots_of_all_groups_on_a_pool() {
    for (config, second, other) in [
        (json!({"max": 4}), None, Some(3)),
        (json!({"max": 4, "mode": "shrink"}), Some(1), Some(3)),
        (json!({"pools": {"P": 4}, "mode": "shrink"}), Some(1), Some(3)),
        (json!({"pools": {"P": 3}, "mode": "shrink"}), None, Some(3)),
        (json!({"pools": {"Q": 2}}), Some(3), None),
        (json!({"pools": {"P": 6, "Q": 9}, "max": 1}), Some(3), Some(3)),
    ] {
        let world = busy(json!({"pool_limit": {"enabled": true, "config": config}}));
        let (_, first) = world.orchestrator.start_group(LaunchRequest::new(group("A"))).unwrap();
        sleep(Duration::from_secs(5)).await;
        let (second_report, other_report) = tokio::join!(async { world.launch(&group("B")).await }, async {
            world.launch(&group("C")).await
        },);
        for (report, expected) in [(second_report, second), (other_report, other)] {
            match expected {
                Some(bots) => assert!(report.success && report.launched_bots == bots, "{config}: {report:?}"),
                None => assert!(
                    denial(&report).contains("hook \"pool_limit\" (built-in) denied before:validate: pool"),
                    "{config}"
                ),
            }
        }
        assert!(first.await.unwrap().success);
        // The bots have ended: there is room again.
        let room = second.is_some() || config["max"] == 4 || config["pools"]["P"] == 3;
        assert_eq!(world.launch(&group("B")).await.success, room, "{config}");
    }
}

#[tokio::test(start_paused = true)]
async fn pool_limit_holds_for_launches_that_come_together() {
    let world = busy(json!({"pool_limit": {"enabled": true, "config": {"max": 4, "mode": "shrink"}}}));
    let (first, second) =
        tokio::join!(async { world.launch(&group("A")).await }, async { world.launch(&group("B")).await },);
    assert_eq!(first.launched_bots + second.launched_bots, 4, "{first:?} {second:?}");
}

#[tokio::test(start_paused = true)]
async fn pool_limit_leaves_groups_without_a_pool_alone_and_minds_its_config() {
    let world = with_settings(json!({"pool_limit": {"enabled": true, "config": {"max": 1}}}));
    assert!(launch(&world).await.0.success);
    let world = busy(json!({"pool_limit": {"enabled": true, "config": {"pools": {"P": "many"}}}}));
    let report = world.launch(&group("A")).await;
    assert!(denial(&report).contains("config.pools.\"P\": \"many\" is not a whole number"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_deny_or_leave_one_bot() {
    // The clock begins at midnight UTC.
    for (after_hours, config, bots) in [
        (0, json!({"from": "22:00", "to": "06:00"}), None),
        (7, json!({"from": "22:00", "to": "06:00"}), Some(2)),
        (7, json!({"from": "22:00", "to": "06:00", "utc_offset": "-02:00"}), None),
        (23, json!({"from": "22:00", "to": "06:00", "utc_offset": "+09:00"}), Some(2)),
        (0, json!({"from": "22:00", "to": "06:00", "mode": "one_bot"}), Some(1)),
    ] {
        let world = with_settings(json!({"quiet_hours": {"enabled": true, "config": config}}));
        sleep(Duration::from_secs(after_hours * 3600)).await;
        let (report, _) = launch(&world).await;
        match bots {
            Some(bots) => assert_eq!(report.launched_bots, bots, "{config}: {report:?}"),
            None => assert!(denial(&report).contains("quiet hours are from 22:00 to 06:00"), "{config}"),
        }
    }
    let world =
        with_settings(json!({"quiet_hours": {"enabled": true, "config": {"from": "10pm", "to": "06:00"}}}));
    assert!(
        denial(&launch(&world).await.0).contains("config.from: \"10pm\" is not a time; write it like 22:00")
    );
    let world = with_settings(json!({"quiet_hours": {"enabled": true}}));
    let told = launch(&world).await.0.errors.join("\n");
    assert!(told.contains("hooks.quiet_hours.config.from: is missing"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn min_available_wants_enough_accounts() {
    for (accounts, launched) in [(25, true), (26, false)] {
        let world = busy(json!({"min_available": {"enabled": true, "config": {"accounts": accounts}}}));
        let report = world.launch(&group("A")).await;
        assert_eq!(report.success, launched, "{accounts}");
        if !launched {
            assert!(denial(&report).contains("pool \"P\" has 25 accounts to serve; at least 26 are wanted"));
        }
        assert!(launch(&world).await.0.success, "a group without a pool");
    }
}

#[tokio::test(start_paused = true)]
async fn refresh_policy_decides_for_every_group() {
    for (age, fresh) in [("5m", true), ("1h", false)] {
        let world = busy(json!({"refresh_policy": {"enabled": true, "config": {"if_older_than": age}}}));
        world.pools.get(&pool("P")).await.unwrap();
        sleep(Duration::from_secs(600)).await;
        world.select("P", &["new"]);
        let report = world.launch(&group("A")).await;
        assert_eq!(world.accounts_run().contains(&"new".to_owned()), fresh, "{age}");
        assert_eq!(report.patched_by[0].patch["options"]["refresh_pool"], format!("if_older_than({age})"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_enables_a_built_in_for_itself() {
    let world = busy(json!({}));
    let hooks = json!({"min_available": {"enabled": true, "config": {"accounts": 100}}});
    define(
        &world,
        json!({"name": "D", "routine": "Long", "instances": [30], "account_pool": "P", "hooks": hooks}),
    );
    assert!(!world.launch(&group("D")).await.success);
    assert!(world.launch(&group("A")).await.success);
}
