//! Instance providers in Lua: instances that a launch starts, waits for and skips.

use std::fs;

use serde_json::json;

use crate::bench::Bench;
use crate::live::{Up, named};

/// Instances that are ready at the second look after their start; number 2 never starts.
const LATE: &str = r#"
local I = lariat.provider { name = "late", params = { looks = { type = "integer", default = 2 } } }

function I.probe(ctx, id)
  local left = ctx.store:get("left " .. id)
  if left == nil then return "down" end
  ctx.store:set("left " .. id, left - 1)
  return if left <= 1 then "ready" else "starting"
end

function I.start(ctx, id)
  if id == 2 then return nil, "no such machine" end
  ctx.store:set("left " .. id, ctx.params.looks)
end

return I
"#;

#[test]
fn a_launch_starts_instances_and_does_without_those_that_do_not_come() {
    let bench = Bench::with_accounts(4, "", "return {}");
    bench.write("scripts/providers/late.lua", LATE);
    let settings = "accounts: {import: [accounts/]}\ninstances:\n- {provider: static, ids: [0]}\n- {provider: late, ids: \"1-2\", config: {looks: 3}}\n";
    bench.write("lariat.yaml", settings);
    bench.group("G", 0, 3, "");
    let report = bench.launch_exits("G", 1);
    assert_eq!(
        (&report["launched_bots"], &report["skipped_instances"]),
        (&json!(2), &json!([2])),
        "{report}"
    );
    assert_eq!(report["accounts"]["completed"], 4);
    let told = report["errors"][0].as_str().unwrap();
    assert_eq!(told, "instance 2: scripts/providers/late.lua: start(ctx, id) failed: no such machine");
    assert!(report["errors"][0].as_str().unwrap().contains("no such machine"), "{report}");
}

#[test]
fn an_instance_that_is_still_down_after_its_start_is_not_started_again() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write(
        "scripts/providers/slow.lua",
        r#"local I = lariat.provider { name = "slow" }
local SEEN = { "down", "down", "starting", "down", "starting", "ready" }
function I.probe(ctx, id)
  local nth = (ctx.store:get("probes") or 0) + 1
  ctx.store:set("probes", nth)
  return SEEN[nth] or "ready"
end
function I.start(ctx, id) ctx.log:info("started") end
return I
"#,
    );
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\ninstances: [{provider: slow, ids: [0]}]\n");
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G"]).exits(0);
    // Once, and once more since it went down after it had been starting.
    assert_eq!(ran.err.matches("started").count(), 2, "{}", ran.err);
}

#[test]
fn what_is_wrong_with_a_provider_is_told() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write("scripts/providers/late.lua", LATE);
    bench.write("scripts/providers/bad.lua", "local I = lariat.provider { name = \"bad\" }\nreturn I\n");
    bench.group("G", 0, 1, "");
    for (entry, told) in [
        (
            "{provider: lates, ids: [0]}",
            "lariat.yaml: instances[0].provider: unknown provider \"lates\"; did you mean \"late\"?",
        ),
        ("{provider: bad, ids: [0]}", "scripts/providers/bad.lua:1: probe is missing"),
        (
            "{provider: late, ids: [0], config: {look: 1}}",
            "lariat.yaml: instances[0].config.look: unknown parameter \"look\"",
        ),
        (
            "{provider: static, ids: [0], config: {x: 1}}",
            "lariat.yaml: instances[0].config: is for providers that are scripts",
        ),
    ] {
        bench.write("lariat.yaml", &format!("instances: [{entry}]\n"));
        bench.run(&["launch", "G"]).exits(2).says(told);
    }
}

/// A provider whose instances are up once they were started; it says who it is.
fn switch(version: u32) -> String {
    format!(
        r#"local I = lariat.provider {{ name = "switch" }}
function I.probe(ctx, id) return if ctx.store:get("up " .. id) then "ready" else "down" end
function I.start(ctx, id) ctx.store:set("up " .. id, true) ctx.log:info("start by version {version}") end
function I.stop(ctx, id) ctx.store:set("up " .. id, nil) ctx.log:info("stop by version {version}") end
return I
"#
    )
}

#[test]
fn a_provider_that_was_edited_starts_the_instances_of_the_next_launch() {
    const SCRIPT: &str = "scripts/providers/switch.lua";
    let bench = Bench::with_accounts(1, "", "while not ctx:stopping() do ctx:sleep('5ms') end return {}");
    let settings = |ids: &str| {
        format!("accounts: {{import: [accounts/]}}\ninstances: [{{provider: switch, ids: {ids}}}]\n")
    };
    bench.write(SCRIPT, &switch(1));
    bench.write("lariat.yaml", &settings("[0]"));
    bench.group("G", 0, 1, "");
    bench.routine("Once", "return {}");
    bench.group_of("New", "Once", None, 7, 1, "");
    let mut up = Up::start(&bench, &[]);
    let under_way = bench.spawn(&["launch", "G", "--json"]);
    up.until(|event| event["type"] == "bot.started");

    // Another one, and an instance that wasn't there.
    bench.write(SCRIPT, &switch(2));
    let loaded = |event: &serde_json::Value, at: u64| {
        event["type"] == "extension.loaded" && event["extension"] == "switch" && event["generation"] == at
    };
    up.until(|event| loaded(event, 2));
    bench.run(&["launch", "New"]).exits(3);
    bench.write("lariat.yaml", &settings("[0, 7]"));
    up.until(|event| event["type"] == "definition.reloaded" && event["file"] == "lariat.yaml");
    bench.run(&["reload"]).exits(0);
    bench.launch("New");

    // Mistakes leave it in force, and are told.
    bench.write(SCRIPT, "local I = {");
    assert_eq!(up.until_type("extension.failed")["generation"], 2);
    bench.launch("New");
    bench.run(&["doctor"]).exits(1).says("switch.lua:1");
    bench.write("lariat.yaml", &settings("[0, 7]").replace("switch,", "swich,"));
    let told = up.until_type("definition.stale");
    let wrong = "instances[0].provider: unknown provider \"swich\"; did you mean \"switch\"?";
    assert!(told["error"].as_str().unwrap().contains(wrong), "{told}");
    bench.launch("New");
    let status = bench.json(&["status"]);
    assert_eq!(named(&status, "extensions", "switch")["state"], "stale", "{status}");
    let stale = named(&status, "extensions", "lariat.yaml");
    assert_eq!((&stale["kind"], &stale["state"]), (&json!("instances"), &json!("stale")));
    assert_eq!(status["needs_restart"], json!([]));

    // Both mended: nothing is stale, and the launch under way stops what it started.
    bench.write("lariat.yaml", &settings("[0, 7]"));
    bench.write(SCRIPT, &switch(3));
    up.until(|event| loaded(event, 3));
    bench.run(&["reload"]).exits(0);
    let status = bench.json(&["status"]);
    assert!(status["extensions"].as_array().unwrap().iter().all(|row| row["error"].is_null()), "{status}");
    bench.run(&["stop", "G"]).exits(0);
    // 130: it was stopped.
    assert_eq!(under_way.wait_with_output().unwrap().status.code(), Some(130));
    bench.launch("New");
    bench.run(&["stop", "--engine"]).exits(0);
    assert_eq!(up.ends().0, 0);
    let log = fs::read_to_string(bench.path("up.log")).unwrap();
    let count = |told: &str| log.matches(told).count();
    let told = [1, 2, 3].map(|version| {
        (count(&format!("start by version {version}")), count(&format!("stop by version {version}")))
    });
    assert_eq!(told, [(1, 1), (3, 3), (1, 1)], "{log}");
}
