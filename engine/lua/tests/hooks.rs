//! Hooks as scripts: their declarations, what they are given, and what they may answer.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

mod common;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use common::*;
use lariat_core::duration::Span;
use lariat_core::hook::{HookBand, HookCall, HookErrorPolicy, LaunchControl, Verdict};
use lariat_core::ids::{GroupName, InstanceId, LaunchId};
use lariat_core::launch::{LaunchFailure, LaunchReport, Phase};
use serde_json::json;

#[test]
fn a_file_says_what_it_is() {
    let world = world();
    let hook = world
        .hook(
            "local H = lariat.hook {
  name = 'quiet_hours', description = 'Sleeps at night', on = { 'before:validate', 'error:launch_bots' },
  band = 'late', order = -3, before = { 'a' }, after = { 'b', 'c' }, on_error = 'warn', timeout = '2s',
  params = { from = { type = 'integer', default = 22 } },
}
function H.run(ctx) end
return H",
        )
        .unwrap();
    let info = hook.info();
    assert_eq!((info.name.as_str(), info.description.as_str()), ("quiet_hours", "Sleeps at night"));
    let on: Vec<String> = info.on.iter().map(ToString::to_string).collect();
    assert_eq!(on, ["before:validate", "error:launch_bots"]);
    assert_eq!((info.band, info.order, info.on_error), (HookBand::Late, -3, HookErrorPolicy::Warn));
    assert_eq!(
        (&info.before[..], &info.after[..]),
        (&["a".to_owned()][..], &["b".to_owned(), "c".to_owned()][..])
    );
    assert_eq!(info.timeout, Some(Span::from_secs(2)));
    assert!(info.params.0.contains_key("from") && !info.off_by_default);
    assert!(info.file.as_ref().unwrap().ends_with("scripts/hooks/t.lua"));
    let plain = world.hook(&hook_of("on = { 'after:stop' }")).unwrap();
    let info = plain.info();
    assert_eq!(
        (info.band, info.order, info.on_error, info.timeout),
        (HookBand::Normal, 0, HookErrorPolicy::Deny, None)
    );
}

fn hook_of(keys: &str) -> String {
    format!("local H = lariat.hook {{\n name = 'x',\n {keys} }}\nfunction H.run(ctx) end\nreturn H")
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let world = world();
    for (keys, line, message, hint) in [
        ("", 1, "on is missing: a hook says when it runs", "on = { \"before:validate\" }"),
        ("on = {}", 3, "on is empty", ""),
        ("on = 'before:validate'", 3, "on takes a list of texts, as in { \"before:validate\" }", ""),
        (
            "on = { 'before:validat' }",
            3,
            "unknown point \"before:validat\"; did you mean \"before:validate\"?",
            "",
        ),
        ("on = { 'after:stop' }, band = 'lately'", 3, "unknown band \"lately\"; did you mean \"late\"?", ""),
        (
            "on = { 'after:stop' }, on_error = 'die'",
            3,
            "unknown on_error \"die\"; there is deny, warn, ignore",
            "",
        ),
        (
            "on = { 'after:stop' }, order = 1.5",
            3,
            "order is a number; it takes a whole number",
            "smaller numbers",
        ),
        ("on = { 'after:stop' }, timeout = 'soon'", 3, "timeout is \"soon\"; it takes a duration", ""),
        ("on = { 'after:stop' }, timeout = 0", 3, "timeout is 0; it takes a duration", ""),
        ("on = { 'after:stop' }, befor = {}", 3, "unknown key \"befor\"; did you mean \"before\"?", ""),
    ] {
        let error = world.hook(&hook_of(keys)).err().unwrap_or_else(|| panic!("{keys} was loaded"));
        assert_eq!(error.line, line, "{keys}: {error}");
        assert!(error.message.contains(message), "{keys}: {error}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{keys}: {error}");
    }
    let error = world.hook("return lariat.hook { name = 'x', on = { 'after:stop' } }").err().unwrap();
    assert_eq!(error.message, "run is missing");
    world.write("routines/h.lua", hook(""));
    let loaded = world.host.load();
    let error = loaded[0].result.as_ref().err().unwrap();
    assert_eq!(error.message, "is a hook, but lies in scripts/routines/");
    assert_eq!(error.hint.as_deref(), Some("move it to scripts/hooks/"));
}

