//! `limits:` of `lariat.yaml`: the same words for scripts, libraries and their own processes.
//! What is over its limits is stopped, the engine lives, accounts go back unharmed.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::c_plugin::build;

/// A routine that takes too much over the account a00001, in the way that its parameter says,
/// and a pool type that answers at its third try.
const PLUGIN: &str = r#"
#define _GNU_SOURCE
#include "frame.h"
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static int tries;
static volatile unsigned long spun;
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const char *answer = "{\"outcome\": \"completed\"}";
  struct timespec long_time = {600, 0}, moment = {0, 2000000}; /* some dozen before they are counted, not thousands */
  (void)handle;
  if (lariat_is(method, "fetch")) {
    if (++tries < 3) { host->complete(host, op, LARIAT_UNAVAILABLE, lariat_text("{\"message\": \"not yet\"}")); return LARIAT_OK; }
    answer = "[{\"id\": \"s1\"}]";
  }
  if (has(payload, "a00001")) {
    if (has(payload, "memory")) for (;;) { char *more = malloc(1 << 20); if (!more) abort(); memset(more, 1, 1 << 20); }
    if (has(payload, "cpu")) for (;;) spun++;
    if (has(payload, "sleep")) nanosleep(&long_time, NULL);
    if (has(payload, "forks")) for (;;) { pid_t child = fork(); if (child < 0) break; if (child == 0) { nanosleep(&long_time, NULL); _exit(0); } nanosleep(&moment, NULL); }
    if (has(payload, "forks")) answer = "{\"outcome\": \"skipped\", \"reason\": \"no process\"}";
    if (has(payload, "files")) { int opened = 0; while (open("/dev/null", O_RDONLY) >= 0) if (++opened > 1000) _exit(9);
      answer = "{\"outcome\": \"skipped\", \"reason\": \"no file\"}"; }
  }
  host->complete(host, op, LARIAT_OK, lariat_text(answer));
  return LARIAT_OK;
}
THE_PLUGIN("greedy", "1.0.0",
  "{\"kind\": \"pool\", \"name\": \"shy\", \"methods\": [\"fetch\"]},"
    "{\"kind\": \"routine\", \"name\": \"Greedy\", \"params\": {\"what\": {\"type\": \"string\", \"default\": \"nothing\"}}}")
"#;

fn greedy(what: &str, isolation: &str, limits: &str) -> Bench {
    let bench = Bench::with_accounts(3, "", "return {}");
    build(&bench, PLUGIN, "plugins/greedy.so");
    settings(&bench, isolation, limits);
    let group =
        format!("name: G\nroutine: Greedy\ninstances: [0]\naccount_pool: P\nconfig: {{what: {what}}}\n");
    bench.write("groups/G.yaml", &group);
    bench
}

fn settings(bench: &Bench, isolation: &str, limits: &str) {
    bench.write(
        "lariat.yaml",
        &format!(
            "accounts: {{import: [accounts/]}}\nplugins: {{greedy: {{path: plugins/greedy.so, isolation: {isolation}}}}}\nlimits: {limits}\n"
        ),
    );
}

fn counts(report: &Value) -> [u64; 4] {
    ["completed", "failed", "skipped", "returned"].map(|it| report["accounts"][it].as_u64().unwrap())
}

#[test]
fn a_process_that_takes_too_much_is_ended_and_its_account_goes_back() {
    for (what, limits, told) in [
        ("memory", "{greedy: {memory: 64MiB}}", "its limit of memory is 67108864 bytes"),
        ("cpu", "{greedy: {cpu: 1s}}", "computed for more than 1s for one answer"),
        ("forks", "{greedy: {processes: 5}}", "started more than 5 processes"),
    ] {
        let bench = greedy(what, "process", limits);
        let ran = bench.run(&["launch", "G", "--json"]);
        assert_eq!(counts(&ran.json()[0]), [2, 0, 0, 1], "{what}: {}\n{}", ran.out, ran.err);
        ran.says(told);
        let counts = bench.pool_counts();
        assert_eq!((&counts["available"], &counts["in_use"]), (&json!(1), &json!(0)), "{what}");
    }
}

