//! The whole program from outside: how long `lariat pool list` takes on the sample
//! workspace, and how many accounts a launch serves a second, by accounts and bots.
//! `cargo bench -p lariat --bench program`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

fn main() {
    let sample = sample();
    lariat(sample.path(), &["pool", "list"]);
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let began = Instant::now();
            lariat(sample.path(), &["pool", "list"]);
            began.elapsed()
        })
        .collect();
    times.sort();
    println!("lariat pool list, sample workspace: median {:.1?}, worst of 21 {:.1?}\n", times[10], times[20]);

    println!("a launch with an empty routine");
    println!("{:>9} {:>5} {:>10} {:>12} {:>10}", "accounts", "bots", "launch", "accounts/s", "peak MB");
    for accounts in [1_000_usize, 10_000, 100_000] {
        let workspace = workspace(accounts);
        for bots in [1_usize, 8, 64] {
            lariat(workspace.path(), &["pool", "reset", "P"]);
            let count = bots.to_string();
            let (report, peak) = launch(workspace.path(), &count);
            let millis = report[0]["duration_ms"].as_u64().unwrap().max(1);
            assert_eq!(report[0]["accounts"]["completed"].as_u64(), Some(accounts as u64));
            let rate = accounts as u64 * 1000 / millis;
            println!("{accounts:>9} {bots:>5} {millis:>7} ms {rate:>12} {peak:>10}");
        }
    }
}

fn command(workspace: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lariat"));
    command.args(args).arg("--workspace").arg(workspace).env_remove("LARIAT_WORKSPACE").stderr(Stdio::null());
    command
}

fn lariat(workspace: &Path, args: &[&str]) {
    let status = command(workspace, args).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{args:?}");
}

/// Launches the group and watches the program's peak memory meanwhile.
fn launch(workspace: &Path, bots: &str) -> (serde_json::Value, String) {
    let child = command(workspace, &["launch", "G", "--json", "--bot-count", bots])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watch = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(kib) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
            else {
                break;
            };
            peak = peak.max(kib);
            std::thread::sleep(Duration::from_millis(5));
        }
        peak
    });
    let output = child.wait_with_output().unwrap();
    let peak = watch.join().unwrap();
    (
        serde_json::from_slice(&output.stdout).unwrap(),
        if peak == 0 { "?".into() } else { (peak / 1024).to_string() },
    )
}

/// A copy of the repository's sample workspace.
fn sample() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for part in ["lariat.yaml", "pools", "groups", "scripts", "accounts"] {
        let copied = Command::new("cp").args(["-r", &format!("{root}/{part}")]).arg(folder.path()).status();
        assert!(copied.unwrap().success());
    }
    folder
}

fn workspace(accounts: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let rows: String = (0..accounts).map(|n| format!("account-{n:06},{}\n", n % 997)).collect();
    let ids: Vec<String> = (0..64).map(|id| id.to_string()).collect();
    write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    write("accounts/all.csv", &format!("id,pack_count\n{rows}"));
    write(
        "pools/p.yaml",
        "name: P\ntype: sql\nquery:\n  select: SELECT id, pack_count FROM accounts ORDER BY pack_count DESC, id\n",
    );
    write(
        "groups/g.yaml",
        &format!("name: G\nroutine: R\ninstances: [{}]\naccount_pool: P\n", ids.join(", ")),
    );
    write(
        "scripts/routines/r.lua",
        "local R = lariat.routine { name = 'R' }\nfunction R.run(ctx) return { n = 1 } end\nreturn R\n",
    );
    folder
}
