//! Native plugins in a launch, listed, inspected, and refused.

use serde_json::json;

use crate::bench::Bench;
use crate::c_plugin::build;
use crate::live::Up;

/// A pool type of three accounts, a routine that counts, a hook that trims, instances that are
/// always there: in C, against the shipped header alone.
pub const PLUGIN: &str = r#"
#include "frame.h"
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const char *answer = "null";
  (void)handle;
  if (lariat_is(method, "fetch")) answer = "[{\"id\": \"x1\"}, {\"id\": \"x2\"}, {\"id\": \"x3\"}]";
  else if (lariat_is(method, "claim")) answer = has(payload, "x2") ? "{\"granted\": false, \"reason\": \"taken\"}" : "{\"granted\": true}";
  else if (lariat_is(method, "probe")) answer = "{\"state\": \"ready\"}";
  else if (has(payload, "\"point\"")) answer = "{\"verdict\": \"patch\", \"patch\": {\"bot_count\": 1}}";
  else {
    host->call(host, op, lariat_text("ctx.log"), lariat_text("{\"level\": \"warn\", \"message\": \"hello from C\"}"), NULL, NULL);
    answer = has(payload, "\"packs\":2") ? "{\"outcome\": \"completed\", \"result\": {\"packs_opened\": 2}}" : "{\"outcome\": \"failed\", \"reason\": \"params?\"}";
  }
  host->complete(host, op, LARIAT_OK, lariat_text(answer));
  return LARIAT_OK;
}
THE_PLUGIN("sample", "1.2.3",
  "{\"kind\": \"pool\", \"name\": \"three\", \"methods\": [\"fetch\", \"claim\"]},"
    "{\"kind\": \"routine\", \"name\": \"Count\", \"params\": {\"packs\": {\"type\": \"integer\", \"default\": 2}}},"
    "{\"kind\": \"hook\", \"name\": \"trim\", \"on\": [\"before:validate\"]},"
    "{\"kind\": \"provider\", \"name\": \"boxes\", \"methods\": [\"probe\"]}")
"#;

pub const MANIFEST: &str = r#"
id = "sample"
version = "1.2.3"
abi = "1.0"
library = "sample.so"
extension = [
  {kind = "pool", name = "three", methods = ["fetch", "claim"], description = "Three accounts"},
  {kind = "routine", name = "Count", params = {packs = {type = "integer", default = 2}}},
  {kind = "hook", name = "trim", on = ["before:validate"]},
  {kind = "provider", name = "boxes", methods = ["probe"]},
]
"#;

pub fn with_plugin() -> Bench {
    let bench = Bench::new();
    bench.write("lariat.yaml", "instances: [{provider: boxes, ids: [0, 1, 2]}]\n");
    bench.write("plugins/sample/plugin.toml", MANIFEST);
    build(&bench, PLUGIN, "plugins/sample/sample.so");
    bench.write("pools/P.yaml", "name: P\ntype: three\n");
    bench.group_of("G", "Count", Some("P"), 0, 3, "");
    bench
}

#[test]
fn a_launch_uses_a_plugins_pool_routine_hook_and_instances() {
    let bench = with_plugin();
    let ran = bench.run(&["launch", "G", "--json"]).exits(0);
    let report = ran.json()[0].clone();
    assert_eq!(report["accounts"]["completed"], 2, "x2 is taken: {report}");
    assert_eq!((&report["totals"]["packs_opened"], &report["launched_bots"]), (&json!(4), &json!(1)));
    assert_eq!(report["patched_by"][0]["hook"], "trim");
    ran.says("hello from C");
    assert_eq!(bench.json(&["pool", "test", "P"])["accounts_found"], 3);
}

