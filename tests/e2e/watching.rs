//! How a running engine hears of edits when the system doesn't tell it, and what real
//! editors and tools make of a file.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::{Up, named, pool_yaml};
use crate::watches::{assert_watched_once, watches};

/// Frozen, while more happens than the system remembers for it: nothing that was edited is
/// missed, and nothing is told twice.
#[test]
fn nothing_is_missed_when_the_system_loses_events() {
    let bench = Bench::with_accounts(5, "", "return {}");
    bench.group("G", 0, 1, "");
    let mut up = Up::start(&bench, &[]);
    let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let queue: usize = queue.trim().parse().unwrap();
    up.signal("-STOP");
    // Two events each at least.
    for at in 0..=queue / 2 {
        let path = bench.path(&format!("pools/noise{at}.tmp"));
        fs::write(&path, "").unwrap();
        fs::remove_file(&path).unwrap();
    }
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 3", ""));
    bench.write("pools/Q.yaml", &pool_yaml("LIMIT 2", "").replace("name: P", "name: Q"));
    bench.routine("R", "return { version = 2 }");
    bench.write("groups/deep/H.yaml", "name: H\nroutine: R\ninstances: [7]\naccount_pool: Q\n");
    up.signal("-CONT");
    up.until(|event| event["type"] == "definition.reloaded" && event["group"] == "H");
    let log = fs::read_to_string(bench.path("up.log")).unwrap();
    assert!(log.contains("everything is looked at again"), "{log}");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 3);
    assert_eq!(bench.launch("H")["totals"]["version"], 4, "two accounts by the second version");
    assert_watched_once(up.pid(), &bench.path(""), "after an overflow");
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 4", ""));
    up.until(|event| event["type"] == "definition.reloaded" && event["generation"] == 3);
    for (key, name, times) in [("pool", "P", 2), ("pool", "Q", 1), ("group", "H", 1)] {
        let told = up.seen.iter().filter(|it| it["type"] == "definition.reloaded" && it[key] == name);
        assert_eq!(told.count(), times, "{name}");
    }
    let loaded: Vec<&Value> =
        up.seen.iter().filter(|it| it["type"] == "extension.loaded" && it["extension"] == "R").collect();
    assert_eq!(loaded.last().unwrap()["generation"], 2);
}

/// The engine as a user who may only have so many watches.
fn limited(bench: &Bench, limit: &str) -> Option<Up> {
    let set = |then: &str| format!("echo {limit} && {then}");
    let can = Command::new("unshare").args(["-Ur", "sh", "-c", &set("true")]).output();
    if !can.is_ok_and(|it| it.status.success()) {
        let required = std::env::var_os("LARIAT_REQUIRE_NAMESPACES").is_some();
        assert!(!required, "this system has no user namespaces");
        eprintln!("skipped: this system has no user namespaces for whoever runs the tests");
        return None;
    }
    let program = bench.command(&[]).get_program().to_owned();
    let up = set("exec \"$0\" up --listen 127.0.0.1:0 --events");
    let mut command = Command::new("unshare");
    command.args(["-Ur", "sh", "-c", &up]).arg(program).current_dir(bench.path(""));
    Some(Up::start_by(bench, command))
}

#[test]
fn where_the_systems_limits_are_reached_files_are_looked_at() {
    for limit in ["0 > /proc/sys/user/max_inotify_instances", "2 > /proc/sys/user/max_inotify_watches"] {
        let bench = Bench::with_accounts(5, "", "return {}");
        bench.group("G", 0, 1, "");
        let quick = "accounts: {import: [accounts/]}\nwatch: {poll_every: 50ms}\n";
        bench.write("lariat.yaml", quick);
        let Some(mut up) = limited(&bench, limit) else { return };
        assert_polls(&bench, limit);
        bench.write("pools/P.yaml", &pool_yaml("LIMIT 3", ""));
        assert_eq!(up.until_type("definition.reloaded")["generation"], 2);
        bench.routine("R", "return { version = 2 }");
        up.until(|event| event["type"] == "extension.loaded" && event["generation"] == 2);
        assert_eq!(bench.launch("G")["totals"]["version"], 6);
        assert_eq!(watches(up.pid()), [], "{limit}");
    }
}

