//! Instance providers in Lua: instances that a launch starts, waits for and skips.

use serde_json::json;

use crate::bench::Bench;

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
