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
