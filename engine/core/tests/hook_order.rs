//! Which hooks run, in which order, with which settings; and what a plan tells of them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of #[test]

mod world;

use std::collections::BTreeMap;

use lariat_core::hook::{
    HookBand, HookConfig, HookError, HookErrorPolicy, HookInfo, HookSet, Hooks, Verdict,
};
use lariat_core::launch::{FailureKind, LaunchRequest, Phase};
use serde_json::{Value, json};
use world::hooks::*;
use world::*;

fn before(info: HookInfo, names: &[&str]) -> HookInfo {
    HookInfo { before: names.iter().map(ToString::to_string).collect(), ..info }
}

fn after(info: HookInfo, names: &[&str]) -> HookInfo {
    HookInfo { after: names.iter().map(ToString::to_string).collect(), ..info }
}

fn placed(name: &str, band: HookBand, order: i32) -> HookInfo {
    HookInfo { band, order, ..at(name, &["before:validate"]) }
}

fn plain(name: &str) -> HookInfo {
    at(name, &["before:validate"])
}

/// The names of the hooks that answer, in their order.
async fn course_of(world: &World) -> Vec<String> {
    let (report, events) = launch(world).await;
    assert!(report.success, "{report:?}");
    answered(&events).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn band_then_number_then_id_and_then_what_hooks_say_of_one_another() {
    use HookBand::{Early, Late, Normal};
    let cases: Vec<(&str, Vec<HookInfo>, &[&str])> = vec![
        ("ids", vec![plain("b"), plain("a"), plain("c")], &["a", "b", "c"]),
        (
            "numbers",
            vec![placed("a", Normal, 1), placed("b", Normal, -1), placed("c", Normal, 0)],
            &["b", "c", "a"],
        ),
        (
            "bands",
            vec![placed("a", Late, -9), placed("b", Normal, 0), placed("c", Early, 9)],
            &["c", "b", "a"],
        ),
        ("before", vec![plain("a"), plain("b"), before(plain("c"), &["a"])], &["b", "c", "a"]),
        ("after", vec![after(plain("a"), &["b"]), plain("b"), plain("c")], &["b", "a", "c"]),
        (
            "over bands",
            vec![after(placed("a", Early, 0), &["z"]), placed("m", Normal, 0), placed("z", Late, 0)],
            &["m", "z", "a"],
        ),
        (
            "unknown names",
            vec![after(plain("a"), &["nobody"]), before(plain("b"), &["nothing"])],
            &["a", "b"],
        ),
        (
            "a chain",
            vec![after(plain("a"), &["b"]), after(plain("b"), &["c"]), plain("c"), plain("d")],
            &["c", "b", "a", "d"],
        ),
    ];
    for (case, hooks, expected) in cases {
        let world = simple();
        for info in hooks {
            answers(&world, info, Verdict::Continue);
        }
        assert_eq!(course_of(&world).await, expected, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_circle_refuses_the_launch_and_is_named() {
    for (hooks, circle) in [
        (vec![before(plain("a"), &["b"]), before(plain("b"), &["a"])], "b → a → b"),
        (vec![before(plain("self"), &["self"])], "self → self"),
        (
            vec![after(plain("a"), &["c"]), after(plain("b"), &["a"]), after(plain("c"), &["b"]), plain("d")],
            "b → c → a → b",
        ),
    ] {
        let world = simple();
        for info in hooks {
            answers(&world, info, Verdict::Continue);
        }
        let (report, events) = launch(&world).await;
        let failure = report.failure.unwrap();
        assert_eq!((failure.kind, report.launched_bots), (FailureKind::Refused, 0));
        let told = failure.messages.join("\n");
        // Wherever the walk began, it is the same circle.
        let names: Vec<&str> = circle.split(" → ").collect();
        let turns = (0..names.len() - 1).map(|from| {
            let circle = &names[..names.len() - 1];
            let turned: Vec<&str> = circle[from..].iter().chain(&circle[..=from]).copied().collect();
            turned.join(" → ")
        });
        assert!(turns.into_iter().any(|turn| told.contains(&turn)), "{told}");
        assert!(answered(&events).is_empty());
        assert_eq!(
            course(&events, "phase"),
            [
                "phase.started resolve_pool",
                "phase.failed resolve_pool",
                "phase.started release",
                "phase.finished release"
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_circle_counts_only_where_its_hooks_meet() {
    let world = simple();
    answers(&world, before(plain("a"), &["b"]), Verdict::Continue);
    answers(&world, before(at("b", &["before:release"]), &["a"]), Verdict::Continue);
    assert_eq!(course_of(&world).await, ["a", "b"]);
    let world = with_settings(json!({"b": {"enabled": false}}));
    answers(&world, before(plain("a"), &["b"]), Verdict::Continue);
    answers(&world, before(plain("b"), &["a"]), Verdict::Continue);
    assert_eq!(course_of(&world).await, ["a"], "one that is off waits for nobody");
}

#[tokio::test(start_paused = true)]
async fn both_files_override_and_switch_and_the_group_wins() {
    let settings = json!({
        "a": {"enabled": false},
        "b": {"band": "late"},
        "c": {"enabled": false},
        "opt": {"enabled": true},
        "gone": {"enabled": false},
    });
    let world = with_settings(settings);
    let off = HookInfo { off_by_default: true, ..plain("opt") };
    for info in [plain("a"), plain("b"), plain("c"), plain("d"), off] {
        answers(&world, info, Verdict::Continue);
    }
    assert_eq!(course_of(&world).await, ["d", "opt", "b"]);
    let hooks = json!({"c": {"enabled": true, "band": "late", "order": -1}, "d": {"order": 5}, "opt": {"enabled": false}});
    define(&world, json!({"name": "H", "routine": "R", "instances": [0], "hooks": hooks}));
    let mut events = world.events.subscribe();
    world.launch(&group("H")).await;
    let names: Vec<String> = answered(&seen(&mut events));
    let set = world.orchestrator.hooks(Some(&group("H"))).unwrap();
    assert_eq!(set.listing().iter().filter(|row| row.position.is_some()).count(), 3);
    assert!(world.orchestrator.hooks(Some(&group("I"))).is_err());
    assert_eq!(
        names,
        ["d before:validate continue", "c before:validate continue", "b before:validate continue"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_it_cannot_be_without_keeps_a_hook_off_until_somebody_gives_it_or_wants_it() {
    let params = json!({
        "url": {"type": "string", "required": true},
        "word": {"type": "string", "required": true, "default": "hello"},
    });
    let needy = || HookInfo { params: serde_json::from_value(params.clone()).unwrap(), ..plain("needy") };
    for (settings, runs) in [
        (json!({}), Ok(false)),
        (json!({"needy": {"band": "late"}}), Ok(false)),
        (json!({"needy": {"enabled": false}}), Ok(false)),
        (json!({"needy": {"config": {"url": "there"}}}), Ok(true)),
        (json!({"needy": {"config": {"word": "bye"}}}), Err("config.url: is missing")),
        (json!({"needy": {"enabled": true}}), Err("config.url: is missing")),
    ] {
        let world = with_settings(settings.clone());
        answers(&world, needy(), Verdict::Continue);
        let (report, events) = launch(&world).await;
        match runs {
            Ok(runs) => {
                assert!(report.success, "{settings}: {report:?}");
                assert_eq!(answered(&events).len(), usize::from(runs), "{settings}");
            }
            Err(why) => assert!(format!("{:?}", report.failure).contains(why), "{settings}: {report:?}"),
        }
    }
    let world = simple();
    answers(&world, needy(), Verdict::Continue);
    let set = world.orchestrator.hooks(None).unwrap();
    let hook = set.listing().into_iter().find(|row| row.hook.name == "needy").unwrap().hook;
    assert_eq!((hook.enabled.value, &hook.needs), (false, &vec!["url".to_owned()]));
    // A group that gives it has it on, by itself.
    let hooks = json!({"needy": {"config": {"url": "here"}}});
    define(&world, json!({"name": "H", "routine": "R", "instances": [0], "hooks": hooks}));
    let set = world.orchestrator.hooks(Some(&group("H"))).unwrap();
    assert_eq!(set.listing().iter().filter(|row| row.hook.enabled.value).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn on_error_and_timeout_are_overridden_too() {
    let world = with_settings(json!({"h": {"on_error": "warn", "timeout": "2s"}}));
    add(&world.hooks, plain("h"), |_| std::future::pending());
    let (report, _) = launch(&world).await;
    assert!(report.success && (2_000..2_100).contains(&report.duration_ms), "{report:?}");
    assert!(report.warnings[0].contains("longer than its timeout of 2s"), "{:?}", report.warnings);
    define(
        &world,
        json!({"name": "H", "routine": "R", "instances": [0], "hooks": {"h": {"on_error": "deny", "timeout": "1s"}}}),
    );
    let report = world.launch(&group("H")).await;
    assert!((1_000..1_100).contains(&report.duration_ms) && report.failure.is_some(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn parameters_are_checked_filled_in_and_merged() {
    let specs =
        params(json!({"max": {"type": "integer", "max": 50}, "mode": {"type": "string", "default": "soft"}}));
    let info = HookInfo { params: specs, ..plain("h") };
    let world = with_settings(json!({"h": {"config": {"max": 5}}}));
    let calls = notes(&world, info.clone());
    launch(&world).await;
    define(
        &world,
        json!({"name": "H", "routine": "R", "instances": [0], "hooks": {"h": {"config": {"mode": "hard"}}}}),
    );
    world.launch(&group("H")).await;
    let given: Vec<Value> = calls.lock().iter().map(|call| Value::Object((*call.params).clone())).collect();
    assert_eq!(given, [json!({"max": 5, "mode": "soft"}), json!({"max": 5, "mode": "hard"})]);
    for (settings, told) in [
        (
            json!({"h": {"config": {"mx": 5}}}),
            "hooks.h.config.mx: unknown parameter \"mx\"; did you mean \"max\"?",
        ),
        (json!({"h": {"config": {"max": 51}}}), "hooks.h.config.max: 51 is too large; at most 50"),
        (json!({"h": {"timeout": 0}}), "hooks.h.timeout: must be longer than 0s (lariat.yaml)"),
        (json!({"hh": {"order": 1}}), "lariat.yaml: hooks.hh: unknown hook \"hh\""),
    ] {
        let world = with_settings(settings);
        answers(&world, info.clone(), Verdict::Continue);
        let failure = launch(&world).await.0.failure.unwrap();
        assert_eq!((failure.kind, failure.phase), (FailureKind::Refused, Phase::ResolvePool));
        assert!(failure.to_string().contains(told), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_launch_keeps_the_generations_it_started_with() {
    let world = simple();
    let registry = world.hooks.clone();
    add(&world.hooks, plain("h"), move |_| {
        // A new version comes while the launch runs.
        add(&registry, at("h", &["before:validate", "after:stop"]), |_| async { Ok(deny("the new one")) });
        async { Ok(Verdict::Continue) }
    });
    let (report, events) = launch(&world).await;
    assert!(report.success, "{report:?}");
    assert_eq!(answered(&events), ["h before:validate continue"]);
    assert!(launch(&world).await.0.errors[0].contains("the new one"));
}

#[tokio::test(start_paused = true)]
async fn a_script_with_the_name_of_a_built_in_takes_its_place() {
    // Registered after, as by a reload, or before.
    for registered_before in [false, true] {
        let world = simple();
        if registered_before {
            world.hooks.remove("quiet_hours");
        }
        answers(&world, plain("quiet_hours"), deny("mine"));
        lariat_core::hook::builtin::add_to(
            &world.hooks,
            std::sync::Arc::new(lariat_core::hook::builtin::NoEngine),
        );
        let (report, _) = launch(&world).await;
        assert_eq!(report.errors, ["hook \"quiet_hours\" (quiet_hours.lua) denied before:validate: mine"]);
    }
}

#[test]
fn the_listing_tells_order_and_sources() {
    let hooks = Hooks {
        settings: serde_json::from_value(
            json!({"b": {"order": 10, "timeout": "2s"}, "c": {"enabled": false}}),
        )
        .unwrap(),
        ..Hooks::default()
    };
    for info in [
        HookInfo { timeout: Some("3s".parse().unwrap()), ..at("a", &["after:stop", "before:validate"]) },
        HookInfo { on_error: HookErrorPolicy::Warn, ..plain("b") },
        plain("c"),
    ] {
        add(&hooks.registry, info, |_| async { Ok(Verdict::Continue) });
    }
    let group: BTreeMap<String, HookConfig> =
        serde_json::from_value(json!({"b": {"band": "early", "config": {}}})).unwrap();
    let set = HookSet::resolve(&hooks, &group);
    let rows = serde_json::to_value(set.listing()).unwrap();
    let row =
        |index: usize, keys: &[&str]| keys.iter().map(|key| rows[index][key].clone()).collect::<Vec<_>>();
    let keys = ["point", "position", "hook"];
    assert_eq!(row(0, &keys), [json!("before:validate"), json!(1), json!("b")]);
    assert_eq!(row(1, &keys), [json!("before:validate"), json!(2), json!("a")]);
    assert_eq!(row(2, &keys), [json!("before:validate"), Value::Null, json!("c")]);
    assert_eq!(row(3, &keys), [json!("after:stop"), json!(1), json!("a")]);
    assert_eq!(
        row(0, &["band", "order", "on_error", "timeout", "origin", "generation"]),
        [
            json!({"value": "early", "from": "group"}),
            json!({"value": 10, "from": "lariat.yaml"}),
            json!({"value": "warn", "from": "hook"}),
            json!({"value": "2s", "from": "lariat.yaml"}),
            json!("b.lua"),
            json!(1),
        ]
    );
    assert_eq!(row(1, &["timeout"]), [json!({"value": "3s", "from": "hook"})]);
    assert_eq!(
        row(2, &["enabled", "timeout"]),
        [json!({"value": false, "from": "lariat.yaml"}), json!({"value": "5s", "from": "default"})]
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_asks_what_may_be_asked_and_lists_the_rest() {
    let world = simple();
    world.pool("Q", &["a", "b", "c"], json!({}));
    let first = notes(&world, at("first", &["before:resolve_pool", "before:acquire_instances"]));
    answers(&world, at("pool", &["before:resolve_pool"]), patch(json!({"account_pool": "Q"})));
    answers(&world, at("size", &["before:validate", "after:release"]), patch(json!({"bot_count": 1})));
    answers(&world, at("wait", &["before:validate"]), retry(30));
    let info = HookInfo { on_error: HookErrorPolicy::Warn, ..at("weak", &["before:validate"]) };
    add(&world.hooks, info, |_| async { Err(HookError::new("oops")) });
    let mut events = world.events.subscribe();
    let plan = world.orchestrator.plan(&LaunchRequest::new(group("G"))).await.unwrap();
    assert!(plan.valid, "{plan:?}");
    assert_eq!((plan.plan.bot_count, plan.accounts_found, plan.patched_by.len()), (1, Some(3), 2));
    assert!(plan.warnings[0].contains("hook \"weak\" (weak.lua) failed at before:validate: oops"));
    let told: Vec<String> = plan
        .hooks
        .iter()
        .map(|h| {
            format!(
                "{} {} {} {}",
                h.point,
                h.hook,
                h.answer.as_deref().unwrap_or("-"),
                h.reason.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "before:resolve_pool first continue -",
            "before:resolve_pool pool patch account_pool = \"Q\"",
            "before:validate size patch bot_count = 1",
            "before:validate wait retry again in 30s: not yet",
            "before:validate weak error oops",
            "before:acquire_instances first - -",
            "after:release size - -",
        ]
    );
    let calls = first.lock();
    assert!(calls.len() == 1 && calls[0].dry_run && calls[0].launch.is_none());
    assert!(answered(&seen(&mut events)).is_empty() && world.pools.get_open(&pool("Q")).is_none());
    assert!(world.ran.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_a_hook_denies_says_so_and_asks_nobody_after_it() {
    let world = simple();
    answers(&world, at("a", &["before:validate"]), deny("too many"));
    let after = notes(&world, at("b", &["before:validate"]));
    let plan = world.orchestrator.plan(&LaunchRequest::new(group("G"))).await.unwrap();
    assert!(!plan.valid && after.lock().is_empty());
    assert_eq!(plan.problems, ["hook \"a\" (a.lua) denied before:validate: too many"]);
    assert_eq!(plan.denied_by.unwrap().hook, "a");
    assert_eq!((plan.hooks[0].answer.as_deref(), plan.hooks[1].answer.as_deref()), (Some("deny"), None));
}