#[test]
fn a_limit_that_is_reached_later_is_noticed_then() {
    let bench = Bench::with_accounts(5, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nwatch: {poll_every: 50ms}\n");
    let Some(mut up) = limited(&bench, "12 > /proc/sys/user/max_inotify_watches") else { return };
    assert_eq!(bench.json(&["status"])["watching"]["mode"], "auto");
    for at in 0..20 {
        bench.write(
            &format!("pools/{at}/deep/pool.yaml"),
            &pool_yaml("", "").replace("name: P", &format!("name: P{at}")),
        );
    }
    for at in 0..20 {
        let name = format!("P{at}");
        if !up.seen.iter().any(|event| event["type"] == "definition.reloaded" && event["pool"] == name) {
            up.until(|event| event["type"] == "definition.reloaded" && event["pool"] == name);
        }
    }
    bench.write("pools/19/deep/pool.yaml", &pool_yaml("LIMIT 2", "").replace("name: P", "name: P19"));
    up.until(|event| event["type"] == "definition.reloaded" && event["generation"] == 2);
    assert_polls(&bench, "later");
}

fn assert_polls(bench: &Bench, context: &str) {
    let watching = bench.json(&["status"])["watching"].clone();
    assert_eq!(watching["mode"], "poll", "{context}");
    let trouble = watching["trouble"].as_str().unwrap();
    assert!(trouble.contains("fs.inotify.max_user_watches="), "{context}: {trouble}");
    bench.run(&["doctor"]).exits(1).says("fs.inotify.max_user_watches=");
}

/// Runs a shell's line in the workspace.
fn sh(bench: &Bench, line: &str) {
    let run = Command::new("sh").args(["-ec", line]).current_dir(bench.path("")).output().unwrap();
    assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
}

fn is_there(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|paths| {
        std::env::split_paths(&paths).any(|path| Path::new(&path).join(program).is_file())
    });
    assert!(found || std::env::var_os("LARIAT_REQUIRE_EDITORS").is_none(), "{program} isn't installed");
    if !found {
        eprintln!("skipped: {program} isn't installed");
    }
    found
}

/// Each save of a real program is one reload of exactly what it changed.
#[test]
fn each_save_of_an_editor_or_a_tool_is_one_reload() {
    let bench = Bench::with_accounts(5, "", "return {}");
    // Long enough for the steps of one save on a machine that is busy with other tests.
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nwatch: {quiet: 1500ms}\n");
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 1", ""));
    bench.write("pools/other.yaml", &pool_yaml("", "").replace("name: P", "name: Other"));
    let git = "git -c user.name=a -c user.email=a@b";
    if is_there("git") {
        sh(&bench, &format!("git init -q && git add pools && {git} commit -qm one"));
        sh(
            &bench,
            &format!(
                "git checkout -qb two && sed -i 's/LIMIT 1/LIMIT 9/' pools/P.yaml && {git} commit -qam two && git checkout -q -"
            ),
        );
    }
    let mut up = Up::start(&bench, &[]);
    let saves = [
        ("sed", "sed -i 's/LIMIT 1/LIMIT 2/' pools/P.yaml"),
        (
            "vim",
            "vim -N -u NONE -es -c 'set backup backupcopy=no writebackup' -c '%s/LIMIT 2/LIMIT 3/' -c wq pools/P.yaml; rm -f pools/P.yaml~",
        ),
        (
            "vim",
            "vim -N -u NONE -es -c 'set nowritebackup backupcopy=yes' -c '%s/LIMIT 3/LIMIT 4/' -c wq pools/P.yaml",
        ),
        ("cp", "sed 's/LIMIT ./LIMIT 5/' pools/P.yaml > copy && cp copy pools/P.yaml"),
        ("mv", "sed 's/LIMIT ./LIMIT 6/' pools/P.yaml > copy && mv copy pools/P.yaml"),
        (
            "ln",
            "sed 's/LIMIT ./LIMIT 7/' pools/P.yaml > far && ln -s ../far pools/.new && mv -T pools/.new pools/P.yaml",
        ),
        ("git", "rm pools/P.yaml && git checkout -q two -- pools"),
    ];
    let mut generation = 1;
    for (program, line) in saves {
        if !is_there(program) {
            continue;
        }
        sh(&bench, line);
        generation += 1;
        let told = up.until_type("definition.reloaded");
        assert_eq!((&told["pool"], &told["generation"]), (&json!("P"), &json!(generation)), "{line}");
    }
    // Whatever else they led to would be told before this.
    bench.group("Last", 0, 1, "");
    let told = up.until(|event| event["type"].as_str().unwrap().starts_with("definition."));
    assert_eq!(told["group"], "Last", "{told}");
    assert_eq!(named(&bench.json(&["status"]), "pools", "P")["generation"], generation);
}

#[test]
fn what_editors_leave_beside_a_file_is_nobodys_business() {
    let bench = Bench::with_accounts(5, "", "return {}");
    let mut up = Up::start(&bench, &[]);
    bench.group("Last", 0, 1, "");
    up.until_type("definition.reloaded");
    for at in 0..100 {
        bench.write(&format!("pools/.P{at}.yaml.swp"), "swap");
        bench.write(&format!("pools/P{at}.yaml~"), "backup");
        bench.write("pools/4913", "");
    }
    bench.group("Later", 0, 1, "");
    let told = up.until(|event| event["type"].as_str().unwrap().starts_with("definition."));
    assert_eq!(told["group"], "Later", "{told}");
}