#[test]
fn what_a_process_may_not_have_is_refused_to_it_by_the_system() {
    for (what, limits) in [("forks", "{greedy: {processes: 0}}"), ("files", "{greedy: {files: 20}}")] {
        let bench = greedy(what, "process", limits);
        let ran = bench.run(&["launch", "G", "--json"]);
        assert_eq!(counts(&ran.json()[0]), [2, 0, 1, 0], "{what}: {}\n{}", ran.out, ran.err);
    }
}

#[test]
fn a_deadline_ends_what_takes_too_long_wherever_it_runs() {
    for isolation in ["none", "process"] {
        let bench = greedy("sleep", isolation, "{Greedy: {deadline: 500ms}}");
        let ran = bench.run(&["launch", "G", "--json"]);
        assert_eq!(counts(&ran.json()[0]), [1, 1, 0, 0], "{isolation}: {}\n{}", ran.out, ran.err);
        ran.says("took longer than 500ms");
    }
    let routine = "if ctx.account.id == 'a00001' then ctx:sleep('10m') end return {}";
    let bench = Bench::with_accounts(3, "", routine);
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nlimits: {R: {deadline: 500ms}}\n");
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--json"]);
    assert_eq!(counts(&ran.json()[0]), [1, 1, 0, 0], "{}\n{}", ran.out, ran.err);
    ran.says("took longer than 500ms");
}

#[test]
fn a_script_has_its_own_memory_and_time() {
    for (body, limits, told) in [
        ("local t = {} while true do t[#t + 1] = string.rep('x', 10000) .. #t end", "memory: 2MiB", "2 MiB"),
        ("local n = 0 while true do n = n + 1 end", "cpu: 50ms", "more than 50ms"),
    ] {
        let bench = Bench::with_accounts(
            2,
            "",
            &format!("if ctx.account.id == 'a00001' then {body} end return {{}}"),
        );
        bench.write(
            "lariat.yaml",
            &format!("accounts: {{import: [accounts/]}}\nlimits: {{R: {{{limits}}}}}\n"),
        );
        bench.group("G", 0, 1, "");
        let ran = bench.run(&["launch", "G", "--json"]);
        assert_eq!(counts(&ran.json()[0]), [1, 1, 0, 0], "{limits}: {}\n{}", ran.out, ran.err);
        ran.says(told);
    }
}

#[test]
fn a_pool_is_asked_again_as_often_as_its_limits_say() {
    for isolation in ["none", "process"] {
        let bench = greedy("nothing", isolation, "{shy: {retries: 1}}");
        bench.write("pools/S.yaml", "name: S\ntype: shy\n");
        bench.run(&["pool", "test", "S"]).exits(1).says("not yet");
        settings(&bench, isolation, "{shy: {retries: 2}}");
        assert_eq!(bench.json(&["pool", "test", "S"])["accounts_found"], 1, "{isolation}");
    }
}

#[test]
fn what_cannot_be_kept_is_refused_in_words() {
    for (isolation, limits, told) in [
        (
            "none",
            "{greedy: {memory: 64MiB}}",
            "memory can't be limited in the engine's own process; write `isolation: process`",
        ),
        ("none", "{greedy: {files: 3, cpu: 1s}}", "cpu, files can't be limited"),
        ("process", "{shy: {memory: 64MiB}}", "write it at limits.greedy"),
        ("process", "{Greedy: {retries: 2}}", "`retries` is for pool types and providers"),
        ("process", "{greedy: {memory: 2MiB}}", "at least 16MiB"),
        ("process", "{R: {files: 2}}", "limits.R: `files` is for plugins"),
        ("process", "{R: {retries: 2}}", "limits.R: `retries` is for pool types and providers"),
        (
            "process",
            "{greedi: {files: 2}}",
            "limits.greedi: no extension or plugin has this name; did you mean \"Greedy\"?",
        ),
        ("process", "{sql: {deadline: 2s}}", "limits.sql: is built in"),
    ] {
        let bench = greedy("nothing", isolation, limits);
        bench.run(&["doctor"]).exits(1).says(told);
    }
}
