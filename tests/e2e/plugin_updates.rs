//! A plugin that is updated file by file, in any order and with time between: the version in force
//! serves until its library and its plugin.toml say the same again, and what is missing is told.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::c_plugin::build;
use crate::live::Up;
use crate::plugins::{MANIFEST, PLUGIN, with_plugin};

const TOML: &str = "plugins/sample/plugin.toml";

/// As an installer puts it in place.
fn library(bench: &Bench, version: &str) {
    build(bench, &PLUGIN.replace("1.2.3", version), "made/sample.so");
    std::fs::rename(bench.path("made/sample.so"), bench.path("plugins/sample/sample.so")).unwrap();
}

fn toml(bench: &Bench, version: &str) {
    bench.write(TOML, &MANIFEST.replace("1.2.3", version));
}

fn listed(bench: &Bench) -> Value {
    bench.run(&["plugin", "list", "--json"]).json()[0].clone()
}

/// Waits until the engine has seen it: what it lists is in this state.
fn becomes(bench: &Bench, state: &str, version: &str, generation: u64) -> Value {
    let wanted = [json!(state), json!(version), json!(generation)];
    for _ in 0..500 {
        let row = listed(bench);
        if ["state", "version", "generation"].map(|key| row[key].clone()) == wanted {
            return row;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("never {wanted:?}: {}", listed(bench));
}

/// It waits, told with what each of its two files says, and serves in the version in force.
fn waits(bench: &Bench, version: &str, generation: u64, told: &[&str]) {
    let row = becomes(bench, "stale", version, generation);
    let error = row["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("stale since 2") && error.contains("stays as it was"), "{row}");
    for told in told {
        assert!(error.contains(told), "{told:?} in {row}");
    }
    bench.launch_exits("G", 0);
    let rows = bench.run(&["plugin", "list"]).exits(1);
    rows.says("stale");
}

#[test]
fn an_update_in_pieces_waits_for_the_last_one_in_each_order() {
    let bench = with_plugin();
    let mut up = Up::start(&bench, &[]);
    let loaded = |generation: u64| {
        move |event: &Value| event["type"] == "extension.loaded" && event["generation"] == generation
    };
    // The library first.
    library(&bench, "2.0.0");
    let failed = up.until(|event| event["type"] == "extension.failed" && event["extension"] == "sample");
    assert_eq!(failed["generation"], 1, "{failed}");
    waits(&bench, "1.2.3", 1, &["the library says the version 2.0.0", "plugin.toml says 1.2.3"]);
    toml(&bench, "2.0.0");
    up.until(loaded(2));
    assert_eq!(becomes(&bench, "ready", "2.0.0", 2)["error"], json!(null));
    // plugin.toml first.
    toml(&bench, "3.0.0");
    waits(&bench, "2.0.0", 2, &["the library says the version 2.0.0", "plugin.toml says 3.0.0"]);
    library(&bench, "3.0.0");
    up.until(loaded(3));
    becomes(&bench, "ready", "3.0.0", 3);
    // One that breaks off, and one that is taken back.
    bench.write(TOML, "id = \"sample\"\nversion = ");
    waits(&bench, "3.0.0", 3, &["plugin.toml", "line 2"]);
    assert_eq!(bench.run(&["plugin", "list", "--json"]).json().as_array().map(Vec::len), Some(1));
    toml(&bench, "3.0.0");
    becomes(&bench, "ready", "3.0.0", 3);
    library(&bench, "4.0.0");
    waits(&bench, "3.0.0", 3, &["4.0.0"]);
    library(&bench, "3.0.0");
    becomes(&bench, "ready", "3.0.0", 3);
    bench.run(&["plugin", "list"]).exits(0);
    drop(up);
}

#[test]
fn an_unfinished_update_is_looked_at_once() {
    let bench = with_plugin();
    let _up = Up::start(&bench, &[]);
    library(&bench, "2.0.0");
    becomes(&bench, "stale", "1.2.3", 1);
    let mapped = || listed(&bench)["mapped"]["generations"].as_u64();
    let before = mapped();
    for _ in 0..3 {
        let refused = bench.run(&["plugin", "reload", "sample"]);
        assert!(refused.code != 0, "{}", refused.out);
        refused.says("the library says the version 2.0.0");
    }
    assert_eq!(mapped(), before, "each time would stay mapped");
}