#[test]
fn plugins_are_listed_and_inspected() {
    let bench = with_plugin();
    let rows = bench.json(&["plugin", "list"]);
    let row = &rows[0];
    assert_eq!(
        (&row["id"], &row["version"], &row["abi"], &row["state"], &row["library"]),
        (
            &json!("sample"),
            &json!("1.2.3"),
            &json!("1.0"),
            &json!("ready"),
            &json!("plugins/sample/sample.so")
        )
    );
    assert_eq!(row["extensions"][0], json!({"kind": "pool", "name": "three"}));
    assert_eq!(row["mapped"]["generations"], 1);
    bench.run(&["plugin", "list"]).exits(0).says("routine Count");
    // By its files alone: the library may be anything.
    let inspected = bench.json(&["plugin", "inspect", "sample"]);
    assert_eq!((&inspected["sha256"], &inspected["manifest"]["id"]), (&row["sha256"], &json!("sample")));
    bench.run(&["plugin", "inspect", "sample"]).exits(0).says("Three accounts");
    bench.run(&["plugin", "inspect", "sample"]).exits(0).says("packs: integer, default 2\n");
    // By its path too, as `check` takes it.
    let by_path = bench.json(&["plugin", "inspect", "plugins/sample/sample.so"]);
    assert_eq!((&by_path["sha256"], &by_path["manifest"]), (&inspected["sha256"], &inspected["manifest"]));
    bench.run(&["plugin", "inspect", "plugins/sampel"]).exits(4).says("plugins/sampel: No such file");
    bench.run(&["plugin", "inspect", "sampel"]).exits(4).says("did you mean \"sample\"?");
    bench.run(&["hook", "list"]).exits(0).says("trim");
    bench.run(&["doctor"]).exits(0).says("1 plugin loaded");
}

#[test]
fn sources_that_are_not_built_yet_are_no_failure() {
    let bench = with_plugin();
    let manifest = "id = \"new\"\nversion = \"1\"\nabi = \"1.0\"\nlibrary = \"new.so\"\n";
    bench.write("plugins/new/plugin.toml", manifest);
    bench.run(&["plugin", "list"]).exits(1).says("there is no such file");
    bench.write("plugins/new/Makefile", "all:\n");
    bench.run(&["plugin", "list"]).exits(0).says("not built").says("`make` there");
    bench.run(&["doctor"]).exits(0).says("1 plugin loaded, 1 plugin not built yet");
    let ran = bench.run(&["launch", "G"]).exits(0);
    assert!(!ran.err.contains("plugins/new"), "{}", ran.err);
}

#[test]
fn one_that_is_refused_is_told_where_it_is_missed_and_the_rest_works() {
    let bench = with_plugin();
    bench.write(
        "plugins/bad/plugin.toml",
        "id = \"bad\"\nversion = \"1\"\nabi = \"1.0\"\nlibrary = \"bad.so\"\n",
    );
    bench.write("plugins/bad/bad.so", "not a library");
    bench.write("pools/Q.yaml", "name: Q\ntype: bad\n");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
    let told = "plugins/bad/bad.so: isn't a dynamic library";
    bench.run(&["plugin", "list"]).exits(1).says(told).says("sample");
    bench.run(&["pool", "test", "Q"]).exits(2).says(told);
    bench.run(&["doctor"]).exits(1).says(told);
    // Pinned in lariat.yaml to another content.
    let pin =
        format!("plugins: {{sample: {{path: plugins/sample/sample.so, sha256: \"{}\"}}}}\n", "0".repeat(64));
    bench.write("lariat.yaml", &pin);
    bench.run(&["plugin", "list"]).exits(1).says("nothing of it was run");
}

/// Puts a library in the place of another at once, as an installer would.
fn replace(bench: &Bench, made: &str) {
    std::fs::rename(bench.path(made), bench.path("plugins/sample/sample.so")).unwrap();
}

