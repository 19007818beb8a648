//! `lariat up`: edits while it runs, the API through the command line, the drain.
//!
//! What happens is read from `--events`, line by line: nothing is waited for by the clock.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::Bench;

/// Longer than this nothing takes, however busy the machine is: what is waited for doesn't come.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running engine.
pub struct Up {
    child: Child,
    /// What it prints, read as it comes.
    lines: Receiver<String>,
    pub seen: Vec<Value>,
}

impl Up {
    pub fn start(bench: &Bench, more: &[&str]) -> Self {
        let args = [&["up", "--listen", "127.0.0.1:0", "--events"][..], more].concat();
        Self::start_by(bench, bench.command(&args))
    }

    /// By a command that comes to `lariat up --events`.
    pub fn start_by(bench: &Bench, mut command: Command) -> Self {
        let log = File::create(bench.path("up.log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let (line, lines) = mpsc::channel();
        std::thread::spawn(move || printed.map_while(Result::ok).all(|it| line.send(it).is_ok()));
        let mut up = Self { child, lines, seen: Vec::new() };
        up.until(|event| event["type"] == "engine.started");
        up
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads events up to one that is wanted.
    #[track_caller]
    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => panic!("the engine ended"),
                Err(RecvTimeoutError::Timeout) => {
                    let last = self.seen.len().saturating_sub(20);
                    panic!("it didn't come within {PATIENCE:?}; the last events: {:#?}", &self.seen[last..])
                }
            };
            let event: Value = serde_json::from_str(&line).unwrap();
            self.seen.push(event.clone());
            if wanted(&event) {
                return event;
            }
        }
    }

    pub fn until_type(&mut self, kind: &str) -> Value {
        self.until(|event| event["type"] == kind)
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Reads to the end, and gives the exit code.
    pub fn ends(mut self) -> (i32, Vec<Value>) {
        let rest = self.lines.iter().map(|line| serde_json::from_str(&line).unwrap());
        self.seen.extend(rest.collect::<Vec<Value>>());
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, std::mem::take(&mut self.seen))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn pool_yaml(limit: &str, config: &str) -> String {
    format!(
        "name: P\ntype: sql\nquery:\n  select: SELECT id, pack_count FROM accounts ORDER BY pack_count DESC, id {limit}\npool_config: {{{config}}}\n"
    )
}

pub fn named<'a>(status: &'a Value, key: &str, name: &str) -> &'a Value {
    status[key].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

#[test]
fn edits_take_effect_and_mistakes_are_told_and_harm_nothing() {
    let bench = Bench::with_accounts(5, "", "return {}");
    bench.group("G", 0, 2, "");
    let mut up = Up::start(&bench, &[]);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 5);

    bench.write("pools/P.yaml", &pool_yaml("LIMIT 3", ""));
    let told = up.until_type("definition.reloaded");
    assert_eq!((&told["pool"], &told["generation"]), (&json!("P"), &json!(2)));
    assert_eq!(up.until_type("pool.refreshed")["generation"], 2);

    bench.write("pools/P.yaml", "name: P\ntype: sql\nquery:\n  selectt: SELECT 1\n");
    let told = up.until_type("definition.stale");
    assert!(told["error"].as_str().unwrap().starts_with("pools/P.yaml:4:3"), "{told}");
    let status = bench.json(&["status"]);
    let pool = named(&status, "pools", "P");
    assert_eq!((&pool["state"], &pool["generation"]), (&json!("stale"), &json!(2)));
    assert!(pool["error"].as_str().unwrap().contains("pools/P.yaml:4:3"), "{pool}");
    bench.run(&["status"]).exits(0).says("stale since");
    // Not even its name can be read: it is listed as it is served.
    bench.write("pools/P.yaml", "name: [P\n");
    up.until_type("definition.stale");
    let listed = bench.json(&["pool", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&json!("P"), &json!("stale")));
    bench.run(&["pool", "list"]).exits(0).says("P: stale since");
    bench.run(&["doctor"]).exits(1).says("stale since");

    bench.write("pools/P.yaml", &pool_yaml("LIMIT 3", "refresh_interval: 1h"));
    assert_eq!(up.until_type("definition.reloaded")["generation"], 3);

    // A new pool and a group that names it, at once.
    bench.write("pools/Q.yaml", &pool_yaml("LIMIT 2", "").replace("name: P", "name: Q"));
    bench.group_of("H", "R", Some("Q"), 5, 1, "");
    up.until(|event| event["type"] == "definition.reloaded" && event["group"] == "H");
    assert_eq!(bench.launch("H")["accounts"]["completed"], 2);

    // A setting that acts live, and one that doesn't.
    bench.write(
        "lariat.yaml",
        "accounts: {import: [accounts/]}\nlaunch: {max_accounts: 1}\nlua: {threads: 1}\n",
    );
    up.until(|event| event["type"] == "definition.reloaded" && event["file"] == "lariat.yaml");
    assert_eq!(bench.json(&["status"])["needs_restart"], json!(["lariat.yaml: lua"]));
    bench.write("lariat.yaml", "acounts: {}\n");
    let told = up.until(|event| event["type"] == "definition.stale" && event["file"] == "lariat.yaml");
    assert!(told["error"].as_str().unwrap().contains("lariat.yaml:1:1"), "{told}");

    std::fs::remove_file(bench.path("pools/Q.yaml")).unwrap();
    up.until(|event| event["type"] == "definition.removed" && event["pool"] == "Q");
    bench.launch_exits("H", 3);
}

