//! Hooks that break, hang, deny, ask for another try or are stopped: how the launch ends.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of #[test]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lariat_core::hook::{HookError, HookErrorPolicy, HookInfo, Verdict};
use lariat_core::launch::{FailureKind, LaunchRequest, StopMode};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::sleep;
use world::emulators::{BROKEN, Emulators};
use world::hooks::*;
use world::*;

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
async fn what_a_failed_try_did_is_undone_and_what_hooks_skipped_stays_skipped() {
    let emulators = Arc::new(Emulators::default());
    let world = World::with_instances(vec![emulators.clone()]);
    world.routine("R", |_| async { done() });
    // It comes up after a second.
    let options = json!({"emulator_timeout": "300ms"});
    define(&world, json!({"name": "G", "routine": "R", "instances": [0, 1], "launch": options}));
    answers(&world, at("skipper", &["before:acquire_instances"]), skip(0));
    let log = emulators.clone();
    add(&world.hooks, at("h", &["error:acquire_instances"]), move |_| {
        log.log.lock().push("error".into());
        async { Ok(retry(20)) }
    });
    let (report, events) = launch(&world).await;
    assert_eq!(*emulators.log.lock(), ["start 1", "error", "stop 1", "start 1", "error", "stop 1"]);
    assert_eq!(report.skipped_instances, [instance(0), instance(1)]);
    let skipped = events.iter().filter(|event| event["type"] == "instance.skipped" && event["instance"] == 0);
    assert_eq!(skipped.count(), 1);
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
