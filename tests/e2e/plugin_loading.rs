//! Which commands run the code of plugins: those that need it.

use serde_json::json;

use crate::bench::Bench;
use crate::c_plugin::build;
use crate::plugins::{PLUGIN, with_plugin};

/// Has a plugin leave a file as soon as it is loaded.
fn leaves_a_trace(bench: &Bench) -> impl Fn() -> bool {
    let trace = bench.path("trace");
    let traced = format!(
        "#include <stdio.h>\n{PLUGIN}\n\
         __attribute__((constructor)) static void loaded(void) {{ FILE *file = fopen(\"{}\", \"w\"); if (file) fclose(file); }}\n",
        trace.display()
    );
    build(bench, &traced, "plugins/sample/sample.so");
    // Whether it was loaded since this was asked.
    move || std::fs::remove_file(&trace).is_ok()
}

#[test]
fn what_needs_no_plugin_runs_none() {
    let bench = with_plugin();
    let loaded = leaves_a_trace(&bench);
    bench.write(
        "scripts/pools/two.lua",
        "local P = lariat.pool { name = \"two\" }\nfunction P.fetch() return { { id = \"x1\" }, { id = \"x2\" } } end\nreturn P\n",
    );
    bench.write("pools/P.yaml", "name: P\ntype: two\n");
    bench.run(&["launch", "G"]).exits(0);
    assert!(loaded(), "a launch uses its routine");
    for command in [
        &["pool", "list"][..],
        &["pool", "show", "P"],
        &["pool", "stats", "P"],
        &["pool", "test", "P"],
        &["account", "list"],
        &["group", "list"],
        &["group", "show", "G"],
        &["backup"],
        &["new", "routine", "Other"],
    ] {
        bench.run(command).exits(0);
        assert!(!loaded(), "{command:?}");
    }
    assert_eq!(bench.json(&["pool", "list"])[0]["total"], 2);
    bench.run(&["plugin", "list"]).exits(0);
    assert!(loaded());
}

#[test]
fn a_pool_of_a_plugin_has_it_loaded_when_it_is_opened() {
    let bench = with_plugin();
    let loaded = leaves_a_trace(&bench);
    bench.write("pools/Q.yaml", "name: Q\ntype: three\n");
    // Another one that can't be loaded doesn't matter to it.
    bench.write("plugins/a/plugin.toml", "id = \"a\"\nversion = \"1\"\nabi = \"1.0\"\nlibrary = \"a.so\"\n");
    bench.write("pools/R.yaml", "name: R\ntype: three\nconfig: {nonsense: 1}\n");
    bench.run(&["pool", "show", "P"]).exits(0);
    bench.run(&["group", "list"]).exits(0);
    assert!(!loaded(), "its definition is checked by what plugin.toml declares");
    let rows = bench.json(&["pool", "list"]);
    let told = |name: &str| rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!((&told("P")["total"], &told("Q")["total"]), (&json!(3), &json!(3)), "{rows}");
    assert!(told("R")["error"].as_str().unwrap().contains("nonsense"), "{rows}");
    assert!(loaded());
    assert_eq!(bench.json(&["pool", "test", "P"])["accounts_found"], 3);
}

#[test]
fn what_was_quarantined_or_has_no_manifest_is_told_as_before() {
    let bench = with_plugin();
    bench.run(&["plugin", "quarantine", "sample", "--reason", "it lies"]).exits(0);
    let told = bench.run(&["pool", "list", "--json"]).json();
    assert!(told[0]["error"].as_str().unwrap().contains("three"), "{told}");
    bench.run(&["plugin", "lift", "sample"]).exits(0);
    // Without a plugin.toml nothing is known of it before it is loaded.
    std::fs::remove_file(bench.path("plugins/sample/plugin.toml")).unwrap();
    bench.write("lariat.yaml", "plugins: {sample: {path: plugins/sample/sample.so}}\n");
    assert_eq!(bench.json(&["pool", "list"])[0]["total"], 3);
}

/// A plugin that says what it offers, and whose library is made of this.
fn another(bench: &Bench, id: &str, extensions: &str, source: &str) {
    bench.write(
        &format!("plugins/{id}/plugin.toml"),
        &format!("id = \"{id}\"\nversion = \"1.0.0\"\nabi = \"1.0\"\nlibrary = \"{id}.so\"\nextension = [{extensions}]\n"),
    );
    build(bench, source, &format!("plugins/{id}/{id}.so"));
}