#[tokio::test]
async fn every_verdict() {
    let world = world();
    for body in ["", "return nil", "ctx:sleep('1ms')"] {
        assert_eq!(world.verdict(body).await, Ok(Verdict::Continue), "{body}");
    }
    let patch = json!({"bot_count": 1, "options": {"stagger_delay": "1s"}, "account_pool": null});
    assert_eq!(
        world
            .verdict("return lariat.patch { bot_count = 1, options = { stagger_delay = '1s' }, account_pool = lariat.null }")
            .await,
        Ok(Verdict::Patch { patch: patch.as_object().unwrap().clone() })
    );
    assert_eq!(world.verdict("return lariat.deny('no')").await, Ok(Verdict::Deny { reason: "no".into() }));
    assert_eq!(
        world.verdict("return lariat.skip_instance(3, 'broken')").await,
        Ok(Verdict::SkipInstance { instance: InstanceId(3), reason: "broken".into() })
    );
    assert_eq!(
        world.verdict("return lariat.retry('1m30s', 'soon')").await,
        Ok(Verdict::Retry { after: Span::from_secs(90), reason: "soon".into() })
    );
    assert_eq!(
        world.verdict("return lariat.retry(2, 'soon')").await,
        Ok(Verdict::Retry { after: Span::from_secs(2), reason: "soon".into() })
    );
}

#[tokio::test]
async fn anything_else_is_an_error_that_says_what_is_accepted() {
    let world = world();
    let accepted = "it returns nothing to go on, or what lariat.patch, lariat.deny, lariat.skip_instance or lariat.retry made";
    for (body, got) in [
        ("return true", "a boolean"),
        ("return 'deny'", "a string"),
        ("return {}", "a table"),
        ("return { bot_count = 1 }", "a table with names"),
        ("return lariat.fail('x')", "what lariat.fail made"),
    ] {
        let error = world.verdict(body).await.unwrap_err();
        assert_eq!(
            error.message,
            format!("scripts/hooks/t.lua: run(ctx) returned {got}; {accepted}"),
            "{body}"
        );
    }
    for (body, message) in [
        ("return lariat.deny()", "lariat.deny(reason) takes a text that says why; got nil"),
        ("return lariat.patch(5)", "lariat.patch(fields) takes a table of the plan's fields; got number"),
        ("return lariat.patch { 1, 2 }", "returned a patch that is a list"),
        ("return lariat.patch { run = print }", "returned a patch that can't be used: .run is a function"),
        ("return lariat.skip_instance('a', 'x')", "lariat.skip_instance(id, reason) takes an instance's id"),
        ("return lariat.skip_instance(1.5, 'x')", "takes an instance's id"),
        ("return lariat.skip_instance(1e10, 'x')", "skips an instance whose id isn't a number from 0 on"),
        (
            "return lariat.retry('soon', 'x')",
            "lariat.retry(after, reason) takes a duration such as \"30s\"; got soon",
        ),
        ("ctx.plan.bot_count = 5", "attempt to modify a readonly table"),
        ("ctx.bot_count = 5", "attempt to modify a readonly table"),
        ("local v = lariat.deny('x') v.kind = 'explode' return v", "returned"),
    ] {
        let error = world.verdict(body).await.unwrap_err();
        assert!(error.message.contains(message), "{body}: {}", error.message);
    }
    let error = world.verdict("local function deep() error('boom') end\ndeep()").await.unwrap_err();
    assert_eq!(error.message, "scripts/hooks/t.lua:3: boom");
    let traceback = error.traceback.unwrap();
    assert!(traceback.starts_with("scripts/hooks/t.lua:3 in deep\nscripts/hooks/t.lua:4 in "), "{traceback}");
}

