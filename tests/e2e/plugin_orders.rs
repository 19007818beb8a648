//! `lariat plugin reload`, `quarantine`, `lift`, and the list as the running engine has it.

use serde_json::json;

use crate::c_plugin;
use crate::live::Up;
use crate::plugins::{PLUGIN, with_plugin};

#[test]
fn without_an_engine_a_quarantine_holds_until_it_is_lifted() {
    let bench = with_plugin();
    bench.run(&["plugin", "reload", "sample"]).exits(5).says("no engine runs");
    bench.run(&["plugin", "quarantine", "sampel"]).exits(4).says("did you mean \"sample\"?");
    bench.run(&["plugin", "quarantine", "sample", "--reason", "it lies"]).exits(0).says("plugin lift sample");
    let rows = bench.run(&["plugin", "list", "--json"]).exits(1).json();
    assert_eq!((&rows[0]["id"], &rows[0]["state"]), (&json!("sample"), &json!("quarantined")));
    bench
        .run(&["launch", "G"])
        .exits(2)
        .says("is quarantined: it lies; correct it, then `lariat plugin lift sample`");
    bench.run(&["plugin", "lift", "sample"]).exits(0);
    bench.run(&["plugin", "lift", "sample"]).exits(4);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
}

#[test]
fn a_running_engine_reloads_quarantines_and_lifts() {
    let bench = with_plugin();
    // In a process of its own, and quarantined by its hand.
    bench.write(
        "lariat.yaml",
        "instances: [{provider: static, ids: [0, 1, 2]}]\nplugins: {sample: {path: plugins/sample/sample.so, isolation: process}}\n",
    );
    let mut up = Up::start(&bench, &["--no-watch"]);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
    let row = bench.json(&["plugin", "list"])[0].clone();
    let count = row["usage"].as_array().unwrap().iter().find(|it| it["name"] == "Count").unwrap().clone();
    assert_eq!((&count["calls"], &count["errors"]), (&json!(2), &json!(0)), "{row}");
    assert!(count["max_us"].as_u64().unwrap() > 0);

    let done = bench.json(&["plugin", "reload", "sample"]);
    assert_eq!(done["reloaded"], json!([]), "it is the same");
    let more = PLUGIN.replace(r#"{\"id\": \"x3\"}"#, r#"{\"id\": \"x3\"}, {\"id\": \"x4\"}"#);
    c_plugin::build(&bench, &more, "more.so");
    std::fs::rename(bench.path("more.so"), bench.path("plugins/sample/sample.so")).unwrap();
    let done = bench.json(&["plugin", "reload", "sample"]);
    assert_eq!(done["reloaded"][0], "plugin sample (generation 2)");
    bench.run(&["plugin", "reload", "sampel"]).exits(4).says("did you mean \"sample\"?");

    bench.run(&["plugin", "quarantine", "sample", "--reason", "it lies"]).exits(0);
    let told = up.until_type("extension.failed");
    assert!(told["error"].as_str().unwrap().contains("sample.so: is quarantined: it lies"), "{told}");
    let rows = bench.run(&["plugin", "list", "--json"]).exits(1).json();
    assert_eq!((&rows[0]["id"], &rows[0]["state"]), (&json!("sample"), &json!("quarantined")), "{rows}");
    bench.run(&["launch", "G"]).exits(3).says("is quarantined: it lies");
    bench.run(&["plugin", "lift", "sample"]).exits(0);
    assert_eq!(bench.json(&["plugin", "list"])[0]["state"], "ready");
    let report = bench.launch("G");
    assert_eq!(report["accounts"]["completed"], 1, "x4 is left: {report}");
    bench.run(&["plugin", "lift", "sample"]).exits(4);
}
