//! Hooks: every verdict at every point, and what becomes of the launch.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of #[test]

mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lariat_core::hook::{HookErrorPolicy, HookInfo, HookPoint, Verdict};
use lariat_core::launch::{FailureKind, LaunchReport, Phase};
use lariat_core::routine::RoutineInfo;
use serde_json::{Value, json};
use world::emulators::{BROKEN, Emulators};
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
    assert!(
        failure
            .to_string()
            .contains("0 is skipped by hook \"a\" (a.lua): not this one, 1 is skipped by hook"),
        "{failure}"
    );
    let world = simple();
    answers(&world, at("a", &["after:acquire_instances"]), skip(0));
    answers(&world, at("b", &["before:launch_bots"]), skip(1));
    let (report, events) = launch(&world).await;
    assert_eq!(report.failure.unwrap().phase, Phase::LaunchBots);
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of("instance.acquired"), of("instance.released"), of("instance.skipped")), (2, 2, 2));
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