#[test]
fn bots_take_an_edited_script_with_their_next_account_and_a_broken_one_never() {
    let until_stopped = "while not ctx:stopping() do ctx:sleep('5ms') end return { version = 1 }";
    let bench = Bench::with_accounts(3, "", until_stopped);
    bench.group("G", 0, 1, "");
    bench.write("scripts/routines/r_test.lua", "return {}");
    let mut up = Up::start(&bench, &[]);
    let launch = bench.spawn(&["launch", "G", "--json"]);
    up.until_type("lease.granted");

    bench.routine("R", "this isn't Lua");
    let told = up.until_type("extension.failed");
    assert_eq!((&told["extension"], &told["generation"]), (&json!("R"), &json!(1)));
    let status = bench.json(&["status"]);
    assert_eq!(named(&status, "extensions", "R")["state"], "stale");
    assert_eq!(status["extensions"].as_array().unwrap().len(), 1, "tests are no extensions: {status}");
    bench.run(&["routine", "list"]).exits(1).says("stale");

    bench.routine("R", "return { version = 2 }");
    let told = up.until_type("extension.loaded");
    assert_eq!((&told["extension"], &told["generation"]), (&json!("R"), &json!(2)));
    // The account that was begun is finished by what began it.
    bench.run(&["stop", "G"]).exits(0);
    let ended = launch.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(report[0]["totals"]["version"], 1, "{report}");
    let report = bench.launch("G");
    assert_eq!(report["accounts"]["completed"], 2);
}

#[test]
fn a_running_engine_is_asked_by_the_command_line() {
    let bench = Bench::with_accounts(2000, "", "ctx:sleep('20ms') return {}");
    bench.group("G", 0, 4, "stagger_delay: 0");
    for args in [&["status"][..], &["reload"], &["stop", "G"], &["scale", "G", "2"], &["pause", "G"]] {
        bench.run(args).exits(5).says("lariat up");
    }
    let mut up = Up::start(&bench, &[]);
    bench.run(&["up", "--listen", "127.0.0.1:0"]).exits(5);
    bench.run(&["stop", "G"]).exits(3).says("isn't running");
    bench.run(&["scale", "Nope", "2"]).exits(4);
    bench.run(&["launch", "Nope"]).exits(4);
    bench.run(&["launch", "G", "--set", "x=1"]).exits(3).says("unknown parameter");
    let launch = bench.spawn(&["launch", "G", "--events"]);
    up.until_type("lease.settled");
    bench.run(&["launch", "G"]).exits(3).says("running already");
    assert_eq!(bench.json(&["scale", "G", "2"])["bots"], 2);
    bench.run(&["pause", "G"]).exits(0);
    assert_eq!(named(&bench.json(&["status"]), "groups", "G")["state"], "paused");
    bench.run(&["resume", "G"]).exits(0);
    assert_eq!(bench.json(&["status"])["launches"][0]["group"], "G");
    bench.run(&["reload"]).exits(0).says("Nothing was different");
    bench.run(&["stop", "G"]).exits(0);
    let ended = launch.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("\"lease.settled\""));
    bench.run(&["stop", "--engine"]).exits(0);
    assert_eq!(up.ends().0, 0);
    assert!(!bench.path(".lariat/engine.json").exists());
}

#[test]
fn a_signal_drains_and_a_second_one_forces() {
    for (signals, code) in [(&["-TERM"][..], 0), (&["-INT", "-TERM"], 130)] {
        let body =
            if signals.len() == 1 { "ctx:sleep('300ms') return {}" } else { "ctx:sleep('1h') return {}" };
        let bench = Bench::with_accounts(50, "", body);
        let yaml = "name: G\nroutine: R\ninstances: [0, 1]\naccount_pool: P\nlaunch: {stagger_delay: 0}\nautostart: true\n";
        bench.write("groups/G.yaml", yaml);
        bench.write("lariat.yaml", "accounts: {import: [accounts/]}\ndrain_timeout: 1h\n");
        let mut up = Up::start(&bench, &[]);
        up.until_type("lease.granted");
        up.until_type("lease.granted");
        for name in signals {
            up.signal(name);
        }
        let (ended, events) = up.ends();
        assert_eq!(ended, code);
        let outcomes: Vec<_> = events
            .iter()
            .filter(|event| event["type"] == "lease.settled")
            .map(|event| &event["outcome"])
            .collect();
        assert_eq!(outcomes.len(), events.iter().filter(|event| event["type"] == "lease.granted").count());
        let expected = if code == 0 { "completed" } else { "returned" };
        assert!(outcomes.iter().all(|outcome| *outcome == expected), "{outcomes:?}");
        assert_eq!(bench.pool_counts()["in_use"], 0);
        assert!(!bench.path(".lariat/engine.json").exists());
    }
}

#[test]
fn without_a_watch_a_reload_is_asked_for() {
    let bench = Bench::with_accounts(2, "", "return {}");
    let up = Up::start(&bench, &["--no-watch"]);
    assert_eq!(bench.json(&["status"])["watching"]["mode"], "off");
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 1", ""));
    let done = bench.json(&["reload"]);
    assert_eq!(done["reloaded"], json!(["pool \"P\" (generation 2)"]));
    bench.write("pools/P.yaml", "name: [");
    bench.run(&["reload"]).exits(1).says("pools/P.yaml:2:1");
    // Killed: what it left is seen through.
    up.signal("-KILL");
    drop(up);
    assert!(bench.path(".lariat/engine.json").exists());
    bench.run(&["status"]).exits(5);
}
