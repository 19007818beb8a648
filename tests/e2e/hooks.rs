//! Hooks: how they are listed, and how a launch that one denied ends.

use serde_json::{Value, json};

use crate::bench::{Bench, of_type};
use crate::c_plugin::build;

fn with_hooks(hooks: &str) -> Bench {
    let bench = Bench::with_accounts(5, "", "return {}");
    bench.write("lariat.yaml", &format!("accounts: {{import: [accounts/]}}\nhooks:\n{hooks}"));
    bench.group("G", 0, 2, "");
    bench
}

/// The row of a hook at its first point.
fn row(rows: &Value, hook: &str) -> Value {
    rows.as_array().unwrap().iter().find(|row| row["hook"] == hook).unwrap().clone()
}

#[test]
fn a_launch_that_a_hook_denied_exits_3_and_says_which_where_and_why() {
    let bench = with_hooks("  min_available: {enabled: true, config: {accounts: 10}}\n");
    let told = "hook \"min_available\" (built-in) denied after:resolve_pool: pool \"P\" has 5 accounts to serve; at least 10 are wanted";
    let report = bench.launch_exits("G", 3);
    assert_eq!((&report["errors"], &report["launched_bots"]), (&json!([told]), &json!(0)));
    assert_eq!(report["failure"]["denied_by"]["hook"], "min_available");
    bench.run(&["launch", "G"]).exits(3).says(told);
    let events = bench.run(&["launch", "G", "--events"]).exits(3).lines();
    let answer = of_type(&events, "hook.answered")[0].clone();
    assert_eq!(
        (&answer["hook"], &answer["phase"], &answer["outcome"], &answer["generation"]),
        (&json!("min_available"), &json!("resolve_pool"), &json!("deny"), &json!(1))
    );
    // The group knows better.
    bench.write(
        "groups/H.yaml",
        "name: H\nroutine: R\ninstances: [7]\naccount_pool: P\nhooks: {min_available: {config: {accounts: 5}}}\n",
    );
    assert_eq!(bench.launch("H")["accounts"]["completed"], 5);
}

#[test]
fn hooks_are_listed_with_their_order_and_where_settings_come_from() {
    let bench = with_hooks("  pool_limit: {enabled: true, order: 7, config: {max: 3}}\n");
    bench.write(
        "groups/H.yaml",
        "name: H\nroutine: R\ninstances: [7]\nhooks: {pool_limit: {on_error: warn}, quiet_hours: {enabled: true, config: {from: \"22:00\", to: \"06:00\"}}}\n",
    );
    let rows = bench.json(&["hook", "list"]);
    let limit = row(&rows, "pool_limit");
    assert_eq!(
        (&limit["point"], &limit["position"], &limit["origin"]),
        (&json!("before:validate"), &json!(1), &json!("built-in"))
    );
    assert_eq!(limit["order"], json!({"value": 7, "from": "lariat.yaml"}));
    assert_eq!(limit["band"], json!({"value": "late", "from": "hook"}));
    assert_eq!(limit["config"]["max"], json!({"value": 3, "from": "lariat.yaml"}));
    assert_eq!(row(&rows, "quiet_hours")["position"], Value::Null);
    let rows = bench.json(&["hook", "list", "--group", "H"]);
    assert_eq!(row(&rows, "quiet_hours")["position"], 1, "before what is late");
    assert_eq!(row(&rows, "pool_limit")["position"], 2);
    assert_eq!(row(&rows, "pool_limit")["on_error"], json!({"value": "warn", "from": "group"}));
    bench.run(&["hook", "list"]).exits(0).says("7 (lariat.yaml)").says("off");
    bench.run(&["hook", "list", "--group", "I"]).exits(4);
}

#[test]
fn a_hook_that_is_not_there_is_not_missing_in_silence() {
    let bench = with_hooks("  pool_limt: {order: 1}\n");
    let told = "unknown hook \"pool_limt\"; did you mean \"pool_limit\"?";
    bench.run(&["hook", "list"]).exits(2).says(told);
    bench.run(&["launch", "G"]).exits(3).says(told);
}

/// A hook of a plugin with a parameter that it can't be without, which denies every launch.
const NEEDY: &str = r#"
#include "frame.h"
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  (void)handle; (void)method; (void)payload;
  host->complete(host, op, LARIAT_OK, lariat_text("{\"verdict\": \"deny\", \"reason\": \"told it\"}"));
  return LARIAT_OK;
}
THE_PLUGIN("teller", "1.0.0",
  "{\"kind\": \"hook\", \"name\": \"teller\", \"on\": [\"before:validate\"],"
    "\"params\": {\"url\": {\"type\": \"string\", \"required\": true}}}")
"#;

