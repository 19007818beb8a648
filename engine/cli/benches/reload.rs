//! From a save to its effect in a running engine, and what watching costs.
//! `cargo bench -p lariat --bench reload`; the numbers are in `README.md` beside it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table"
)]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const ROUNDS: usize = 21;
const QUIET: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(30);

fn main() {
    let workspace = workspace();
    let mut engine = Engine::start(workspace.path());
    println!("{:>42} {:>9} {:>9} {:>16}", "saved", "median", "worst", "without waiting");
    for (what, file) in [
        ("pool, its selection", "pools/P.yaml"),
        ("pool, another setting", "pools/P.yaml"),
        ("routine", "scripts/routines/R.lua"),
    ] {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                let text = match what {
                    "routine" => routine(round + 1),
                    "pool, its selection" => pool("P", &format!("LIMIT {}", 100 + round), "1h"),
                    _ => pool("P", "LIMIT 99", &format!("{}s", 3600 + round)),
                };
                fs::write(workspace.path().join(file), text).unwrap();
                let saved = Instant::now();
                engine.until(if what == "routine" { "extension.loaded" } else { "definition.reloaded" });
                saved.elapsed()
            })
            .collect();
        row(what, &mut times, QUIET);
    }
    for at in 0..2000 {
        let text = pool(&format!("Many{at}"), "LIMIT 1", "1h");
        fs::write(workspace.path().join(format!("pools/many{at}.yaml")), text).unwrap();
    }
    reload(workspace.path());
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| reload(workspace.path())).collect();
    row("2,000 pools: `lariat reload`, nothing new", &mut times, Duration::ZERO);
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|round| {
            let file = workspace.path().join(format!("pools/many{round}.yaml"));
            fs::write(file, pool(&format!("Many{round}"), "LIMIT 2", "1h")).unwrap();
            let saved = Instant::now();
            engine.until_second(&format!("Many{round}"));
            saved.elapsed()
        })
        .collect();
    row("2,000 pools: one of them", &mut times, QUIET);
    let before = computed(engine.child.id());
    std::thread::sleep(IDLE);
    let spent = computed(engine.child.id()) - before;
    println!("\n2,000 pools, nothing changes for {IDLE:?}: {} ms of CPU", spent * 10);
}

fn row(what: &str, times: &mut [Duration], waiting: Duration) {
    times.sort();
    let median = times[times.len() / 2];
    let own = median.saturating_sub(waiting);
    println!("{what:>42} {median:>9.1?} {:>9.1?} {own:>16.1?}", times[times.len() - 1]);
}

fn pool(name: &str, limit: &str, ttl: &str) -> String {
    format!(
        "name: {name}\ntype: sql\nquery:\n  select: SELECT id FROM accounts ORDER BY id {limit}\npool_config: {{lease_ttl: {ttl}}}\n"
    )
}

fn routine(version: usize) -> String {
    format!(
        "local R = lariat.routine {{ name = 'R' }}\nfunction R.run(ctx) return {{ version = {version} }} end\nreturn R\n"
    )
}

fn workspace() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["pools", "groups", "scripts/routines", "accounts"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    let write = |file: &str, text: &str| fs::write(dir.path().join(file), text).unwrap();
    let ids: Vec<String> = (0..10_000).map(|at| format!("a{at:05}")).collect();
    write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    write("accounts/all.csv", &format!("id\n{}\n", ids.join("\n")));
    write("pools/P.yaml", &pool("P", "", "1h"));
    write("scripts/routines/R.lua", &routine(0));
    dir
}

/// A running engine with its events.
struct Engine {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Engine {
    fn start(workspace: &Path) -> Self {
        let mut child = command(workspace, &["up", "--listen", "127.0.0.1:0", "--events"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut engine = Self { child, lines };
        engine.until("engine.started");
        engine
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }

    fn until(&mut self, kind: &str) {
        while self.next()["type"] != kind {}
    }

    fn until_second(&mut self, pool: &str) {
        loop {
            let event = self.next();
            if event["pool"] == pool && event["generation"] == 2 {
                return;
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(workspace: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lariat"));
    command.args(args).arg("--workspace").arg(workspace).env_remove("LARIAT_WORKSPACE").stderr(Stdio::null());
    command
}

/// With the start of the command that asks for it.
fn reload(workspace: &Path) -> Duration {
    let began = Instant::now();
    let status = command(workspace, &["reload", "--json"]).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    began.elapsed()
}

/// How long a process has computed, in hundredths of a second.
fn computed(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
