//! A plugin that is replaced by its second version in the middle of a launch: the run that is
//! under way ends with the version that it began with, the others take the new one when their
//! group says so, nothing is lost; nor when the old version breaks at that moment.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::c_plugin::build;
use crate::live::Up;
use crate::plugin_crashes::runners;

/// A routine that tells its version. Over a00000 it says that it began, and waits until there is
/// a file `gate` in the workspace; then it breaks, if there is a file `break`.
const PLUGIN: &str = r#"
#define _DEFAULT_SOURCE
#include "frame.h"
#include <stdlib.h>
#include <unistd.h>
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  (void)handle;
  if (!lariat_is(method, "run")) return LARIAT_UNSUPPORTED;
  if (has(payload, "a00000")) {
    ask(op, "ctx.progress", "{\"current\": 1, \"total\": 2}");
    while (access("gate", F_OK) != 0)
      if (ask(op, "ctx.sleep", "{\"ms\": 2}") != LARIAT_OK) return LARIAT_CANCELLED;
    if (access("break", F_OK) == 0) abort();
  }
  return answer(op, "{\"outcome\": \"completed\", \"result\": {\"version\": VERSION}}");
}
THE_PLUGIN("waiter", "1.0.0", "{\"kind\": \"routine\", \"name\": \"Wait\"}")
"#;

fn of_version(version: u32) -> String {
    PLUGIN.replace("VERSION}", &format!("{version}}}"))
}

/// A plugin with a routine that does what [`PLUGIN`] does, and its library in the workspace.
pub struct Waiter<'a> {
    pub id: &'a str,
    pub routine: &'a str,
    pub library: &'a str,
}

impl Waiter<'_> {
    /// Has it replaced while a bot is inside of it. `version` puts a version in its place.
    pub fn is_replaced(&self, bench: &Bench, isolation: &str, policy: &str, version: &dyn Fn(u32)) {
        self.happens(bench, isolation, policy, false, version);
    }

    /// The same, and the version that is replaced breaks then, in a process of its own.
    pub fn is_replaced_and_breaks(&self, bench: &Bench, policy: &str, version: &dyn Fn(u32)) {
        self.happens(bench, "process", policy, true, version);
    }

    fn happens(&self, bench: &Bench, isolation: &str, policy: &str, breaks: bool, version: &dyn Fn(u32)) {
        let about = format!("{} under {isolation}, {policy}, breaks: {breaks}", self.id);
        version(1);
        self.workspace(bench, isolation, policy);
        let mut up = Up::start(bench, &[]);
        let launch = bench.spawn(&["launch", "G", "--json"]);
        up.until(|event| event["type"] == "bot.progress" && event["account"] == "a00000");
        version(2);
        up.until(|event| event["type"] == "extension.loaded" && event["generation"] == 2);
        if breaks {
            bench.write("break", "");
        }
        bench.write("gate", "");
        let ended = launch.wait_with_output().unwrap();
        let report = serde_json::from_slice::<Value>(&ended.stdout).unwrap()[0].clone();
        let (first, rest) = (u32::from(!breaks), if policy == "next_account" { 3 * 2 } else { 3 });
        let accounts = &report["accounts"];
        assert_eq!(
            [
                &accounts["completed"],
                &accounts["returned"],
                &accounts["failed"],
                &report["totals"]["version"]
            ],
            [&json!(3 + first), &json!(1 - first), &json!(0), &json!(first + rest)],
            "{about}: {report}"
        );
        // What was given back is served by the second version; nothing else is left.
        let _ = std::fs::remove_file(bench.path("break"));
        let report = bench.launch_exits("G", 0);
        let left = 1 - first;
        assert_eq!(report["accounts"]["completed"], left, "{about}: {report}");
        assert_eq!(report["totals"]["version"].as_u64().unwrap_or(0), u64::from(2 * left), "{about}");
        let counts = bench.pool_counts();
        assert_eq!((&counts["available"], &counts["in_use"]), (&json!(0), &json!(0)), "{about}");
        // The first version's process went with its last run.
        while runners(bench) > usize::from(isolation == "process") {
            std::thread::yield_now();
        }
        drop(up);
    }

    /// Four accounts, one bot, and nothing of an earlier run.
    fn workspace(&self, bench: &Bench, isolation: &str, policy: &str) {
        let _ = std::fs::remove_file(bench.path("gate"));
        let _ = std::fs::remove_dir_all(bench.path(".lariat"));
        let ids: String = (0..4).map(|n| format!("a{n:05},{}\n", 9 - n)).collect();
        bench.write("accounts/all.csv", &format!("id,pack_count\n{ids}"));
        bench.pool("P", "");
        let Self { id, routine, library } = self;
        bench.write(
            "lariat.yaml",
            &format!(
                "accounts: {{import: [accounts/]}}\nplugins: {{{id}: {{path: {library}, isolation: {isolation}}}}}\n"
            ),
        );
        bench.write(
            "groups/G.yaml",
            &format!("name: G\nroutine: {routine}\ninstances: [0]\naccount_pool: P\nreload: {policy}\n"),
        );
    }
}

#[test]
fn the_run_that_began_ends_with_its_version_and_the_next_takes_the_new_one() {
    let waiter = Waiter { id: "waiter", routine: "Wait", library: "plugins/waiter/waiter.so" };
    for policy in ["next_account", "next_launch"] {
        let bench = Bench::new();
        let version = |version| {
            build(&bench, &of_version(version), "made/waiter.so");
            std::fs::create_dir_all(bench.path("plugins/waiter")).unwrap();
            // At once, as an installer does it.
            std::fs::rename(bench.path("made/waiter.so"), bench.path(waiter.library)).unwrap();
        };
        waiter.is_replaced(&bench, "none", policy, &version);
        waiter.is_replaced(&bench, "process", policy, &version);
        waiter.is_replaced_and_breaks(&bench, policy, &version);
    }
}