#[test]
fn a_library_that_is_replaced_takes_effect_while_the_engine_runs() {
    let bench = with_plugin();
    let mut up = Up::start(&bench, &[]);
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["completed"], &report["totals"]["packs_opened"]), (&json!(2), &json!(4)));

    let one_more = PLUGIN.replace(r#"{\"id\": \"x3\"}"#, r#"{\"id\": \"x3\"}, {\"id\": \"x4\"}"#);
    let second = one_more.replace(r#"\"packs_opened\": 2"#, r#"\"packs_opened\": 5"#);
    assert!(second.contains("x4") && second.contains(r#"\"packs_opened\": 5"#));
    build(&bench, &second, "made/second.so");
    replace(&bench, "made/second.so");
    let told = up.until_type("extension.loaded");
    assert_eq!((&told["extension"], &told["generation"]), (&json!("sample"), &json!(2)));
    up.until_type("pool.refreshed");
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["completed"], &report["totals"]["packs_opened"]), (&json!(1), &json!(5)));

    bench.write("made/third.so", "not a library");
    replace(&bench, "made/third.so");
    let told = up.until_type("extension.failed");
    assert_eq!((&told["extension"], &told["generation"]), (&json!("sample"), &json!(2)));
    assert!(told["error"].as_str().unwrap().contains("isn't a dynamic library"), "{told}");
    assert_eq!(bench.launch_exits("G", 0)["accounts"]["failed"], 0, "what was in force goes on");

    // Its instances are those of the generation in force, too.
    let fourth = second.replace(r#"{\"state\": \"ready\"}"#, r#"{\"state\": \"on fire\"}"#);
    assert!(fourth.contains("on fire"));
    build(&bench, &fourth, "made/fourth.so");
    replace(&bench, "made/fourth.so");
    assert_eq!(up.until_type("extension.loaded")["generation"], 3);
    bench.run(&["reload"]).exits(0);
    let errors = bench.launch_exits("G", 1)["errors"].to_string();
    assert!(errors.contains("on fire"), "{errors}");
}

#[test]
fn a_plugin_that_comes_while_the_engine_runs_is_used() {
    let bench = with_plugin();
    std::fs::rename(bench.path("plugins/sample"), bench.path("sample")).unwrap();
    bench.write("lariat.yaml", "version: 1\n");
    let mut up = Up::start(&bench, &[]);
    bench.run(&["launch", "G"]).exits(2);
    bench.write("plugins/bad/bad.so", "not a library");
    let manifest = "id = \"bad\"\nversion = \"1\"\nabi = \"1.0\"\nlibrary = \"bad.so\"\n";
    bench.write("plugins/bad/plugin.toml", manifest);
    let told = up.until_type("extension.failed");
    assert!(told["error"].as_str().unwrap().contains("isn't a dynamic library"), "{told}");
    std::fs::rename(bench.path("sample"), bench.path("plugins/sample")).unwrap();
    let told = up.until_type("extension.loaded");
    assert_eq!((&told["extension"], &told["generation"]), (&json!("sample"), &json!(1)));
    // What couldn't be loaded is told once.
    bench.group_of("Last", "Count", Some("P"), 0, 1, "");
    up.until(|event| event["type"] == "definition.reloaded" && event["group"] == "Last");
    assert_eq!(up.seen.iter().filter(|event| event["type"] == "extension.failed").count(), 1);
    assert_eq!(bench.launch("Last")["accounts"]["completed"], 2);
    // Its instances, in the place of those that were there.
    bench.write("lariat.yaml", "instances: [{provider: boxes, ids: [40]}]\n");
    up.until(|event| event["type"] == "definition.reloaded" && event["file"] == "lariat.yaml");
    bench.run(&["reload"]).exits(0);
    bench.group_of("Boxed", "Count", None, 40, 1, "");
    up.until(|event| event["type"] == "definition.reloaded" && event["group"] == "Boxed");
    assert_eq!(bench.launch("Boxed")["totals"]["packs_opened"], 2);
    bench.launch_exits("Last", 3);
}

#[test]
fn providers_are_listed_with_their_instances() {
    let bench = with_plugin();
    let rows = bench.json(&["provider", "list"]);
    let told: Vec<_> = rows.as_array().unwrap().iter().map(|row| (&row["name"], &row["instances"])).collect();
    assert_eq!(told, [(&json!("static"), &json!([])), (&json!("boxes"), &json!([0, 1, 2]))]);
    assert_eq!(rows[1]["file"], "plugins/sample/sample.so");
    bench.write("scripts/providers/bad.lua", "return 3\n");
    bench.run(&["provider", "list"]).exits(1).says("boxes").says("providers/bad.lua");
}

#[test]
fn doctor_tells_what_keeps_a_library_from_being_loaded_and_survives_one_that_breaks() {
    let bench = with_plugin();
    let manifest = |name: &str| {
        let text = format!("id = \"{name}\"\nversion = \"1\"\nabi = \"1.0\"\nlibrary = \"{name}.so\"\n");
        bench.write(&format!("plugins/{name}/plugin.toml"), &text);
    };
    manifest("empty");
    build(
        &bench,
        "int nothing_of_lariat(void);\nint nothing_of_lariat(void) { return 1; }\n",
        "plugins/empty/empty.so",
    );
    manifest("breaks");
    let breaks = format!(
        "#include <stdlib.h>\n__attribute__((constructor)) static void early(void) {{ abort(); }}\n{PLUGIN}"
    );
    build(&bench, &breaks, "plugins/breaks/breaks.so");
    let ran = bench.run(&["doctor"]).exits(1);
    ran.says("plugins/empty/empty.so: exports no symbol `lariat_plugin`");
    ran.says("plugins/breaks/breaks.so: its process was ended by signal 6 (SIGABRT)");
    ran.says("1 plugin loaded");
}

/// A routine that waits for a file, and a hook that looks at its launch, asks for three bots instead
/// of one, and then makes the file. What it isn't told breaks the launch.
const GROWS: &str = r#"
#define _DEFAULT_SOURCE
#include "frame.h"
#include <stdio.h>
#include <unistd.h>
static char told[4096];
static void keep(void *user, LariatStatus status, LariatBytes answer) {
  size_t length = answer.len < sizeof told - 1 ? answer.len : sizeof told - 1;
  memcpy(told, answer.ptr, length);
  told[length] = 0;
  *(LariatStatus *)user = status;
}
static LariatStatus host_says(uint64_t op, const char *method, const char *payload) {
  LariatStatus status = LARIAT_FAILED;
  host->call_wait(host, op, lariat_text(method), lariat_text(payload), keep, &status);
  return status;
}
static LariatStatus wrong(uint64_t op, const char *what) {
  char message[5000];
  FILE *gate = fopen("gate", "w");
  if (gate) fclose(gate);
  snprintf(message, sizeof message, "{\"verdict\": \"deny\", \"reason\": \"%s\"}", what);
  return answer(op, message);
}
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  FILE *gate;
  (void)handle; (void)method;
  if (!has(payload, "\"point\"")) {
    while (access("gate", F_OK) != 0) usleep(2000);
    return answer(op, host_says(op, "ctx.report", "{}") == LARIAT_FAILED ? "null" : "{\"outcome\": \"failed\", \"reason\": \"a routine has no launch\"}");
  }
  if (has(payload, "\"dry_run\":true"))
    return host_says(op, "ctx.scale", "{\"bots\": 3}") == LARIAT_FAILED ? answer(op, "null") : wrong(op, "a plan was scaled");
  if (host_says(op, "ctx.report", "{}") != LARIAT_OK || !strstr(told, "\"launched_bots\":1")) return wrong(op, "no report");
  if (host_says(op, "ctx.scale", "{\"bots\": -1}") != LARIAT_INVALID) return wrong(op, "bots below none");
  if (host_says(op, "ctx.scale", "{\"bots\": 9}") == LARIAT_INVALID) return wrong(op, "a number is one");
  if (host_says(op, "ctx.scale", "{\"bots\": 3}") != LARIAT_OK || strcmp(told, "3") != 0) return wrong(op, "not scaled");
  gate = fopen("gate", "w");
  if (gate) fclose(gate);
  return answer(op, "null");
}
THE_PLUGIN("grows", "1.0.0",
  "{\"kind\": \"routine\", \"name\": \"Gate\"},"
    "{\"kind\": \"hook\", \"name\": \"grow\", \"on\": [\"after:launch_bots\"]}")
"#;

#[test]
fn a_plugins_hook_looks_at_its_launch_and_changes_how_many_bots_it_has() {
    let bench = Bench::new();
    build(&bench, GROWS, "plugins/grows/grows.so");
    let ids: String = (0..6).map(|n| format!("a{n:05},{}\n", 9 - n)).collect();
    bench.write("accounts/all.csv", &format!("id,pack_count\n{ids}"));
    bench.pool("P", "");
    bench.write(
        "groups/G.yaml",
        "name: G\nroutine: Gate\ninstances: [0, 1, 2]\nbot_count: 1\naccount_pool: P\n",
    );
    for isolation in ["none", "process"] {
        let _ = std::fs::remove_file(bench.path("gate"));
        let _ = std::fs::remove_dir_all(bench.path(".lariat"));
        bench.write(
            "lariat.yaml",
            &format!(
                "accounts: {{import: [accounts/]}}\nplugins: {{grows: {{path: plugins/grows/grows.so, isolation: {isolation}}}}}\n"
            ),
        );
        bench.run(&["launch", "G", "--plan"]).exits(0);
        let report = bench.launch_exits("G", 0);
        assert_eq!(
            (&report["accounts"]["completed"], &report["launched_bots"]),
            (&json!(6), &json!(3)),
            "{report}"
        );
    }
}
