//! Definitions and routines that are edited while bots work.

#![allow(clippy::unwrap_used)]

mod world;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::sleep;

use lariat_core::definition::{DefinitionStore, PoolDefinition};
use lariat_core::launch::LaunchRequest;
use lariat_core::pool::Followed;
use lariat_core::routine::RoutineInfo;
use world::*;

fn definition(name: &str, config: Value, include: &[&str]) -> PoolDefinition {
    let definition = json!({"name": name, "type": "list", "pool_config": config, "include": include});
    serde_json::from_value(definition).unwrap()
}

fn types(events: &[Value], of: &[&str]) -> Vec<String> {
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    events.iter().map(kind).filter(|kind| of.contains(&kind.as_str())).collect()
}

/// A pool of `count` accounts whose bots take a second each.
async fn at_work(world: &World, count: usize, instances: &[u32]) -> lariat_core::ids::GroupName {
    let names: Vec<String> = (0..count).map(|n| format!("a{n:02}")).collect();
    world.pool("P", &names.iter().map(String::as_str).collect::<Vec<_>>(), json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(1)).await;
        done()
    });
    let group = world.group("G", "R", Some("P"), instances, json!({"stagger_delay": 0}));
    world.orchestrator.follow_definitions().await;
    group
}

fn start(
    world: &World,
    group: &lariat_core::ids::GroupName,
) -> tokio::task::JoinHandle<lariat_core::launch::LaunchReport> {
    world.orchestrator.start_group(LaunchRequest::new(group.clone())).unwrap().1
}

