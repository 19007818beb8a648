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