#[test]
fn a_hook_that_needs_a_parameter_is_off_until_somebody_gives_it() {
    let bench = Bench::with_accounts(2, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.write(
        "scripts/hooks/asker.lua",
        "local H = lariat.hook { name = \"asker\", on = { \"before:validate\" }, params = { url = { type = \"string\", required = true } } }\nfunction H.run() return lariat.deny(\"asked it\") end\nreturn H\n",
    );
    build(&bench, NEEDY, "plugins/teller.so");
    let workspace = |hooks: &str| {
        let plugins = "plugins: {teller: {path: plugins/teller.so}}";
        bench.write(
            "lariat.yaml",
            &format!("accounts: {{import: [accounts/]}}\n{plugins}\nhooks: {{{hooks}}}\n"),
        );
    };
    workspace("");
    let rows = bench.json(&["hook", "list"]);
    for hook in ["asker", "teller"] {
        let row = row(&rows, hook);
        assert_eq!((&row["position"], &row["needs"]), (&Value::Null, &json!(["url"])), "{row}");
    }
    bench.run(&["hook", "list"]).exits(0).says("off, needs url");
    bench.run(&["doctor"]).exits(0);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2, "nobody asked for either");
    for (hook, reason) in [("asker", "asked it"), ("teller", "told it")] {
        workspace(&format!("{hook}: {{config: {{url: there}}}}"));
        bench.run(&["launch", "G"]).exits(3).says(reason);
        workspace(&format!("{hook}: {{enabled: true}}"));
        bench.run(&["launch", "G"]).exits(3).says(&format!("hooks.{hook}.config.url: is missing"));
    }
}

#[test]
fn a_misspelled_name_is_told_also_where_a_hook_is_off_or_only_a_neighbour() {
    let bench = with_hooks("  gaurd: {enabled: false}\n");
    let hook = |name: &str, more: &str| {
        bench.write(
            &format!("scripts/hooks/{name}.lua"),
            &format!("local H = lariat.hook {{ name = \"{name}\", on = {{ \"before:validate\" }}{more} }}\nfunction H.run() end\nreturn H\n"),
        );
    };
    hook("guard", "");
    hook("second", ", after = { \"gaurd\" }");
    let told = "unknown hook \"gaurd\"; did you mean \"guard\"?";
    for place in ["lariat.yaml: hooks.gaurd: ", "hook \"second\" (scripts/hooks/second.lua): after: "] {
        let told = format!("{place}{told}");
        bench.run(&["hook", "list"]).exits(0).says(&told);
        bench.run(&["doctor"]).exits(0).says(&told);
        bench.run(&["launch", "G", "--plan"]).exits(0).says(&told);
        let report = bench.launch("G");
        assert!(report["warnings"].to_string().contains(&told.replace('"', "\\\"")), "{report}");
        bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
    }
    hook("second", ", after = { \"guard\" }");
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nhooks: {guard: {enabled: false}}\n");
    assert_eq!(bench.launch("G")["warnings"], json!([]));
}

#[test]
fn a_plan_shows_what_hooks_answer() {
    let bench = with_hooks(
        "  pool_limit: {enabled: true, config: {max: 1, mode: shrink}}\n  refresh_policy: {enabled: true, config: {if_older_than: 5m}}\n  min_available: {enabled: true, config: {accounts: 10}}\n",
    );
    let plan = bench.json(&["launch", "G", "--plan"])[0].clone();
    assert_eq!((&plan["bot_count"], &plan["valid"]), (&json!(1), &json!(true)));
    assert_eq!(plan["options"]["refresh_pool"], "if_older_than(5m)");
    let told: Vec<String> = plan["hooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| format!("{} {} {}", h["point"].as_str().unwrap(), h["hook"].as_str().unwrap(), h["answer"]))
        .collect();
    assert_eq!(
        told,
        [
            "before:resolve_pool refresh_policy \"patch\"",
            "after:resolve_pool min_available null",
            "before:validate pool_limit \"patch\"",
        ]
    );
    let ran = bench.run(&["launch", "G", "--plan"]).exits(0);
    ran.says("pool_limit (built-in): patch, bot_count = 1")
        .says("after:resolve_pool       min_available (built-in)\n");
    assert_eq!(bench.pool_counts()["available"], 5);
}

#[test]
fn what_a_hook_denies_now_is_no_fault_of_the_workspace() {
    let hours = "  quiet_hours: {enabled: true, config: {from: \"00:00\", to: \"24:00\"}}\n";
    let bench = with_hooks(hours);
    bench.run(&["launch", "G", "--plan"]).exits(3).says("quiet hours are from 00:00 to 24:00");
    let found = bench.run(&["doctor", "--json"]).exits(0).json();
    let group = found.as_array().unwrap().iter().find(|finding| finding["about"] == "group \"G\"").unwrap();
    assert_eq!(group["level"], "warning");
    let bench = with_hooks("  quiet_hours: {enabled: true}\n");
    bench.run(&["doctor"]).exits(1).says("hooks.quiet_hours.config.from: is missing");
}
