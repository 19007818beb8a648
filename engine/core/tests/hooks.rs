//! Hooks: every verdict at every point, and what becomes of the launch.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of #[test]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lariat_core::hook::{HookError, HookErrorPolicy, HookInfo, HookPoint, Verdict};
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};
use lariat_core::launch::{FailureKind, LaunchReport, LaunchRequest, Phase, StopMode};
use lariat_core::routine::RoutineInfo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::sleep;
use world::hooks::*;
use world::*;

/// A world whose launch fails in that phase by itself.
fn failing(phase: Phase) -> World {
    let world = World::with_instances(vec![Arc::new(Emulators::default())]);
    world.routine("R", |_| async { done() });
    let group = match phase {
        Phase::ResolvePool => json!({"name": "G", "routine": "R", "instances": [0], "account_pool": "None"}),
        Phase::Validate => json!({"name": "G", "routine": "None", "instances": [0]}),
        Phase::AcquireInstances => json!({"name": "G", "routine": "R", "instances": [BROKEN]}),
        _ => json!({"name": "G", "routine": "R", "instances": [0]}),
    };
    define(&world, group);
    if phase == Phase::LaunchBots {
        answers(&world, at("skipper", &["before:launch_bots"]), skip(0));
    }
    world
}

/// Instance `BROKEN` can't be started; the others come up after a second.
const BROKEN: u32 = 9;

#[derive(Default)]
struct Emulators {
    log: Mutex<Vec<String>>,
    up: Mutex<Vec<(InstanceId, tokio::time::Instant)>>,
}

#[async_trait]
impl InstanceProvider for Emulators {
    fn name(&self) -> &str {
        "emulators"
    }
    fn has(&self, _: InstanceId) -> bool {
        true
    }
    fn list(&self) -> Vec<InstanceInfo> {
        vec![]
    }
    async fn start(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("start {id}"));
        if id.0 == BROKEN {
            return Err(InstanceError { id, message: "no such emulator".into() });
        }
        self.up.lock().push((id, tokio::time::Instant::now() + Duration::from_secs(1)));
        Ok(())
    }
    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        let up = self.up.lock().iter().find(|(up, _)| *up == id).map(|(_, at)| *at);
        Ok(match up {
            None => InstanceState::Down,
            Some(at) if at <= tokio::time::Instant::now() => InstanceState::Ready,
            Some(_) => InstanceState::Starting,
        })
    }
    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("stop {id}"));
        self.up.lock().retain(|(up, _)| *up != id);
        Ok(())
    }
}

/// Launches "G" with a hook that gives this verdict once at this point.
async fn once(point: HookPoint, verdict: &Verdict) -> (LaunchReport, Vec<Value>) {
    let fails = point.to_string().starts_with("error:");
    let world = if fails { failing(point.phase) } else { simple() };
    let (asked, verdict) = (AtomicU32::new(0), verdict.clone());
    add(&world.hooks, at("h", &[&point.to_string()]), move |call| {
        assert_eq!((call.point, call.dry_run, call.launch.is_some()), (point, false, true));
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        let verdict = if first { verdict.clone() } else { Verdict::Continue };
        async move { Ok(verdict) }
    });
    launch(&world).await
}

/// Where each verdict is accepted.
const PATCH: &[&str] = &["before:resolve_pool", "before:validate"];
const SKIP: &[&str] = &["before:acquire_instances", "after:acquire_instances", "before:launch_bots"];
const DENY: &[&str] = &[
    "before:resolve_pool",
    "after:resolve_pool",
    "before:validate",
    "after:validate",
    "before:acquire_instances",
    "after:acquire_instances",
    "before:launch_bots",
    "after:launch_bots",
];
const RETRY: &[&str] = &[
    "before:resolve_pool",
    "before:validate",
    "before:acquire_instances",
    "before:launch_bots",
    "error:resolve_pool",
    "error:validate",
    "error:acquire_instances",
    "error:launch_bots",
];

