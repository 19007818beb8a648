//! Launches: phases and their undo, conflicts, options, scaling, plans.

#![allow(clippy::unwrap_used)] // helpers outside of #[test]

mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::sleep;

use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState, StaticProvider};
use lariat_core::launch::{
    Asker, ConflictQuestion, FailureKind, LaunchReport, LaunchRequest, Phase, RefreshQuestion, Resolution,
    StopMode,
};
use lariat_core::orchestrator::OrchestratorError;
use lariat_core::routine::RoutineInfo;
use world::*;

const BUSY: Duration = Duration::from_secs(20);

/// A world with a group "Holder" that holds instance 0 for `BUSY`.
async fn busy_world() -> (World, tokio::task::JoinHandle<LaunchReport>) {
    let world = World::new();
    world.routine("Busy", |_| async {
        sleep(BUSY).await;
        done()
    });
    world.routine("R", |_| async { done() });
    let holder = world.group("Holder", "Busy", None, &[0], json!({}));
    let (_, task) = world.orchestrator.start_group(LaunchRequest::new(holder)).unwrap();
    sleep(Duration::from_millis(10)).await;
    (world, task)
}

#[tokio::test(start_paused = true)]
async fn the_phases_follow_one_another_and_are_told() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    let mut events = world.events.subscribe();
    world.launch(&name).await;
    let events = seen(&mut events);
    let phases = ["resolve_pool", "validate", "acquire_instances", "launch_bots", "stop", "release"];
    let expected: Vec<String> = phases
        .iter()
        .flat_map(|phase| [format!("phase.started {phase}"), format!("phase.finished {phase}")])
        .collect();
    assert_eq!(course(&events, "phase"), expected);
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "numbered without gaps");
    assert_eq!(events.last().unwrap()["type"], "launch.finished");
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_wrong_is_told_at_once_and_release_still_runs() {
    let world = World::with_instances(vec![Arc::new(StaticProvider::of([InstanceId(0)]))]);
    let specs = params(json!({"packs": {"type": "integer", "max": 5}}));
    let info = RoutineInfo {
        name: "R".into(),
        params: specs,
        templates: vec!["Button".into()],
        needs: vec!["device".into()],
        ..RoutineInfo::default()
    };
    world.routine_with(info, |_| async { done() });
    let name = world.group("G", "R", None, &[0, 7], json!({}));
    let mut request = LaunchRequest::new(name);
    request.overrides.config.insert("packs".into(), json!(9));
    let mut events = world.events.subscribe();
    let report = world.orchestrator.launch_group(request).await.unwrap();
    let failure = report.failure.unwrap();
    assert_eq!((failure.phase, failure.kind), (Phase::Validate, FailureKind::Refused));
    let told = failure.messages.join("\n");
    for part in [
        "needs a device",
        "template \"Button\"",
        "config.packs: 9 is too large",
        "instances: 7 doesn't exist",
    ] {
        assert!(told.contains(part), "{part} is missing in:\n{told}");
    }
    assert!(course(&seen(&mut events), "phase").contains(&"phase.finished release".to_owned()));
    assert!(world.ran.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn checks_can_be_switched_off() {
    let world = World::with_instances(vec![Arc::new(StaticProvider::of([InstanceId(0)]))]);
    let info = RoutineInfo { name: "R".into(), templates: vec!["Button".into()], ..RoutineInfo::default() };
    world.routine_with(info, |_| async { done() });
    let name =
        world.group("G", "R", None, &[9], json!({"validate_templates": false, "validate_emulators": false}));
    assert!(world.launch(&name).await.success);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_routine_or_pool_refuses_the_launch_and_names_what_is_near() {
    let world = World::new();
    world.routine("OpenPacks", |_| async { done() });
    world.pool("Premium", &["a"], json!({}));
    let name = world.group("A", "OpenPack", None, &[0], json!({}));
    let failure = world.launch(&name).await.failure.unwrap();
    assert!(failure.to_string().contains("did you mean \"OpenPacks\"?"), "{failure}");
    let name = world.group("B", "OpenPacks", Some("Premum"), &[0], json!({}));
    let failure = world.launch(&name).await.failure.unwrap();
    assert_eq!((failure.phase, failure.kind), (Phase::ResolvePool, FailureKind::Refused));
    assert!(failure.to_string().contains("did you mean \"Premium\"?"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn on_conflict_skip_does_without_the_instance_and_reports_a_partial_launch() {
    let (world, _holder) = busy_world().await;
    let name = world.group("G", "R", None, &[0, 1], json!({"on_conflict": "skip"}));
    let report = world.launch(&name).await;
    assert_eq!((report.requested_bots, report.launched_bots), (2, 1));
    assert_eq!(report.skipped_instances, [InstanceId(0)]);
    assert_eq!(report.conflicts[0].held_by.as_str(), "Holder");
    assert_eq!(report.conflicts[0].resolution, Resolution::Skip);
    assert!(report.success, "the policy asked for it");
}

#[tokio::test(start_paused = true)]
async fn when_every_instance_is_held_the_launch_is_refused() {
    let (world, _holder) = busy_world().await;
    let name = world.group("G", "R", None, &[0], json!({}));
    let failure = world.launch(&name).await.failure.unwrap();
    assert_eq!((failure.phase, failure.kind), (Phase::AcquireInstances, FailureKind::Refused));
    assert!(failure.to_string().contains("0 by \"Holder\""), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn on_conflict_abort_gives_up_and_gives_back_what_it_had() {
    let (world, _holder) = busy_world().await;
    let name = world.group("G", "R", None, &[1, 0], json!({"on_conflict": "abort"}));
    let report = world.launch(&name).await;
    assert_eq!((report.launched_bots, report.failure.unwrap().kind), (0, FailureKind::Refused));
    let other = world.group("H", "R", None, &[1], json!({}));
    assert!(world.launch(&other).await.success, "instance 1 is free again");
}

#[tokio::test(start_paused = true)]
async fn on_conflict_cancel_stops_the_other_bot_and_takes_the_instance() {
    let (world, holder) = busy_world().await;
    let name = world.group("G", "R", None, &[0], json!({"on_conflict": "cancel"}));
    let report = world.launch(&name).await;
    assert!(report.success && report.duration_ms < 1_000, "{report:?}");
    let cancelled = holder.await.unwrap();
    assert_eq!(cancelled.bots[0].status.as_str(), "stopped");
}

/// Answers every question the same way and remembers what was asked.
struct Answers {
    conflict: Option<Resolution>,
    refresh: Option<bool>,
    asked: Mutex<Vec<String>>,
}

impl Answers {
    fn new(conflict: Option<Resolution>, refresh: Option<bool>) -> Arc<Self> {
        Arc::new(Self { conflict, refresh, asked: Mutex::default() })
    }
}

#[async_trait]
impl Asker for Answers {
    async fn conflict(&self, question: ConflictQuestion) -> Option<Resolution> {
        self.asked
            .lock()
            .push(format!("{} wants {} of {}", question.group, question.instance, question.held_by));
        self.conflict
    }
    async fn refresh(&self, question: RefreshQuestion) -> Option<bool> {
        self.asked.lock().push(format!("refresh {}", question.pool));
        self.refresh
    }
}

#[tokio::test(start_paused = true)]
async fn on_conflict_ask_asks_and_without_an_answer_skips() {
    for (answer, launched) in
        [(None, 1), (Some(Resolution::Skip), 1), (Some(Resolution::Cancel), 2), (Some(Resolution::Abort), 0)]
    {
        let (world, _holder) = busy_world().await;
        let name = world.group("G", "R", None, &[1, 0], json!({"on_conflict": "ask"}));
        let answers = Answers::new(answer, None);
        let request = LaunchRequest { asker: answers.clone(), ..LaunchRequest::new(name) };
        let report = world.orchestrator.launch_group(request).await.unwrap();
        assert_eq!(report.launched_bots, launched, "{answer:?}");
        assert_eq!(*answers.asked.lock(), ["G wants 0 of Holder"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_was_open_is_refreshed_as_the_policy_says() {
    for (policy, answer, refreshed) in [
        ("always", None, true),
        ("never", None, false),
        ("ask", None, false),
        ("ask", Some(true), true),
        ("ask", Some(false), false),
        ("if_older_than(1m)", None, true),
        ("if_older_than(1h)", None, false),
    ] {
        let world = World::new();
        let pool = world.pool("P", &["a"], json!({}));
        world.routine("R", |_| async { done() });
        let name = world.group("G", "R", Some("P"), &[0], json!({"refresh_pool": policy}));
        world.pools.get(&pool).await.unwrap();
        sleep(Duration::from_secs(300)).await;
        world.select("P", &["b"]);
        let request = LaunchRequest { asker: Answers::new(None, answer), ..LaunchRequest::new(name) };
        world.orchestrator.launch_group(request).await.unwrap();
        assert_eq!(world.accounts_run(), [if refreshed { "b" } else { "a" }], "{policy} {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_opened_selects_anew_unless_somebody_would_rather_not() {
    for (policy, answer, asked, served) in [
        ("ask", None, true, ["c", "b", "a"].as_slice()),
        ("ask", Some(true), true, &["c", "b", "a"]),
        ("ask", Some(false), true, &["a", "b"]),
        ("always", Some(false), false, &["c", "b", "a"]),
        ("never", Some(false), false, &["c", "b", "a"]),
    ] {
        let world = World::new();
        let pool = world.pool("P", &["a", "b"], json!({}));
        world.routine("R", |_| async { done() });
        let name = world.group("G", "R", Some("P"), &[0], json!({"refresh_pool": policy}));
        world.pools.get(&pool).await.unwrap();
        world.pools.close(&pool).unwrap();
        world.select("P", &["c", "b", "a"]);
        let answers = Answers::new(None, answer);
        let request = LaunchRequest { asker: answers.clone(), ..LaunchRequest::new(name) };
        world.orchestrator.launch_group(request).await.unwrap();
        assert_eq!(world.accounts_run(), served, "{policy} {answer:?}");
        assert_eq!(!answers.asked.lock().is_empty(), asked, "{policy} {answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_selection_of_another_definition_is_not_asked_about() {
    let world = World::new();
    let pool = world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    world.pools.get(&pool).await.unwrap();
    world.pools.close(&pool).unwrap();
    let mut definition = world.pools.get_definition("P").unwrap().definition.as_ref().clone();
    definition.exclude = vec![world::account("a")];
    world.pools.update(&pool, definition).await.unwrap();
    let answers = Answers::new(None, Some(false));
    let request = LaunchRequest { asker: answers.clone(), ..LaunchRequest::new(name) };
    world.orchestrator.launch_group(request).await.unwrap();
    assert!(answers.asked.lock().is_empty() && world.accounts_run().is_empty());
}

#[tokio::test(start_paused = true)]
async fn bots_start_with_the_stagger_delay() {
    let world = World::new();
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", None, &[0, 1, 2], json!({"stagger_delay": "3s"}));
    let report = world.launch(&name).await;
    assert!((6_000..6_500).contains(&report.duration_ms), "{}", report.duration_ms);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_staggered_for_an_exhausted_pool() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { done() });
    let ids: Vec<u32> = (0..64).collect();
    let name = world.group("G", "R", Some("P"), &ids, json!({"stagger_delay": "3s"}));
    let report = world.launch(&name).await;
    assert_eq!((report.launched_bots, report.accounts.completed), (64, 1));
    assert!(report.duration_ms < 3_000, "{}", report.duration_ms);
}

#[tokio::test(start_paused = true)]
async fn a_group_runs_once_at_a_time() {
    let (world, _holder) = busy_world().await;
    let again = world.orchestrator.launch_group(LaunchRequest::new(group("Holder"))).await;
    assert!(matches!(again, Err(OrchestratorError::AlreadyRunning(_))));
    assert!(matches!(
        world.orchestrator.delete_group(&group("Holder")),
        Err(OrchestratorError::AlreadyRunning(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn scaling_starts_bots_on_free_instances_and_lets_the_last_ones_end() {
    let world = World::new();
    let names: Vec<String> = (0..50).map(|n| format!("a{n:02}")).collect();
    world.pool("P", &names.iter().map(String::as_str).collect::<Vec<_>>(), json!({}));
    world.routine("R", |_| async {
        sleep(Duration::from_secs(1)).await;
        done()
    });
    let name = world.group("G", "R", Some("P"), &[0, 1, 2], json!({}));
    let mut request = LaunchRequest::new(name.clone());
    request.overrides.bot_count = Some(1);
    let (launch, task) = world.orchestrator.start_group(request).unwrap();
    sleep(Duration::from_millis(2500)).await;
    assert_eq!(world.orchestrator.scale(&name, 9).await.unwrap(), 3, "there are three instances");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(world.orchestrator.scale(&name, 1).await.unwrap(), 1);
    sleep(Duration::from_secs(2)).await;
    let live = launch.snapshot().bots.iter().filter(|bot| !bot.status.has_ended()).count();
    assert_eq!(live, 1);
    launch.stop(StopMode::Drain);
    let report = task.await.unwrap();
    assert_eq!(report.accounts.returned + report.accounts.failed, 0, "nobody was cut off");
}

#[tokio::test(start_paused = true)]
async fn a_launch_that_ends_while_it_is_scaled_gets_no_more_bots() {
    let emulators = Arc::new(world::emulators::Emulators::default());
    let world = World::with_instances(vec![emulators.clone()]);
    world.routine("R", |_| async {
        sleep(Duration::from_millis(500)).await;
        done()
    });
    let name = world.group("G", "R", None, &[0, 1], json!({}));
    let mut request = LaunchRequest::new(name.clone());
    request.overrides.bot_count = Some(1);
    let (_, task) = world.orchestrator.start_group(request).unwrap();
    sleep(Duration::from_millis(1200)).await;
    // The other instance takes a second to come up; by then the launch is over.
    let scaled = world.orchestrator.scale(&name, 2).await;
    assert!(matches!(scaled, Err(OrchestratorError::NotRunning(_))), "{scaled:?}");
    assert_eq!((task.await.unwrap().launched_bots, world.ran.lock().len()), (1, 1));
    let log = emulators.log.lock().clone();
    let of = |word: &str| log.iter().filter(|line| line.starts_with(word)).count();
    assert!(of("start 1") > 0 && of("start") == of("stop"), "nothing is left running: {log:?}");
}

/// Instance 0 comes up after a while, 1 never does, 2 can't be started.
#[derive(Default)]
struct Slow {
    log: Mutex<Vec<String>>,
    up_at: Mutex<Option<tokio::time::Instant>>,
}

#[async_trait]
impl InstanceProvider for Slow {
    fn name(&self) -> &str {
        "slow"
    }
    fn has(&self, id: InstanceId) -> bool {
        id.0 < 3
    }
    fn list(&self) -> Vec<InstanceInfo> {
        vec![]
    }
    async fn start(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("start {id}"));
        if id.0 == 2 {
            return Err(InstanceError { id, message: "no such emulator".into() });
        }
        if id.0 == 0 {
            *self.up_at.lock() = Some(tokio::time::Instant::now() + Duration::from_secs(5));
        }
        Ok(())
    }
    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        let up = id.0 == 0 && self.up_at.lock().is_some_and(|at| at <= tokio::time::Instant::now());
        let started = self.log.lock().contains(&format!("start {id}"));
        Ok(if up {
            InstanceState::Ready
        } else if started {
            InstanceState::Starting
        } else {
            InstanceState::Down
        })
    }
    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("stop {id}"));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn instances_that_are_down_are_started_waited_for_and_stopped_again() {
    let slow = Arc::new(Slow::default());
    let world = World::with_instances(vec![slow.clone()]);
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", None, &[0, 1, 2], json!({"emulator_timeout": "30s"}));
    let report = world.launch(&name).await;
    assert_eq!((report.requested_bots, report.launched_bots), (3, 1));
    assert!(!report.success, "two instances failed");
    assert!((30_000..31_000).contains(&report.duration_ms), "waited side by side: {}", report.duration_ms);
    let told = report.errors.join("\n");
    assert!(told.contains("instance 1: not ready within 30s") && told.contains("no such emulator"), "{told}");
    let log = slow.log.lock().clone();
    assert!(log.contains(&"stop 0".into()) && log.contains(&"stop 1".into()), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_tells_everything_and_does_nothing() {
    let world = World::new();
    let pool = world.pool("P", &["a", "b"], json!({}));
    let info = RoutineInfo {
        name: "R".into(),
        params: params(json!({"n": {"type": "integer", "default": 3}})),
        ..RoutineInfo::default()
    };
    world.routine_with(info, |_| async { done() });
    let name = world.group("G", "R", Some("P"), &[0, 1], json!({"stagger_delay": "3s"}));
    let plan = world.orchestrator.plan(&LaunchRequest::new(name)).await.unwrap();
    assert!(plan.valid, "{plan:?}");
    assert_eq!((plan.accounts_found, plan.accounts_available, plan.plan.bot_count), (Some(2), Some(2), 2));
    assert_eq!(plan.params.unwrap()["n"], json!(3));
    assert!(world.pools.get_open(&pool).is_none() && world.ran.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_group_gets_another_pool_only_if_that_exists() {
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.pool("Q", &["b"], json!({}));
    world.routine("R", |_| async { done() });
    let name = world.group("G", "R", Some("P"), &[0], json!({}));
    world.orchestrator.set_group_account_pool(&name, &pool("Q")).unwrap();
    world.launch(&name).await;
    assert_eq!(world.accounts_run(), ["b"]);
    let told = world.orchestrator.set_group_account_pool(&name, &pool("Z")).unwrap_err().to_string();
    assert!(told.contains("unknown pool \"Z\"; there is P, Q"), "{told}");
    assert_eq!(world.orchestrator.refresh_group_account_pool(&name).await.unwrap().counts.total, 1);
}