#[tokio::test(start_paused = true)]
async fn a_new_interval_does_not_select_anew_and_acts() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({}));
    let pool = world.pools.get(&name).await.unwrap();
    let mut events = world.events.subscribe();
    world.definitions.update_pool(&name, definition("P", json!({"refresh_interval": "10s"}), &[])).unwrap();
    assert!(matches!(world.pools.follow(&name).await.unwrap(), Followed::Settings));
    assert!(types(&seen(&mut events), &["pool.refreshed"]).is_empty());
    assert_eq!(pool.generation(), 2);
    sleep(Duration::from_secs(25)).await;
    assert_eq!(types(&seen(&mut events), &["pool.refreshed"]).len(), 2);
    assert!(matches!(world.pools.follow(&name).await.unwrap(), Followed::Same));
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_the_open_pools_finds_each_of_them_open_changed_and_closed() {
    let world = World::new();
    let name = world.pool("P", &["a"], json!({}));
    let (pools, mut turnover) = (world.pools.clone(), world.pools.turnover());
    let follower = tokio::spawn(async move {
        let mut course = Vec::new();
        while course.last() != Some(&Vec::new()) {
            turnover.changed().await.unwrap();
            course.push(pools.open_pools().iter().map(|pool| pool.generation()).collect::<Vec<_>>());
        }
        course
    });
    world.pools.get(&name).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    for changed in [definition("P", json!({"lease_ttl": "5m"}), &[]), definition("P", json!({}), &["new"])] {
        world.definitions.update_pool(&name, changed).unwrap();
        world.pools.follow(&name).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    world.pools.close(&name).unwrap();
    assert_eq!(follower.await.unwrap(), [vec![1], vec![2], vec![3], vec![]]);
}

#[tokio::test(start_paused = true)]
async fn another_repeat_after_counts_for_what_was_settled_before() {
    let world = World::new();
    let group = at_work(&world, 2, &[0]).await;
    let report = start(&world, &group).await.unwrap();
    let pool = world.pools.get(&pool("P")).await.unwrap();
    assert_eq!((report.accounts.completed, pool.stats().counts.available), (2, 0));
    for (repeat_after, available) in [("1h", 0), ("1s", 2), ("0s", 0), ("5s", 2)] {
        let changed = definition("P", json!({"repeat_after": repeat_after}), &[]);
        world.definitions.update_pool(&changed.name.clone(), changed).unwrap();
        sleep(Duration::from_secs(5)).await;
        assert!(matches!(world.pools.follow(&pool.definition().name).await.unwrap(), Followed::Settings));
        assert_eq!(pool.stats().counts.available, available, "{repeat_after}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_selection_keeps_leases_outcomes_and_counts_and_its_order_counts_at_once() {
    let world = World::new();
    let group = at_work(&world, 6, &[0, 1]).await;
    let task = start(&world, &group);
    sleep(Duration::from_millis(1500)).await; // two are done, two are held
    world.select("P", &["a05", "a04", "a00"]);
    world.definitions.update_pool(&pool("P"), definition("P", json!({}), &["new"])).unwrap();
    let report = world.orchestrator.follow_definitions().await;
    assert_eq!(report.reloaded, ["pool \"P\" (generation 2)"]);
    let report = task.await.unwrap();
    assert_eq!(report.accounts.completed, 7, "{report:?}");
    assert_eq!(world.accounts_run()[..4], ["a00", "a01", "a02", "a03"]);
    assert_eq!(world.accounts_run()[4..], ["a05", "a04", "new"]);
}

#[tokio::test(start_paused = true)]
async fn a_selection_that_cannot_be_had_leaves_everything_as_it_was() {
    let world = World::new();
    let group = at_work(&world, 4, &[0]).await;
    let task = start(&world, &group);
    sleep(Duration::from_millis(500)).await;
    *world.lists.broken.lock() = true;
    world.definitions.update_pool(&pool("P"), definition("P", json!({}), &["new"])).unwrap();
    let report = world.orchestrator.follow_definitions().await;
    assert!(report.problems[0].contains("the list is broken"), "{report:?}");
    let open = world.pools.get_open(&pool("P")).unwrap();
    assert_eq!((open.generation(), open.stats().error.is_some()), (1, true));
    assert_eq!(task.await.unwrap().accounts.completed, 4);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_bot_takes_the_new_patience() {
    let world = World::new();
    world.pool("P", &[], json!({"wait_for_accounts": true, "max_wait_time": "1h"}));
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("P"), &[0], json!({}));
    let task = start(&world, &group);
    sleep(Duration::from_secs(5)).await;
    assert!(!task.is_finished());
    let patient = json!({"wait_for_accounts": true, "max_wait_time": "8s"});
    world.definitions.update_pool(&pool("P"), definition("P", patient, &[])).unwrap();
    world.orchestrator.follow_definitions().await;
    let began = tokio::time::Instant::now();
    task.await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_lease_ttl_is_renewed_in_time() {
    let world = World::new();
    let group = at_work(&world, 1, &[0]).await;
    world.routine("R", |_| async {
        sleep(Duration::from_secs(30)).await;
        done()
    });
    let task = start(&world, &group);
    sleep(Duration::from_secs(1)).await;
    world.definitions.update_pool(&pool("P"), definition("P", json!({"lease_ttl": "3s"}), &[])).unwrap();
    world.orchestrator.follow_definitions().await;
    let report = task.await.unwrap();
    assert_eq!((report.accounts.completed, report.accounts.fenced), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_deleted_drains_then_closes_and_one_that_comes_back_serves_the_rest() {
    let world = World::new();
    let group = at_work(&world, 5, &[0, 1]).await;
    let task = start(&world, &group);
    sleep(Duration::from_millis(500)).await;
    let mut events = world.events.subscribe();
    let old = world.pools.get_definition("P").unwrap().definition;
    world.definitions.delete_pool(&pool("P")).unwrap();
    let report = world.orchestrator.follow_definitions().await;
    assert_eq!(report.removed, ["pool \"P\""]);
    assert!(world.pools.get_open(&pool("P")).is_none());
    let report = task.await.unwrap();
    assert_eq!(report.accounts.completed, 2, "what was held ends normally");
    let course = types(&seen(&mut events), &["definition.removed", "lease.settled", "pool.closed"]);
    assert_eq!(course, ["definition.removed", "lease.settled", "lease.settled", "pool.closed"]);
    world.definitions.create_pool((*old).clone()).unwrap();
    world.orchestrator.follow_definitions().await;
    assert_eq!(world.launch(&group).await.accounts.completed, 3);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_edited_acts_with_its_next_launch_and_its_bot_count_at_once() {
    let world = World::new();
    let group = at_work(&world, 12, &[0, 1, 2]).await;
    let mut edited = (*world.orchestrator.group("G").unwrap().definition).clone();
    edited.bot_count = Some(1);
    world.definitions.update_group(&group, edited.clone()).unwrap();
    world.orchestrator.follow_definitions().await;
    let task = start(&world, &group);
    sleep(Duration::from_millis(1500)).await;
    (edited.bot_count, edited.routine) = (Some(3), "Other".into());
    world.definitions.update_group(&group, edited).unwrap();
    let report = world.orchestrator.follow_definitions().await;
    assert_eq!(report.reloaded, ["group \"G\" (generation 3)"]);
    let report = task.await.unwrap();
    assert_eq!((report.launched_bots, report.accounts.completed), (3, 12));
    let failure = world.launch(&group).await.failure.unwrap().to_string();
    assert!(failure.contains("Other"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_group_may_name_a_pool_that_comes_later() {
    let world = World::new();
    world.routine("R", |_| async { done() });
    let group = world.group("G", "R", Some("Later"), &[0], json!({}));
    let failure = world.launch(&group).await.failure.unwrap().to_string();
    assert!(failure.contains("Later"), "{failure}");
    world.pool("Later", &["a"], json!({}));
    world.orchestrator.follow_definitions().await;
    assert_eq!(world.launch(&group).await.accounts.completed, 1);
}

/// A routine that notes the generation it runs as.
fn noting(world: &World, told: &Arc<Mutex<Vec<u64>>>, params: Value) {
    let told = told.clone();
    let info = RoutineInfo { name: "R".into(), params: self::params(params), ..RoutineInfo::default() };
    world.routine_with(info, move |run| {
        told.lock().push(run.generation);
        async {
            sleep(Duration::from_secs(1)).await;
            done()
        }
    });
}

#[tokio::test(start_paused = true)]
async fn bots_take_another_generation_of_their_routine_with_their_next_account() {
    for (reload, expected) in [("next_account", vec![1, 2, 2, 4]), ("next_launch", vec![1, 1, 1, 1])] {
        let (world, told) = (World::new(), Arc::default());
        let group = at_work(&world, 4, &[0]).await;
        let mut edited = (*world.orchestrator.group("G").unwrap().definition).clone();
        edited.reload = serde_json::from_value(json!(reload)).unwrap();
        world.definitions.update_group(&group, edited).unwrap();
        noting(&world, &told, json!({}));
        let base = world.routines.generation("R").unwrap() - 1;
        let task = start(&world, &group);
        sleep(Duration::from_millis(500)).await;
        noting(&world, &told, json!({}));
        sleep(Duration::from_secs(1)).await;
        // One whose parameters the group doesn't give isn't taken, and told.
        noting(&world, &told, json!({"must": {"type": "int", "required": true}}));
        sleep(Duration::from_secs(1)).await;
        noting(&world, &told, json!({}));
        let report = task.await.unwrap();
        assert_eq!(report.accounts.completed, 4);
        let ran: Vec<u64> = told.lock().iter().map(|generation| generation - base).collect();
        assert_eq!(ran, expected, "{reload}");
        assert_eq!(report.warnings.len(), usize::from(reload == "next_account"), "{:?}", report.warnings);
        let attempts = world.settled(&pool("P")).await;
        assert_eq!(attempts, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_routine_whose_file_is_gone_goes_on_until_the_launch_ends() {
    let world = World::new();
    let group = at_work(&world, 3, &[0]).await;
    let task = start(&world, &group);
    sleep(Duration::from_millis(500)).await;
    world.routines.remove("R");
    assert_eq!(task.await.unwrap().accounts.completed, 3);
}
