//! Backup, damage, repair, pruning, as the person at the terminal sees them.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::bench::Bench;

#[test]
fn a_backup_is_made_beside_a_running_engine() {
    let bench = Bench::with_accounts(3, "", "ctx:sleep('30s')");
    bench.group("G", 0, 1, "");
    bench.run(&["backup"]).exits(4);
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("lease.granted")));
    let made = bench.json(&["backup", "copies/one.db"]);
    assert_eq!((&made["accounts"], &made["removed"]), (&json!(3), &json!([])));
    let mode = bench.path("copies/one.db").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    bench.run(&["backup", "copies/one.db"]).exits(3).says("there already");
    for _ in 0..3 {
        bench.run(&["backup", "--keep", "2"]).exits(0);
    }
    assert_eq!(bench.path(".lariat/backups").read_dir().unwrap().count(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_damaged_store_is_refused_and_repaired() {
    let bench = Bench::with_accounts(5, "", "return { n = 1 }");
    bench.group("G", 0, 1, "max_accounts: 2");
    bench.run(&["doctor", "--repair"]).exits(0).says("nothing to repair");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
    bench.run(&["backup"]).exits(0);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
    let damaged = "this is no database ".repeat(2_000);
    bench.write(".lariat/state.db", &damaged);
    bench
        .run(&["launch", "G"])
        .exits(1)
        .says("`lariat doctor --repair` puts the last good backup in its place");
    let found = bench.run(&["doctor", "--json"]).exits(1).json();
    let bad = found.as_array().unwrap().iter().find(|finding| finding["level"] == "error").unwrap();
    assert!(bad["cure"].as_str().unwrap().contains("doctor --repair"), "{found}");
    let repaired = bench.run(&["doctor", "--repair", "--yes"]).exits(0);
    repaired.says("everything since then is lost").says(".lariat/damaged-");
    let aside = bench
        .path(".lariat")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("damaged-"))
        .unwrap();
    assert_eq!(std::fs::read_to_string(aside.join("state.db")).unwrap(), damaged, "nothing is deleted");
    assert_eq!(bench.pool_counts()["completed"], 2, "as it was when the backup was made");
    bench.launch("G");
    assert_eq!(bench.pool_counts()["completed"], 4);
}

#[test]
fn without_a_backup_repair_says_what_is_left_to_do() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write(".lariat/state.db", &"this is no database ".repeat(2_000));
    bench.run(&["doctor", "--repair", "--yes"]).exits(4).says("no good backup").says("move that away");
}

#[test]
fn doctor_says_what_a_power_loss_takes() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.run(&["doctor"]).exits(0).says("full: what was acknowledged survives").says("no backup yet");
    bench.write("lariat.yaml", "ledger: {durability: fast}\n");
    bench.run(&["doctor"]).exits(0).says("fast:").says("a power loss may take the last moments");
}

#[test]
fn an_engine_prunes_and_makes_backups_by_itself() {
    let bench = Bench::with_accounts(30, "", "return { n = 1 }");
    bench.group("G", 0, 2, "");
    bench.launch("G");
    bench.write(
        "lariat.yaml",
        "accounts: {import: [accounts/]}\nledger: {keep_attempts: 10, backup_every: 24h, keep_backups: 1}\n",
    );
    bench.routine("W", "for i = 1, 3000 do ctx:sleep('10ms') end");
    bench.group_of("Wait", "W", None, 5, 1, "");
    let attempts = |bench: &Bench| -> usize {
        (0..30)
            .map(|n| {
                let shown: Value = bench.json(&["account", "show", &format!("a{n:05}")]);
                shown["attempts"].as_array().unwrap().len()
            })
            .sum()
    };
    assert_eq!(attempts(&bench), 30);
    let mut child = bench.spawn(&["launch", "Wait", "--log-format", "json", "-v"]);
    let said = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    assert!(said.map(Result::unwrap).any(|line| line.contains("made a backup")), "pruned first");
    assert_eq!(attempts(&bench), 10);
    assert_eq!(bench.path(".lariat/backups").read_dir().unwrap().count(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bench.pool_counts()["completed"], 30, "outcomes stay");
}
