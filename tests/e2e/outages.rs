//! A store that can't be written for a while, and an engine that is frozen: under real
//! conditions, through the real binary.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use lariat_core::failpoint::VARIABLE;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use crate::bench::{Bench, of_type};

/// An engine under way, with its events as they come.
struct Engine {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    events: Vec<Value>,
}

impl Engine {
    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, events: Vec::new() }
    }

    /// Reads on until an event is as wanted.
    #[track_caller]
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) {
        for line in self.lines.by_ref() {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let found = wanted(&event);
            self.events.push(event);
            if found {
                return;
            }
        }
        let mut err = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut err).unwrap();
        panic!("the engine ended before that: {err}");
    }

    fn is(kind: &'static str) -> impl Fn(&Value) -> bool {
        move |event| event["type"] == kind
    }

    /// Reads to the end; gives the exit code and what it said on stderr.
    fn end(&mut self) -> (Option<i32>, String) {
        for line in self.lines.by_ref() {
            self.events.push(serde_json::from_str(&line.unwrap()).unwrap());
        }
        let mut err = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut err).unwrap();
        (self.child.wait().unwrap().code(), err)
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }
}

/// A test that fails leaves nothing running.
impl Drop for Engine {
    fn drop(&mut self) {
        // It has ended when all went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Everything was done once and told once, and nobody held what somebody else held.
fn all_is_well(bench: &Bench, events: &[Value], accounts: usize) {
    let mut held: HashMap<String, Value> = HashMap::new();
    let mut completed: HashMap<String, usize> = HashMap::new();
    for event in events {
        let account = event["account"].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap() {
            "lease.granted" => assert!(held.insert(account, event.clone()).is_none(), "{event}: held twice"),
            "lease.settled" => {
                assert!(held.remove(&account).is_some(), "{event}: wasn't held");
                *completed.entry(account).or_default() += usize::from(event["outcome"] == "completed");
            }
            _ => {}
        }
    }
    assert!(completed.values().all(|times| *times == 1) && completed.len() == accounts, "{completed:?}");
    let counts = bench.pool_counts();
    assert_eq!((&counts["completed"], &counts["in_use"]), (&json!(accounts), &json!(0)));
    assert_eq!(bench.json(&["pool", "stats", "P"])["totals"]["n"], json!(accounts));
    bench.run(&["doctor"]).exits(0);
}

/// Sets how large a file the engine may write: nothing more can be written with 1.
fn limit_files(engine: &Engine, bytes: &str) {
    let done = Command::new("prlimit")
        .args(["--pid", &engine.child.id().to_string(), &format!("--fsize={bytes}:unlimited")])
        .status()
        .expect("prlimit (of util-linux) is needed");
    assert!(done.success());
}

#[test]
fn a_full_disk_pauses_work_which_goes_on_when_there_is_space() {
    const ACCOUNTS: usize = 60;
    let bench = Bench::with_accounts(ACCOUNTS, "", "ctx:sleep('10ms') return { n = 1 }");
    bench.group("G", 0, 4, "");
    let plain = bench.command(&["launch", "G", "--events"]);
    // Writing too much is an error then, as on a full disk, and not a signal.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(bench.path("")).env_remove("LARIAT_WORKSPACE").env_remove("RUST_LOG");
    let mut engine = Engine::of(command);
    for _ in 0..10 {
        engine.until(Engine::is("lease.settled"));
    }
    limit_files(&engine, "1");
    engine.until(Engine::is("ledger.unavailable"));
    assert!(engine.events.last().unwrap()["error"].as_str().unwrap().contains("check the disk"));
    let held = bench.pool_counts();
    assert_eq!(bench.pool_counts(), held, "seen from beside: bots keep what they hold");
    limit_files(&engine, "unlimited");
    engine.until(Engine::is("ledger.available"));
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("leasing pauses"), "{err}");
    assert!(err.lines().count() < 12, "a line when it begins and one when it ends: {err}");
    all_is_well(&bench, &engine.events, ACCOUNTS);
}

#[test]
fn a_second_ctrl_c_ends_the_wait_for_the_disk_and_the_next_start_returns_the_lease() {
    let bench = Bench::with_accounts(1, "", "ctx:sleep('50ms') return { n = 1 }");
    bench.group("G", 0, 1, "");
    let mut command = bench.command(&["launch", "G", "--events"]);
    command.env(VARIABLE, "store.settle=error");
    let mut engine = Engine::of(command);
    engine.until(Engine::is("ledger.unavailable"));
    engine.signal("-INT");
    let mut said = BufReader::new(engine.child.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("press Ctrl-C again")));
    engine.signal("-INT");
    for line in engine.lines.by_ref() {
        engine.events.push(serde_json::from_str(&line.unwrap()).unwrap());
    }
    assert_eq!(engine.child.wait().unwrap().code(), Some(130));
    assert!(of_type(&engine.events, "lease.settled").is_empty(), "nothing is told that isn't written");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
}

