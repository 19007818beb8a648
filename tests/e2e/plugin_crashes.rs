//! A plugin that runs in a process of its own and breaks there: the engine lives, accounts go
//! back uncounted, the process comes back, until it died too often.

use serde_json::json;

use crate::bench::Bench;
use crate::c_plugin::build;

/// A routine that breaks over the account a00001, in the way that its parameter says.
const PLUGIN: &str = r#"
#define _GNU_SOURCE
#include "frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  (void)handle; (void)method;
  if (has(payload, "a00001") || has(payload, "always")) {
    if (has(payload, "segv")) *(volatile int *)(uintptr_t)8 = 1;
    if (has(payload, "abort")) abort();
    if (has(payload, "exit")) _exit(3);
    if (has(payload, "garbage")) { if (write(0, "this is no frame, but a longer text than the head of one", 56) < 0) _exit(1); }
    if (has(payload, "hang")) for (;;) pause();
    if (has(payload, "flood")) { int n; for (n = 0; n < 200000; n++) { fputs("flood\n", stdout); fputs("flood\n", stderr);
      host->call(host, op, lariat_text("ctx.log"), lariat_text("{\"message\": \"flood\"}"), NULL, NULL); } fflush(stdout); }
  }
  host->call_wait(host, op, lariat_text("ctx.store.set"), lariat_text("{\"key\": \"k\", \"value\": 1}"), NULL, NULL);
  host->complete(host, op, LARIAT_OK, lariat_text("{\"outcome\": \"completed\", \"result\": {\"packs_opened\": 1}}"));
  return LARIAT_OK;
}
THE_PLUGIN("fragile", "1.0.0",
  "{\"kind\": \"routine\", \"name\": \"Fragile\","
    "\"params\": {\"how\": {\"type\": \"string\", \"required\": true}}}")
"#;

fn fragile(accounts: usize, how: &str, launch: &str) -> Bench {
    let bench = Bench::with_accounts(accounts, "", "return {}");
    bench.write(
        "lariat.yaml",
        "accounts: {import: [accounts/]}\nplugins: {fragile: {path: plugins/fragile.so, isolation: process}}\n",
    );
    build(&bench, PLUGIN, "plugins/fragile.so");
    let group = format!(
        "name: G\nroutine: Fragile\ninstances: [0]\naccount_pool: P\nconfig: {{how: {how}}}\nlaunch: {{{launch}}}\n"
    );
    bench.write("groups/G.yaml", &group);
    bench
}

#[test]
fn a_crash_gives_the_account_back_and_the_others_are_done() {
    for (how, told) in [
        ("segv", "was ended by signal 11 (SIGSEGV)"),
        ("abort", "was ended by signal 6 (SIGABRT)"),
        ("exit", "ended with exit code 3"),
        ("garbage", "its process"),
    ] {
        let bench = fragile(4, how, "");
        let ran = bench.run(&["launch", "G", "--json"]);
        let report = ran.json()[0].clone();
        let accounts = &report["accounts"];
        assert_eq!(
            (&accounts["completed"], &accounts["failed"], &accounts["returned"]),
            (&json!(3), &json!(0), &json!(1)),
            "{how}: {report}"
        );
        ran.says(told);
        let counts = bench.pool_counts();
        assert_eq!((&counts["available"], &counts["in_use"]), (&json!(1), &json!(0)), "{how}");
    }
}

#[test]
fn a_flood_of_output_drowns_nobody() {
    let bench = fragile(3, "flood", "");
    let report = bench.launch("G");
    assert_eq!(report["accounts"]["completed"], 3, "{report}");
}

#[test]
fn a_hang_ends_at_its_timeout_and_its_process_with_it() {
    let bench = fragile(3, "hang", "routine_timeout: 1s, restart_policy: on_failure");
    let report = bench.run(&["launch", "G", "--json"]).json()[0].clone();
    let accounts = &report["accounts"];
    assert_eq!((&accounts["completed"], &accounts["failed"]), (&json!(2), &json!(1)), "{report}");
}

#[test]
fn one_that_dies_too_often_is_quarantined_until_it_is_lifted() {
    let bench = fragile(8, "segv-always", "");
    let ran = bench.run(&["launch", "G", "--json"]);
    let report = ran.json()[0].clone();
    assert_eq!(
        (&report["accounts"]["failed"], &report["accounts"]["returned"]),
        (&json!(0), &json!(8)),
        "{report}"
    );
    ran.says("died 5 times in a row");
    let rows = bench.run(&["plugin", "list", "--json"]).exits(1).json();
    assert_eq!((&rows[0]["id"], &rows[0]["state"]), (&json!("fragile"), &json!("quarantined")));
    bench.run(&["doctor"]).exits(1).says("is quarantined: its process was ended by signal 11 (SIGSEGV)");
    bench.run(&["plugin", "lift", "fragil"]).exits(4);
    bench.run(&["plugin", "lift", "fragile"]).exits(0);
    let rows = bench.json(&["plugin", "list"]);
    assert_eq!((&rows[0]["state"], &rows[0]["isolation"]), (&json!("ready"), &json!("process")));
}

#[test]
fn a_library_that_cannot_be_used_is_told_by_its_process() {
    let bench = fragile(1, "segv", "");
    build(&bench, &format!("#define MAJOR 7\n{PLUGIN}"), "plugins/fragile.so");
    bench.run(&["plugin", "list"]).exits(1).says("plugins/fragile.so: was built for ABI 7.0");
}

/// The processes that run this workspace's plugins.
pub fn runners(bench: &Bench) -> usize {
    let workspace = bench.path("").file_name().unwrap().to_string_lossy().into_owned();
    let commands = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = commands.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let texts = commands.map(|command| String::from_utf8_lossy(&command).into_owned());
    texts.filter(|command| command.contains("plugin-runner") && command.contains(&workspace)).count()
}

#[test]
fn its_process_dies_with_the_engine_even_while_it_hangs() {
    use std::io::{BufRead, BufReader};
    let bench = fragile(3, "hang", "");
    let mut engine = bench.spawn(&["launch", "G", "--events"]);
    let events = BufReader::new(engine.stdout.take().unwrap()).lines();
    let hangs = |line: &String| line.contains("lease.granted") && line.contains("a00001");
    assert!(events.map_while(Result::ok).any(|line| hangs(&line)), "the launch ended before it hung");
    assert_eq!(runners(&bench), 1);
    engine.kill().unwrap();
    engine.wait().unwrap();
    while runners(&bench) > 0 {
        std::thread::yield_now();
    }
}