const ABORTS: &str =
    "#include <stdlib.h>\n__attribute__((constructor)) static void loaded(void) { abort(); }\n";
const IS_NONE: &str = "int nothing_that_is_wanted;\n";

#[test]
fn what_is_listed_and_tried_alone_runs_no_plugin() {
    let bench = with_plugin();
    let loaded = leaves_a_trace(&bench);
    bench.write(
        "scripts/routines/Alone.lua",
        "local R = lariat.routine { name = \"Alone\" }\nfunction R.run(ctx) end\nreturn R\n",
    );
    bench.write(
        "scripts/routines/Alone_test.lua",
        "local T = lariat.tests()\nfunction T.nothing() end\nreturn T\n",
    );
    for command in [
        &["hook", "list"][..],
        &["hook", "list", "--group", "G"],
        &["hook", "check"],
        &["provider", "list"],
        &["routine", "list"],
        &["routine", "check"],
        &["run", "Alone"],
        &["test"],
    ] {
        bench.run(command).exits(0);
        assert!(!loaded(), "{command:?}");
    }
    let named = |rows: &serde_json::Value, name: &str| {
        rows.as_array().unwrap().iter().find(|row| row["name"] == name || row["hook"] == name).cloned()
    };
    let hooks = bench.json(&["hook", "list"]);
    assert!(named(&hooks, "trim").is_some_and(|row| row["point"] == "before:validate"), "{hooks}");
    let routines = bench.json(&["routine", "list"]);
    let native = named(&routines, "Count").unwrap_or_default();
    assert_eq!(
        (&native["file"], &native["state"]),
        (&json!("plugins/sample/sample.so"), &json!("ready")),
        "{routines}"
    );
    assert!(named(&routines, "Alone").is_some(), "{routines}");
    let providers = bench.json(&["provider", "list"]);
    let boxes = named(&providers, "boxes").unwrap_or_default();
    assert_eq!((&boxes["instances"], &boxes["state"]), (&json!([0, 1, 2]), &json!("ready")), "{providers}");
}

#[test]
fn a_launch_loads_what_it_uses_and_a_plugin_that_breaks_is_nothing_to_others() {
    let bench = with_plugin();
    another(
        &bench,
        "wild",
        "{kind = \"routine\", name = \"Wild\"}, {kind = \"pool\", name = \"wild\"}, {kind = \"provider\", name = \"wilds\"}",
        ABORTS,
    );
    another(&bench, "torn", "{kind = \"routine\", name = \"Torn\"}", IS_NONE);
    bench.group_of("T", "Torn", Some("P"), 0, 3, "");
    let ran = bench.run(&["launch", "G"]).exits(0);
    assert!(!ran.err.contains("torn"), "{}", ran.err);
    // Who uses it is told, before anything begins.
    let refused = bench.run(&["launch", "T"]);
    assert!(refused.code != 0, "{}", refused.err);
    assert!(refused.err.contains("torn") && refused.err.contains("lariat_plugin"), "{}", refused.err);
    bench.run(&["launch", "G", "--plan"]).exits(0);
    // A hook is part of every launch, and so is its plugin.
    another(&bench, "torn", "{kind = \"hook\", name = \"tears\", on = [\"before:validate\"]}", IS_NONE);
    let ran = bench.run(&["launch", "G"]);
    assert!(ran.err.contains("torn"), "{}", ran.err);
}

#[test]
fn instances_of_nobody_are_told_by_what_needs_them() {
    let bench = with_plugin();
    bench.write("lariat.yaml", "instances: [{provider: nowhere, ids: [0, 1, 2]}]\n");
    bench.run(&["pool", "list"]).exits(0);
    let refused = bench.run(&["launch", "G"]).exits(2);
    assert!(refused.err.contains("nowhere") && refused.err.contains("boxes"), "{}", refused.err);
    let found = bench.run(&["doctor"]);
    assert!(found.code != 0 && found.out.contains("nowhere"), "{}", found.out);
    // One whose library can't be loaded is known, and why it can't.
    another(&bench, "torn", "{kind = \"provider\", name = \"tears\"}", IS_NONE);
    bench.write("lariat.yaml", "instances: [{provider: tears, ids: [0, 1, 2]}]\n");
    bench.run(&["pool", "list"]).exits(0);
    let refused = bench.run(&["launch", "G"]).exits(2);
    assert!(refused.err.contains("lariat_plugin"), "{}", refused.err);
}