#[tokio::test(start_paused = true)]
async fn every_verdict_at_every_point() {
    let all: Vec<String> = HookPoint::all().map(|point| point.to_string()).collect();
    let everywhere: Vec<&str> = all.iter().map(String::as_str).collect();
    let table: [(&str, Verdict, &[&str]); 5] = [
        ("continue", Verdict::Continue, &everywhere),
        ("patch", patch(json!({"bot_count": 1})), PATCH),
        ("skip_instance", skip(0), SKIP),
        ("deny", deny("no"), DENY),
        ("retry", retry(30), RETRY),
    ];
    let mut cases = 0;
    for (word, verdict, accepted) in &table {
        // The phases stop and release have no way to fail.
        for point in HookPoint::all().filter(|p| !["error:stop", "error:release"].contains(&&*p.to_string()))
        {
            cases += 1;
            let case = format!("{word} at {point}");
            let (report, events) = once(point, verdict).await;
            let name = point.to_string();
            let fails = name.starts_with("error:");
            let accepted = accepted.contains(&name.as_str());
            let first = answered(&events).into_iter().find(|line| line.starts_with("h ")).unwrap();
            let outcome = if accepted { word } else { "error" };
            assert_eq!(first, format!("h {point} {outcome}"), "{case}");
            let denied = report.failure.as_ref().and_then(|failure| failure.denied_by.clone());
            if (accepted && *word == "deny") || (!accepted && DENY.contains(&name.as_str())) {
                let failure = report.failure.unwrap();
                assert_eq!((failure.phase, failure.kind), (point.phase, FailureKind::Refused), "{case}");
                assert_eq!(denied.unwrap().point, point, "{case}");
                assert!(failure.messages[0].starts_with("hook \"h\" (h.lua) "), "{case}: {failure}");
                assert!(!report.stopped && !report.success, "{case}");
                let live = report.bots.iter().filter(|bot| !bot.status.has_ended()).count();
                assert_eq!(live, 0, "{case}");
            } else if fails {
                assert!(denied.is_none() && report.failure.is_some(), "{case}: it failed by itself");
                assert_eq!(report.warnings.len(), usize::from(!accepted || *word == "retry"), "{case}");
            } else {
                assert!(report.success, "{case}: {report:?}");
                assert_eq!(report.warnings.len(), usize::from(!accepted), "{case}");
                let smaller = accepted && ["patch", "skip_instance"].contains(word);
                assert_eq!(report.launched_bots, if smaller { 1 } else { 2 }, "{case}");
                assert_eq!(report.patched_by.len(), usize::from(accepted && *word == "patch"), "{case}");
                let skipped = if accepted && *word == "skip_instance" { vec![instance(0)] } else { vec![] };
                assert_eq!(report.skipped_instances, skipped, "{case}");
                let waited = report.duration_ms >= 30_000;
                assert_eq!(waited, accepted && *word == "retry", "{case}");
            }
            let last = course(&events, "phase").pop().unwrap();
            assert!(name.ends_with("release") || last == "phase.finished release", "{case}: {last}");
        }
    }
    assert_eq!(cases, 5 * 16);
}

#[tokio::test(start_paused = true)]
async fn a_hook_sees_the_plan_as_it_stands_and_what_was_done() {
    let world = simple();
    let specs = params(json!({"n": {"type": "integer"}}));
    world
        .routine_with(RoutineInfo { name: "R".into(), params: specs, ..RoutineInfo::default() }, |_| async {
            done()
        });
    let everywhere: Vec<String> = HookPoint::all().map(|point| point.to_string()).collect();
    let points: Vec<&str> = everywhere.iter().map(String::as_str).collect();
    let calls = notes(&world, at("watch", &points));
    answers(&world, at("patcher", &["before:validate"]), patch(json!({"bot_count": 1, "config": {"n": 3}})));
    let (report, _) = launch(&world).await;
    assert!(report.success, "{report:?}");
    let calls = calls.lock();
    let points: Vec<String> = calls.iter().map(|call| call.point.to_string()).collect();
    let expected: Vec<String> =
        HookPoint::all().map(|p| p.to_string()).filter(|p| !p.starts_with("error")).collect();
    assert_eq!(points, expected);
    let of = |point: &str| calls.iter().find(|call| call.point.to_string() == point).unwrap();
    assert_eq!(of("before:resolve_pool").plan.bot_count, 2);
    assert_eq!(of("after:validate").plan.bot_count, 1);
    assert_eq!(of("after:validate").plan.config["n"], json!(3));
    assert_eq!(of("after:acquire_instances").instances, [instance(0)]);
    assert_eq!(of("after:stop").instances, [instance(0)]);
    assert_eq!(of("before:acquire_instances").completed, [Phase::ResolvePool, Phase::Validate]);
    assert_eq!(of("after:release").launch.as_ref().unwrap().report().launched_bots, 1);
    assert_eq!(report.patched_by[0].hook, "patcher");
    assert_eq!(report.patched_by[0].point.to_string(), "before:validate");
}