#[tokio::test]
async fn the_context_of_a_hook() {
    let world = world();
    let hook = world
        .hook(&hook(
            "assert(ctx.group == 'g' and #ctx.launch_id > 10, 'who')
             assert(ctx.phase == 'launch_bots' and ctx.moment == 'before' and ctx.point == 'before:launch_bots', 'when')
             assert(ctx.plan.bot_count == 2 and ctx.plan.routine == 'OpenPacks' and ctx.plan.instances[2] == 1, 'plan')
             assert(ctx.plan.account_pool == 'Premium' and ctx.plan.options.on_conflict, 'more of the plan')
             assert(ctx.params.from == 22 and ctx.params.none == nil, 'params')
             assert(#ctx.instances == 2 and ctx.instances[1] == 7, 'instances')
             assert(#ctx.completed == 1 and ctx.completed[1] == 'resolve_pool', 'completed')
             assert(ctx.failure.phase == 'validate' and ctx.failure.messages[1] == 'because', 'failure')
             assert(ctx.retries == 1 and ctx.dry_run == true and not ctx:stopping(), 'the rest')
             assert(ctx.account == nil and ctx.progress == nil and ctx.read_file == nil)
             local report, why = ctx:report()
             assert(report == nil and string.find(why, 'no launch yet'), why)
             assert(select(2, ctx:scale(1)) == why)
             assert(ctx.json.encode({ 1 }) == '[1]' and ctx.clock:hour() < 24)
             ctx.store:set('n', 1)
             ctx.log:info('hello')",
        ))
        .unwrap();
    let given = HookCall {
        point: "before:launch_bots".parse().unwrap(),
        params: Arc::new(json!({"from": 22, "none": null}).as_object().unwrap().clone()),
        instances: vec![InstanceId(7), InstanceId(8)],
        failure: Some(LaunchFailure::failed(Phase::Validate, "because")),
        retries: 1,
        dry_run: true,
        ..call()
    };
    assert_eq!(hook.run(given).await, Ok(Verdict::Continue));
    world.verdict("assert(ctx.failure == nil and #ctx.instances == 0)").await.unwrap();
}

#[derive(Default)]
struct Launch {
    bots: AtomicU32,
}

#[async_trait]
impl LaunchControl for Launch {
    fn report(&self) -> LaunchReport {
        LaunchReport {
            launch_id: LaunchId::random(),
            group: GroupName::new("g").unwrap(),
            success: true,
            requested_bots: 5,
            launched_bots: self.bots.load(Ordering::SeqCst),
            skipped_instances: Vec::new(),
            conflicts: Vec::new(),
            accounts: Default::default(),
            failures: Vec::new(),
            refusals: Vec::new(),
            totals: BTreeMap::new(),
            bots: Vec::new(),
            errors: Vec::new(),
            duration_ms: 12,
            failure: None,
            warnings: Vec::new(),
            patched_by: Vec::new(),
            stopped: false,
        }
    }

    async fn scale(&self, bots: u32) -> Result<u32, String> {
        if bots > 10 {
            return Err("there are 10 instances only".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.bots.store(bots, Ordering::SeqCst);
        Ok(bots)
    }
}

#[tokio::test]
async fn a_hook_looks_at_its_launch_and_scales_it() {
    let world = world();
    let hook = world
        .hook(&hook(
            "assert(ctx:report().launched_bots == 0)
             assert(ctx:scale(3) == 3)
             local report = ctx:report()
             assert(report.launched_bots == 3 and report.success and report.failure == nil)
             local n, why = ctx:scale(11)
             assert(n == nil and why == 'there are 10 instances only', why)
             ctx:scale(1.5)",
        ))
        .unwrap();
    let launch = Arc::new(Launch::default());
    let given = HookCall { launch: Some(launch.clone()), ..call() };
    let error = hook.run(given).await.unwrap_err();
    assert!(
        error.message.contains(":9: ctx:scale(bots) takes a number of bots, from 0 on; got 1.5"),
        "{}",
        error.message
    );
    assert_eq!(launch.bots.load(Ordering::SeqCst), 3);
}

#[test]
fn all_files_below_hooks_are_loaded() {
    let world = world();
    world.write("hooks/a.lua", hook(""));
    world.write("hooks/broken.lua", "return 5");
    let loaded: Vec<(String, bool)> = world
        .host
        .load_hooks()
        .into_iter()
        .map(|found| (found.file.display().to_string(), found.result.is_ok()))
        .collect();
    assert_eq!(
        loaded,
        [("scripts/hooks/a.lua".to_owned(), true), ("scripts/hooks/broken.lua".to_owned(), false)]
    );
}
