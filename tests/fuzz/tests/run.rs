//! Every target, on its corpus and on some mutations. `FUZZ=1000000` tries that many of each,
//! `SEED=…` the same ones again.
#![allow(clippy::panic)]

use lariat_core::test_support::dice::{fresh_seed, from_environment};
use lariat_fuzz::{TARGETS, run};

fn fuzz(wanted: &str) {
    let Some((name, target, every_day)) = TARGETS.into_iter().find(|(name, ..)| *name == wanted) else {
        panic!("no target {wanted}")
    };
    let executions = from_environment("FUZZ").unwrap_or(every_day);
    run::run(name, target, executions, from_environment("SEED").unwrap_or_else(fresh_seed));
}

#[test]
fn pool_yaml() {
    fuzz("pool_yaml");
}

#[test]
fn group_yaml() {
    fuzz("group_yaml");
}

#[test]
fn workspace_yaml() {
    fuzz("workspace_yaml");
}

#[test]
fn account_xml() {
    fuzz("account_xml");
}

#[test]
fn account_table() {
    fuzz("account_table");
}

#[test]
fn sql_guard() {
    fuzz("sql_guard");
}

#[test]
fn plugin_frames() {
    fuzz("plugin_frames");
}

#[test]
fn sdk_host() {
    fuzz("sdk_host");
}

#[test]
fn every_target_is_run_here_and_handed_to_libfuzzer() {
    let (here, manifest) = (include_str!("run.rs"), include_str!("../Cargo.toml"));
    for (name, ..) in TARGETS {
        assert!(here.contains(&format!("fuzz(\"{name}\")")), "{name} has no test");
        assert!(manifest.contains(&format!("fuzz_targets/{name}.rs")), "{name} has no libFuzzer target");
    }
    let files = std::fs::read_dir(run::file("fuzz_targets")).map_or(0, Iterator::count);
    assert_eq!(files, TARGETS.len(), "a libFuzzer target that no test runs");
}