#[tokio::test(start_paused = true)]
async fn a_patch_that_may_not_be_is_the_hooks_error_and_changes_nothing() {
    for (point, fields, told) in [
        ("before:validate", json!({"bot_cuont": 1}), "did you mean \"bot_count\"?"),
        ("before:validate", json!({"group": "H"}), "unknown field of the plan \"group\""),
        ("before:validate", json!({"bot_count": 1, "instances": "all"}), "is not a list of instance ids"),
        ("before:validate", json!({"account_pool": "Q"}), "before:resolve_pool only"),
        ("before:resolve_pool", json!({"options": {"stager_delay": 1}}), "did you mean \"stagger_delay\"?"),
        ("after:validate", json!({"bot_count": 1}), "before:resolve_pool and before:validate only"),
    ] {
        let world = simple();
        answers(&world, at("h", &[point]), patch(fields.clone()));
        let failure = launch(&world).await.0.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::Refused, "{fields}");
        assert!(failure.to_string().contains(told), "{fields}: {failure}");
        assert!(failure.to_string().contains(&format!("failed at {point}")), "{failure}");
        // With `warn` the plan stays whole.
        let world = simple();
        let info = HookInfo { on_error: HookErrorPolicy::Warn, ..at("h", &[point]) };
        answers(&world, info, patch(fields));
        let (report, _) = launch(&world).await;
        assert!(report.success && report.launched_bots == 2 && report.patched_by.is_empty(), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_is_validated_by_the_built_in_checks_which_name_the_hook() {
    let world = simple();
    answers(&world, at("greedy", &["before:validate"]), patch(json!({"bot_count": 99, "routine": "S"})));
    let failure = launch(&world).await.0.failure.unwrap();
    assert_eq!(
        (failure.phase, failure.kind, failure.denied_by.is_none()),
        (Phase::Validate, FailureKind::Refused, true)
    );
    let told = failure.to_string();
    for part in [
        "asks for 99 bots",
        "unknown routine \"S\"",
        "hook \"greedy\" (greedy.lua) changed the plan before:validate: bot_count = 99",
    ] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_can_be_chosen_before_it_is_resolved() {
    let world = simple();
    world.pool("Q", &["a", "b"], json!({}));
    let verdict = patch(json!({"account_pool": "Q", "options": {"max_accounts": 1}}));
    answers(&world, at("chooser", &["before:resolve_pool"]), verdict);
    assert_eq!(launch(&world).await.0.accounts.completed, 2);
}

#[tokio::test(start_paused = true)]
async fn a_lying_hook_is_found_out() {
    let world = simple();
    answers(&world, at("liar", &["before:acquire_instances"]), skip(7));
    let failure = launch(&world).await.0.failure.unwrap();
    assert!(failure.to_string().contains("skipped instance 7, which isn't one of the plan's"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_skipped_instance_is_replaced_while_there_are_others() {
    let world = simple();
    define(&world, json!({"name": "H", "routine": "R", "instances": [3, 4, 5], "bot_count": 2}));
    answers(&world, at("skipper", &["before:acquire_instances"]), skip(3));
    let report = world.launch(&group("H")).await;
    let ran: Vec<u32> = report.bots.iter().map(|bot| bot.instance.0).collect();
    assert_eq!((ran, report.skipped_instances), (vec![4, 5], vec![instance(3)]));
}

#[tokio::test(start_paused = true)]
async fn a_launch_without_instances_left_is_refused_and_gives_them_back() {
    let world = simple();
    answers(&world, at("a", &["before:acquire_instances"]), skip(0));
    answers(&world, at("b", &["before:acquire_instances"]), skip(1));
    let failure = launch(&world).await.0.failure.unwrap();
    assert!(failure.to_string().contains("0 is skipped, 1 is skipped"), "{failure}");
    let world = simple();
    answers(&world, at("a", &["after:acquire_instances"]), skip(0));
    answers(&world, at("b", &["before:launch_bots"]), skip(1));
    let (report, events) = launch(&world).await;
    assert_eq!(report.failure.unwrap().phase, Phase::LaunchBots);
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("instance.acquired"), of("instance.released"), of("instance.skipped")), (2, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn what_a_hooks_failure_means_is_its_policys_word() {
    use HookErrorPolicy::{Deny, Ignore, Warn};
    type Break = fn() -> futures::future::BoxFuture<'static, Result<Verdict, HookError>>;
    let raises: Break = || Box::pin(async { Err(HookError::new("h.lua:3: oops")) });
    let hangs: Break = || Box::pin(std::future::pending());
    let panics: Break = || Box::pin(async { panic!("lost it") });
    for (breaks, outcome, told) in [
        (raises, "error", "failed at before:validate: h.lua:3: oops"),
        (hangs, "timeout", "failed at before:validate: took longer than its timeout of 5s"),
        (panics, "error", "failed at before:validate: panicked: lost it"),
    ] {
        for policy in [Deny, Warn, Ignore] {
            let world = simple();
            let info = HookInfo { on_error: policy, ..at("h", &["before:validate"]) };
            add(&world.hooks, info, move |_| breaks());
            let (report, events) = launch(&world).await;
            let case = format!("{told} {policy:?}: {report:?}");
            assert_eq!(answered(&events), [format!("h before:validate {outcome}")], "{case}");
            assert_eq!(report.success, policy != Deny, "{case}");
            assert_eq!(
                report.errors.iter().filter(|e| e.contains(told)).count(),
                usize::from(policy == Deny),
                "{case}"
            );
            assert_eq!(
                report.warnings.iter().filter(|w| w.contains(told)).count(),
                usize::from(policy == Warn),
                "{case}"
            );
            let waited = (5_000..5_100).contains(&report.duration_ms);
            assert_eq!(waited, outcome == "timeout", "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn release_always_runs_and_no_hook_can_veto_it() {
    let world = simple();
    answers(&world, at("denier", &["before:release", "after:release"]), deny("never"));
    add(&world.hooks, at("hangs", &["before:release"]), |_| std::future::pending());
    add(&world.hooks, at("raises", &["after:release"]), |_| async { Err(HookError::new("oops")) });
    answers(&world, at("last", &["before:validate"]), deny("so that undo and release run"));
    let (report, events) = launch(&world).await;
    assert_eq!(report.failure.unwrap().denied_by.unwrap().hook, "last");
    assert_eq!(course(&events, "phase").pop().unwrap(), "phase.finished release");
    assert_eq!(report.warnings.len(), 4, "{:?}", report.warnings);
    let world = simple();
    answers(
        &world,
        at("denier", &["before:stop", "after:stop", "before:release", "after:release"]),
        deny("no"),
    );
    let (report, _) = launch(&world).await;
    assert!(report.success && report.warnings.len() == 4, "{report:?}");
    assert!(report.warnings[0].contains("where nothing can be denied"), "{:?}", report.warnings);
}

#[tokio::test(start_paused = true)]
async fn a_denial_undoes_in_reverse_what_was_done() {
    let emulators = Arc::new(Emulators::default());
    let world = World::with_instances(vec![emulators.clone()]);
    world.routine("R", |_| async {
        sleep(Duration::from_secs(3600)).await;
        done()
    });
    define(&world, json!({"name": "G", "routine": "R", "instances": [0, 1]}));
    answers(&world, at("h", &["after:launch_bots"]), deny("changed my mind"));
    let watch = emulators.clone();
    add(&world.hooks, at("witness", &["error:launch_bots", "before:release"]), move |call| {
        watch.log.lock().push(format!("{} after {} phases", call.point, call.completed.len()));
        assert_eq!(call.failure.unwrap().denied_by.unwrap().hook, "h");
        async { Ok(Verdict::Continue) }
    });
    let (report, events) = launch(&world).await;
    assert_eq!(report.launched_bots, 2);
    assert!(report.bots.iter().all(|bot| bot.status.as_str() == "stopped") && !report.stopped, "{report:?}");
    assert_eq!(
        *emulators.log.lock(),
        [
            "start 0",
            "start 1",
            "error:launch_bots after 3 phases",
            "stop 0",
            "stop 1",
            "before:release after 3 phases"
        ],
    );
    let of = |kind: &str| events.iter().position(|event| event["type"] == kind).unwrap();
    let failed = events.iter().position(|event| event["type"] == "phase.failed").unwrap();
    assert!(failed < of("bot.finished") && of("bot.finished") < of("launch.finished"));
    assert_eq!(events.last().unwrap()["outcome"], "failed");
}

#[tokio::test(start_paused = true)]
async fn a_denial_before_bots_gives_back_instances_and_stops_those_it_started() {
    for point in bring_up().into_iter().filter(|point| point.to_string() != "after:launch_bots") {
        let emulators = Arc::new(Emulators::default());
        let world = World::with_instances(vec![emulators.clone()]);
        world.routine("R", |_| async { done() });
        define(&world, json!({"name": "G", "routine": "R", "instances": [0, 1]}));
        answers(&world, at("h", &[&point.to_string()]), deny("no"));
        let (report, events) = launch(&world).await;
        assert_eq!(report.launched_bots, 0, "{point}");
        let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
        assert_eq!(of("instance.acquired"), of("instance.released"), "{point}");
        let log = emulators.log.lock().clone();
        let of = |word: &str| log.iter().filter(|line| line.starts_with(word)).count();
        assert_eq!(of("start"), of("stop"), "{point}: {log:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_before_a_phase_asks_again_within_bounds() {
    for (pause, asks, told) in [
        (10, 11, "more than 10 times: not yet"),
        (100, 4, "longer than 5m in all"),
        (301, 1, "longer than 5m in all"),
    ] {
        let world = simple();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        add(&world.hooks, at("h", &["before:acquire_instances"]), move |call| {
            noted.lock().push(call.retries);
            async move { Ok(retry(pause)) }
        });
        let failure = launch(&world).await.0.failure.unwrap();
        assert!(failure.to_string().contains(told), "{failure}");
        assert_eq!(*asked.lock(), (0..asks).collect::<Vec<u32>>());
    }
    // Where instances may take longer, so may hooks.
    let world = simple();
    let asked = AtomicU32::new(0);
    add(&world.hooks, at("h", &["before:acquire_instances"]), move |_| {
        let verdict = if asked.fetch_add(1, Ordering::SeqCst) < 2 { retry(400) } else { Verdict::Continue };
        async move { Ok(verdict) }
    });
    answers(&world, at("p", &["before:validate"]), patch(json!({"options": {"emulator_timeout": "15m"}})));
    assert!(launch(&world).await.0.success);
}

#[tokio::test(start_paused = true)]
async fn a_phase_is_run_again_once_when_an_error_hook_asks_for_it() {
    // The pool's source works again after a while.
    let world = World::new();
    world.pool("P", &["a"], json!({}));
    world.routine("R", |_| async { done() });
    define(&world, json!({"name": "G", "routine": "R", "instances": [0], "account_pool": "P"}));
    *world.lists.broken.lock() = true;
    let lists = world.lists.clone();
    add(&world.hooks, at("mender", &["error:resolve_pool"]), move |call| {
        assert_eq!((call.retries, call.completed.len()), (0, 0));
        assert!(call.failure.unwrap().to_string().contains("the list is broken"));
        *lists.broken.lock() = false;
        async { Ok(retry(20)) }
    });
    let before = notes(&world, at("before", &["before:resolve_pool", "after:resolve_pool"]));
    let (report, events) = launch(&world).await;
    assert!(report.success && report.duration_ms >= 20_000, "{report:?}");
    assert!(report.warnings[0].contains("the list is broken") && report.errors.is_empty(), "{report:?}");
    assert_eq!(course(&events, "phase")[..1], ["phase.started resolve_pool"]);
    let of = |word: &str| course(&events, "phase").iter().filter(|line| *line == word).count();
    assert_eq!((of("phase.started resolve_pool"), of("phase.failed resolve_pool")), (2, 1));
    let asked: Vec<String> = before.lock().iter().map(|call| call.point.to_string()).collect();
    assert_eq!(asked, ["before:resolve_pool", "after:resolve_pool"], "once each");
}

#[tokio::test(start_paused = true)]
async fn a_phase_that_fails_again_ends_the_launch() {
    let emulators = Arc::new(Emulators::default());
    let world = World::with_instances(vec![emulators.clone()]);
    world.routine("R", |_| async { done() });
    define(&world, json!({"name": "G", "routine": "R", "instances": [BROKEN]}));
    let runs = Arc::new(Mutex::new(Vec::new()));
    let noted = runs.clone();
    add(&world.hooks, at("stubborn", &["error:acquire_instances"]), move |call| {
        noted.lock().push(call.retries);
        async { Ok(retry(1)) }
    });
    let (report, _) = launch(&world).await;
    assert_eq!((report.failure.unwrap().kind, &*runs.lock()), (FailureKind::Failed, &vec![0, 1]));
    assert_eq!(report.errors.len(), 2, "of the last try only: {:?}", report.errors);
    assert_eq!(report.skipped_instances.len(), 1);
    assert_eq!(emulators.log.lock().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_denial_stands_whatever_error_hooks_ask_for() {
    let world = simple();
    answers(&world, at("h", &["before:validate"]), deny("no"));
    answers(&world, at("eager", &["error:validate"]), retry(1));
    let (report, events) = launch(&world).await;
    assert!(report.failure.unwrap().denied_by.is_some());
    assert_eq!(course(&events, "phase").iter().filter(|line| *line == "phase.started validate").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_cuts_a_hook_and_its_pause_short() {
    for (point, verdict) in [
        ("before:resolve_pool", None),
        ("after:acquire_instances", None),
        ("before:launch_bots", Some(retry(60))),
        ("after:launch_bots", None),
        ("before:stop", None),
    ] {
        let world = simple();
        let info = HookInfo { timeout: Some("10m".parse().unwrap()), ..at("h", &[point]) };
        add(&world.hooks, info, move |_| {
            let verdict = verdict.clone();
            async move {
                match verdict {
                    Some(verdict) => Ok(verdict),
                    None => std::future::pending().await,
                }
            }
        });
        let (launch, task) = world.orchestrator.start_group(LaunchRequest::new(group("G"))).unwrap();
        sleep(Duration::from_secs(7)).await;
        launch.stop(StopMode::Drain);
        let report = task.await.unwrap();
        assert!(report.stopped && report.duration_ms < 7_100, "{point}: {report:?}");
        let before_bots = !point.ends_with(":stop") && point != "after:launch_bots";
        assert_eq!(
            report.failure.map(|failure| failure.kind),
            before_bots.then_some(FailureKind::Stopped),
            "{point}"
        );
        assert_eq!(report.launched_bots, if before_bots { 0 } else { 2 }, "{point}");
        assert!(report.warnings.is_empty(), "{point}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_the_last_hooks_their_time() {
    let world = simple();
    world.routine("R", |_| async {
        sleep(Duration::from_secs(3600)).await;
        done()
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let noted = told.clone();
    add(&world.hooks, at("webhook", &["after:stop", "after:release"]), move |call| {
        let noted = noted.clone();
        async move {
            sleep(Duration::from_secs(2)).await;
            noted.lock().push(call.launch.unwrap().report().bots.len());
            Ok(Verdict::Continue)
        }
    });
    let (launch, task) = world.orchestrator.start_group(LaunchRequest::new(group("G"))).unwrap();
    sleep(Duration::from_secs(1)).await;
    launch.stop(StopMode::Force);
    task.await.unwrap();
    assert_eq!(*told.lock(), [2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_canary_launches_one_bot_and_then_the_rest() {
    let world = simple();
    world.routine("R", |_| async {
        sleep(Duration::from_secs(30)).await;
        done()
    });
    answers(&world, at("one", &["before:validate"]), patch(json!({"bot_count": 1})));
    let info = HookInfo {
        timeout: Some("1m".parse().unwrap()),
        ..at("rest", &["before:launch_bots", "after:launch_bots", "after:stop"])
    };
    let scaled = Arc::new(Mutex::new(Vec::new()));
    let noted = scaled.clone();
    add(&world.hooks, info, move |call| {
        let noted = noted.clone();
        async move {
            sleep(Duration::from_secs(10)).await;
            let answer = call.launch.unwrap().scale(2).await;
            noted.lock().push(answer);
            Ok(Verdict::Continue)
        }
    });
    let (report, _) = launch(&world).await;
    assert!(report.success && report.launched_bots == 2, "{report:?}");
    let scaled = scaled.lock();
    assert_eq!(scaled[1], Ok(2));
    assert!(
        scaled[0].as_ref().unwrap_err().contains("yet") && scaled[2].as_ref().unwrap_err().contains("ended"),
        "{scaled:?}"
    );
    let live = report.bots.iter().filter(|bot| !bot.status.has_ended()).count();
    assert_eq!(live, 0, "nobody was started after the end");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_an_event_with_everything_in_it() {
    let world = simple();
    add(&world.hooks, at("h", &["before:validate"]), |_| async { Ok(Verdict::Continue) });
    let generation =
        add(&world.hooks, at("h", &["before:validate"]), |_| async { Ok(deny("too many bots")) });
    let (report, events) = launch(&world).await;
    let event = events.iter().find(|event| event["type"] == "hook.answered").unwrap();
    assert_eq!(
        [
            &event["phase"],
            &event["point"],
            &event["hook"],
            &event["outcome"],
            &event["reason"],
            &event["group"]
        ],
        ["validate", "before:validate", "h", "deny", "too many bots", "G"],
    );
    assert_eq!((&event["generation"], &event["launch_id"]), (&json!(generation), &json!(report.launch_id)));
    assert_eq!(report.errors, ["hook \"h\" (h.lua) denied before:validate: too many bots"]);
}
