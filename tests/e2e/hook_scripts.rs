//! Hooks in Lua: what they answer becomes of a launch.

use serde_json::json;

use crate::bench::{Bench, of_type};

/// A workspace of three instances with a hook called "h".
fn with_hook(on: &str, body: &str) -> Bench {
    let bench = Bench::with_accounts(6, "", "return {}");
    bench.group("G", 0, 3, "");
    hook(&bench, "h", on, body);
    bench
}

fn hook(bench: &Bench, name: &str, on: &str, body: &str) {
    let lua = format!(
        "local H = lariat.hook {{ name = \"{name}\", on = {{ \"{on}\" }} }}\nfunction H.run(ctx)\n{body}\nend\nreturn H\n"
    );
    bench.write(&format!("scripts/hooks/{name}.lua"), &lua);
}

#[test]
fn deny_patch_and_skip_reach_the_launch() {
    let bench = with_hook(
        "before:validate",
        "if ctx.plan.bot_count > 2 then return lariat.deny(\"too many bots\") end",
    );
    let report = bench.launch_exits("G", 3);
    let told = report["errors"][0].as_str().unwrap();
    assert!(told.contains("too many bots") && told.contains("scripts/hooks/h.lua"), "{told}");
    assert_eq!(bench.pool_counts()["available"], 6);

    hook(&bench, "h", "before:validate", "return lariat.patch { bot_count = 1 }");
    let report = bench.launch("G");
    assert_eq!((&report["launched_bots"], &report["accounts"]["completed"]), (&json!(1), &json!(6)));

    hook(
        &bench,
        "h",
        "after:acquire_instances",
        "if #ctx.instances == 3 then return lariat.skip_instance(ctx.instances[1], \"it smells\") end",
    );
    bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
    let report = bench.launch("G");
    assert_eq!((&report["launched_bots"], &report["skipped_instances"]), (&json!(2), &json!([0])));
}

#[test]
fn a_hook_remembers_and_tells_of_itself() {
    let bench = with_hook(
        "after:stop",
        "local n = (ctx.store:get(\"launches\") or 0) + 1
         ctx.store:set(\"launches\", n)
         ctx.log:info(\"the launch is over\", { n = n, completed = ctx:report().accounts.completed })",
    );
    bench.launch("G");
    bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
    let ran = bench.run(&["launch", "G", "--json", "--log-format", "json"]).exits(0);
    let logged = ran.err.lines().find(|line| line.contains("the launch is over")).unwrap();
    let logged: serde_json::Value = serde_json::from_str(logged).unwrap();
    assert_eq!(
        (&logged["hook"], &logged["group"], &logged["target"]),
        (&json!("h"), &json!("G"), &json!("lariat::hook"))
    );
    assert_eq!(logged["fields"], json!({"completed": 6, "n": 2}));
}

#[test]
fn a_hook_that_breaks_or_hangs_ends_as_its_policy_says() {
    let bench = with_hook("before:validate", "local x = nil\nreturn x.y");
    let report = bench.launch_exits("G", 3);
    assert!(report["errors"][0].as_str().unwrap().contains("scripts/hooks/h.lua:4"), "{report}");
    for body in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "ctx:sleep(\"1h\")",
    ] {
        hook(&bench, "h", "before:validate", body);
        bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nhooks: {h: {timeout: 200ms}}\n");
        let report = bench.launch_exits("G", 3);
        assert!(
            report["errors"][0].as_str().unwrap().contains("took longer than its timeout of 200ms"),
            "{report}"
        );
        bench.write(
            "lariat.yaml",
            "accounts: {import: [accounts/]}\nhooks: {h: {timeout: 200ms, on_error: ignore}}\n",
        );
        assert_eq!(bench.launch("G")["launched_bots"], 3, "{body}");
    }
}

#[test]
fn a_plan_asks_hooks_and_changes_nothing() {
    let bench = with_hook(
        "before:validate",
        "assert(ctx.dry_run) ctx.log:info(\"asked\") return lariat.patch { bot_count = 2 }",
    );
    let plan = bench.json(&["launch", "G", "--plan"])[0].clone();
    assert_eq!((&plan["valid"], &plan["bot_count"]), (&json!(true), &json!(2)), "{plan}");
    assert_eq!(bench.pool_counts()["available"], 6);
}

#[test]
fn what_a_hook_keeps_in_a_rehearsal_is_thrown_away() {
    let bench = with_hook(
        "before:validate",
        "local n = (ctx.store:get(\"n\") or 0) + 1
         assert(ctx.store:set(\"n\", n))
         ctx.log:info(\"asked\", { n = ctx.store:get(\"n\") })",
    );
    let asked = |args: &[&str]| {
        let ran = bench.run(args).exits(0);
        let lines = ran.err.lines().filter(|line| line.contains("asked"));
        lines.map(|line| line.split("\"n\":").nth(1).unwrap()[..1].to_owned()).collect::<Vec<_>>()
    };
    bench.group("H", 3, 1, "");
    for _ in 0..2 {
        assert_eq!(asked(&["launch", "G", "--plan"]), ["1"]);
        assert_eq!(asked(&["doctor"]), ["1", "1"]);
    }
    assert_eq!(asked(&["launch", "G"]), ["1"]);
    assert_eq!(asked(&["launch", "G", "--plan"]), ["2"]);
}

#[test]
fn a_launch_without_instances_says_which_hook_skipped_them() {
    let bench = with_hook(
        "after:acquire_instances",
        "if #ctx.instances > 0 then return lariat.skip_instance(ctx.instances[1], \"it smells\") end",
    );
    bench.group("One", 7, 1, "");
    let report = bench.launch_exits("One", 3);
    let told = "every instance is skipped: 7 by hook \"h\" (scripts/hooks/h.lua): it smells";
    assert_eq!(report["errors"], json!([told]));
}

#[test]
fn hooks_are_listed_with_their_file_and_broken_ones_are_told() {
    let bench = with_hook("before:validate", "");
    hook(&bench, "zz_again", "before:validate", "");
    let again =
        std::fs::read_to_string(bench.path("scripts/hooks/zz_again.lua")).unwrap().replace("zz_again", "h");
    bench.write("scripts/hooks/zz_again.lua", &again);
    bench.write("scripts/hooks/broken.lua", "local H = lariat.hook {\n  name = \"b\",\n  on = { \"before:validat\" },\n}\nfunction H.run() end\nreturn H\n");
    let ran = bench.run(&["hook", "list", "--json"]).exits(0);
    let rows = ran.json();
    let row = rows.as_array().unwrap().iter().find(|row| row["hook"] == "h").unwrap().clone();
    assert_eq!((&row["origin"], &row["point"]), (&json!("scripts/hooks/h.lua"), &json!("before:validate")));
    assert!(ran.err.contains("scripts/hooks/broken.lua:3: on: unknown point"), "{}", ran.err);
    assert!(ran.err.contains("hook \"h\" is in scripts/hooks/h.lua already"), "{}", ran.err);
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    assert_eq!(of_type(&events, "extension.failed").len(), 2);
}