/// Overwrites the file of the store below a running engine, or cuts it off.
fn damage(bench: &Bench, cut: bool) {
    let path = bench.path(".lariat/state.db");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    if cut {
        file.set_len(4096).unwrap();
    } else {
        std::os::unix::fs::FileExt::write_all_at(
            &file,
            &vec![0xA5; usize::try_from(length).unwrap() - 100],
            100,
        )
        .unwrap();
    }
}

#[test]
fn a_store_that_is_damaged_below_a_running_engine_is_refused_afterwards_and_repaired() {
    for cut in [false, true] {
        let bench = Bench::with_accounts(2_000, "", "ctx:sleep('20ms') return { n = 1 }");
        bench.group("G", 0, 2, "max_accounts: 15");
        // Now all accounts are in the file; most of its pages aren't written again.
        bench.run(&["pool", "list"]).exits(0);
        let mut engine = Engine::of(bench.command(&["launch", "G", "--events"]));
        for _ in 0..6 {
            engine.until(Engine::is("lease.settled"));
        }
        bench.run(&["backup"]).exits(0);
        damage(&bench, cut);
        // Whatever it can't read or write pauses it; it may also be done without needing that.
        engine.until(|event| ["ledger.unavailable", "launch.finished"].iter().any(|it| event["type"] == *it));
        engine.signal("-KILL");
        engine.end();
        let mut held = HashMap::new();
        for event in &engine.events {
            let account = event["account"].as_str().unwrap_or_default().to_owned();
            match event["type"].as_str().unwrap() {
                "lease.granted" => assert!(held.insert(account, ()).is_none(), "{event}: held twice"),
                "lease.settled" => assert!(held.remove(&account).is_some(), "{event}: wasn't held"),
                _ => {}
            }
        }
        bench.run(&["launch", "G"]).exits(1).says("`lariat doctor --repair` puts the last good backup");
        bench.run(&["doctor", "--repair", "--yes"]).exits(0).says("everything since then is lost");
        let kept = bench.pool_counts()["completed"].as_u64().unwrap();
        assert!(kept >= 6, "the backup has what was settled before it: {kept}");
        bench.launch("G");
        assert_eq!(bench.pool_counts()["completed"], json!(kept + 30), "cut: {cut}");
    }
}

#[tokio::test]
async fn a_locked_database_is_waited_for() {
    const ACCOUNTS: usize = 20;
    let bench = Bench::with_accounts(ACCOUNTS, "", "ctx:sleep('10ms') return { n = 1 }");
    bench.group("G", 0, 2, "");
    let mut engine = Engine::of(bench.command(&["launch", "G", "--events"]));
    engine.until(Engine::is("lease.settled"));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(bench.path(".lariat/state.db"));
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    // It may have to wait for its turn itself.
    sqlx::raw_sql("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    engine.until(Engine::is("ledger.unavailable"));
    assert!(engine.events.last().unwrap()["error"].as_str().is_some());
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    engine.until(Engine::is("ledger.available"));
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    drop(other);
    all_is_well(&bench, &engine.events, ACCOUNTS);
}

#[test]
fn a_subscriber_that_does_not_read_holds_nobody_up() {
    const ACCOUNTS: usize = 1_500;
    let bench = Bench::with_accounts(ACCOUNTS, "", "return { n = 1 }");
    bench.group("G", 0, 8, "");
    let mut engine = Engine::of(bench.command(&["launch", "G", "--events"]));
    // Far more than a pipe holds is told before anybody reads it.
    while bench.path(".lariat/state.db").exists().then(|| bench.pool_counts()["completed"].clone())
        != Some(json!(ACCOUNTS))
    {
        assert!(engine.child.try_wait().unwrap().is_none(), "it ended unread");
    }
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    all_is_well(&bench, &engine.events, ACCOUNTS);
}

/// A small file system, if this user may mount one.
struct Small(std::path::PathBuf);

impl Small {
    fn mount(at: std::path::PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(&at).output().ok()?;
        done.status.success().then_some(Self(at))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_file_system_that_fills_up_and_one_that_is_read_only() {
    const ACCOUNTS: usize = 400;
    let bench = Bench::with_accounts(ACCOUNTS, "", "ctx:sleep('5ms') return { n = 1 }");
    bench.group("G", 0, 4, "");
    let Some(small) = Small::mount(bench.path(".lariat"), "size=6m,mode=700") else {
        eprintln!("skipped: only root may mount a small file system; run the tests as root for this one");
        return;
    };
    let mut engine = Engine::of(bench.command(&["launch", "G", "--events"]));
    engine.until(Engine::is("lease.settled"));
    let ballast = bench.path(".lariat/ballast");
    // As much as fits: what is written last fails.
    drop(std::fs::write(&ballast, vec![0; 6 << 20]));
    engine.until(Engine::is("ledger.unavailable"));
    let error = engine.events.last().unwrap()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("the disk is full: free some space"), "{error}");
    std::fs::remove_file(&ballast).unwrap();
    engine.until(Engine::is("ledger.available"));
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    all_is_well(&bench, &engine.events, ACCOUNTS);

    let done = Command::new("mount").args(["-o", "remount,ro"]).arg(&small.0).status().unwrap();
    assert!(done.success());
    let refused = bench.run(&["launch", "G"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("Read-only file system"), "{}", refused.err);
    let done = Command::new("mount").args(["-o", "remount,rw"]).arg(&small.0).status().unwrap();
    assert!(done.success());
    bench.run(&["launch", "G"]).exits(0);
}

#[test]
fn a_lease_that_is_not_renewed_is_taken_over_and_the_late_result_kept_aside() {
    let bench = Bench::new();
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    bench.write("accounts/all.csv", "id,pack_count\nfirst,2\nshared,1\n");
    let pool = |name: &str, condition: &str, config: &str| {
        let yaml = format!(
            "name: {name}\ntype: sql\nquery:\n  select: SELECT id FROM accounts WHERE {condition} ORDER BY \
             pack_count DESC\npool_config: {{{config}}}\n"
        );
        bench.write(&format!("pools/{name}.yaml"), &yaml);
    };
    pool("P", "id = 'shared'", "lease_ttl: 1s");
    pool("Q", "true", "");
    // The bot of the one group holds the shared account until that of the other has it.
    bench.routine(
        "R",
        "if ctx.group == 'Slow' then
           ctx.store:set('held', true)
           while not ctx.store:get('taken') do ctx:sleep('20ms') end
           return { late = 7 }
         end
         if ctx.account.id == 'shared' then ctx.store:set('taken', true) end
         while not ctx.store:get('held') do ctx:sleep('20ms') end
         return { n = 1 }",
    );
    bench.group_of("Slow", "R", Some("P"), 0, 1, "max_accounts: 1");
    bench.group_of("Quick", "R", Some("Q"), 1, 1, "");
    let mut command = bench.command(&["launch", "Slow", "Quick", "--events", "--log-format", "json"]);
    command.env(VARIABLE, "store.renew=error");
    let mut engine = Engine::of(command);
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    let settled = of_type(&engine.events, "lease.settled");
    let late = settled.iter().find(|event| event["group"] == "Slow").unwrap();
    assert_eq!((&late["outcome"], &late["account"]), (&json!("fenced"), &json!("shared")), "{err}");
    assert!(settled.iter().any(|event| event["group"] == "Quick" && event["account"] == "shared"));
    assert!(err.contains("the lease was taken over"), "{err}");
    let shown = bench.json(&["account", "show", "shared"]);
    let runs = shown["attempts"].as_array().unwrap();
    let fenced = runs.iter().find(|run| run["outcome"] == "fenced").unwrap();
    assert_eq!(fenced["result"], json!({"late": 7}), "kept aside");
    let pools = bench.json(&["pool", "list"]);
    let of = |name: &str| pools.as_array().unwrap().iter().find(|pool| pool["name"] == name).unwrap().clone();
    assert_eq!((&of("P")["completed"], &of("Q")["completed"]), (&json!(0), &json!(2)), "and not applied");
    assert_eq!(bench.json(&["pool", "stats", "P"])["totals"], json!({}));
}

#[test]
fn an_engine_that_is_frozen_longer_than_lease_ttl_wakes_up_in_order() {
    const ACCOUNTS: usize = 24;
    let bench = Bench::with_accounts(ACCOUNTS, "lease_ttl: 1s", "ctx:sleep('100ms') return { n = 1 }");
    bench.pool("Q", "lease_ttl: 1s");
    bench.group("G", 0, 3, "");
    bench.group_of("H", "R", Some("Q"), 3, 3, "");
    let mut engine = Engine::of(bench.command(&["launch", "G", "H", "--events"]));
    for _ in 0..6 {
        engine.until(Engine::is("lease.settled"));
    }
    engine.signal("-STOP");
    // Not to wait for something: this is how long it is frozen.
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    engine.signal("-CONT");
    let (code, err) = engine.end();
    assert_eq!(code, Some(0), "{err}");
    // Whoever was passed over is told so, and only then.
    let mut holders: HashMap<String, Vec<Value>> = HashMap::new();
    let mut done: HashMap<(String, String), usize> = HashMap::new();
    for event in &engine.events {
        let key = event["account"].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str().unwrap() {
            "lease.granted" => holders.entry(key).or_default().push(event["instance"].clone()),
            "lease.settled" => {
                let holding = holders.get_mut(&key).unwrap();
                let at = holding.iter().position(|instance| *instance == event["instance"]).unwrap();
                let newest = at + 1 == holding.len();
                assert!(newest || event["outcome"] == "fenced", "{event}: settled what somebody else holds");
                holding.remove(at);
                let pool = event["pool"].as_str().unwrap().to_owned();
                *done.entry((pool, key)).or_default() += usize::from(event["outcome"] == "completed");
            }
            _ => {}
        }
    }
    assert!(holders.values().all(Vec::is_empty), "{holders:?}");
    assert!(done.len() == 2 * ACCOUNTS && done.values().all(|times| *times == 1), "{done:?}");
    for pool in bench.json(&["pool", "list"]).as_array().unwrap() {
        assert_eq!((&pool["completed"], &pool["in_use"]), (&json!(ACCOUNTS), &json!(0)));
    }
}
