//! Random edits against running groups: valid, broken, half written, renamed, deleted and
//! restored. Every account is served exactly once, in the order of the definition then in
//! force; in the end the engine is what the files say; its memory stays flat, and nothing is
//! watched twice.
//!
//! `LARIAT_EDITS=1000` is the whole storm: two minutes, 64 bots, 10,000 accounts.
//! `SEED=…` makes the same edits again; when exactly they are noticed is the machine's choice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::process::Child;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::{Up, named};
use crate::served::Served;
use crate::watches::{assert_watched_once, memory};

/// Edits between two moments at which everything must have been taken in.
const BATCH: usize = 5;
/// Accounts that are settled between two edits: the storm lasts as long as they do.
const PACE: usize = 10;
const GROUPS: usize = 4;
const BOTS: usize = 16;
/// How much more memory, in kilobytes, an engine may have in the second half of a storm than it
/// had at most in the first.
const GROWTH: u64 = 24 * 1024;

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

/// A pool whose accounts say which version of its file they were selected by, and come in
/// an order that is that version's own. It can't be cut so that it selects otherwise.
fn pool(version: usize, settings: &str) -> String {
    let select = format!(
        "SELECT id, pack_count, {version} AS version FROM accounts ORDER BY (pack_count * {}) % 10007",
        2 * version + 1
    );
    format!("name: P\ntype: sql\nquery:\n  select: \"{select}\"\npool_config:\n  {settings}\n")
}

/// The routine tells by which version of the pool and of itself an account is served.
fn routine(version: usize, pause: &str) -> String {
    format!("ctx:progress(ctx.account.version, {version}) {pause} return {{}}")
}

/// What a storm changes: the pool that bots are served from, their routine, and others.
struct Edits<'a> {
    bench: &'a Bench,
    dice: Dice,
    /// The versions of pool "P" and of the routine that were written last, and are whole.
    version: usize,
    routine: usize,
    pause: String,
    /// Where pool "P" lies now; what it holds when it is whole; whether it is there.
    file: String,
    pool: String,
    is_there: bool,
    /// A file that is being written, slowly, and what is still missing.
    slow: Option<(File, String)>,
}

impl Edits<'_> {
    /// One edit, of a random kind.
    fn one(&mut self, nth: usize) {
        if let Some((mut file, rest)) = self.slow.take() {
            file.write_all(rest.as_bytes()).unwrap();
        }
        let (bench, other) = (self.bench, self.dice.below(4));
        let other_file = format!("pools/other{other}.yaml");
        let other_text = format!(
            "name: O{other}\ntype: sql\nquery: {{select: SELECT id FROM accounts LIMIT {}}}\n",
            nth + 1
        );
        match self.dice.below(22) {
            0 | 1 => {
                self.version = nth + 1;
                self.pool = pool(self.version, "lease_ttl: 1h");
                self.save();
            }
            2 => {
                self.pool = pool(self.version, &format!("lease_ttl: {}s", 3600 + nth));
                self.save_over();
            }
            3 => bench.write(&self.file, "name: P\ntype: sql\nquery: {select: [\n"),
            4 => bench.write(&self.file, &pool(self.version, "lease_tttl: 1h")),
            5 => {
                let half = self.dice.below(self.pool.len() - 1);
                bench.write(&self.file, &self.pool[..half]);
            }
            6 => {
                let half = self.dice.below(self.pool.len() - 1);
                let mut file = File::create(bench.path(&self.file)).unwrap();
                file.write_all(&self.pool.as_bytes()[..half]).unwrap();
                self.slow = Some((file, self.pool[half..].to_owned()));
                self.is_there = true;
            }
            7 => {
                self.save();
                let moved = format!("pools/p{nth}.yaml");
                fs::rename(bench.path(&self.file), bench.path(&moved)).unwrap();
                self.file = moved;
            }
            8 => {
                let _ = fs::remove_file(bench.path(&self.file));
                self.is_there = false;
            }
            9 => self.save(),
            10 | 11 => self.save_routine(nth + 1),
            12 => bench.write("scripts/routines/R.lua", "local R = lariat.routine {"),
            13 => drop(fs::remove_file(bench.path("scripts/routines/R.lua"))),
            14 => bench.write(&other_file, &other_text),
            15 => drop(fs::remove_file(bench.path(&other_file))),
            // Renamed inside its file, and two files that claim one name.
            16 => bench.write(&other_file, &other_text.replace("name: O", "name: Renamed")),
            17 => bench.write(&other_file, &other_text.replace(&format!("name: O{other}"), "name: O0")),
            18 => self.folder_away_and_back(),
            19 => {
                let group = format!("groups/Idle{other}.yaml");
                let text = format!(
                    "name: Idle{other}\nroutine: R\ninstances: [{}]\naccount_pool: O{other}\n",
                    200 + nth
                );
                bench.write(&group, if self.dice.below(3) == 0 { "name: [" } else { &text });
            }
            20 => {
                let order = self.dice.below(100);
                let text = format!(
                    "local H = lariat.hook {{ name = 'h', on = {{ 'before:validate' }}, order = {order} }}\nfunction H.run(ctx) end\nreturn H\n"
                );
                bench.write("scripts/hooks/h.lua", if order < 30 { "return nil +" } else { &text });
            }
            _ => {
                let key = if self.dice.below(3) == 0 { "restart_pollicy" } else { "restart_policy" };
                bench.write(
                    "lariat.yaml",
                    &format!("accounts: {{import: [accounts/]}}\nlaunch: {{{key}: on_failure}}\n"),
                );
            }
        }
    }

    /// In place.
    fn save(&mut self) {
        self.bench.write(&self.file, &self.pool);
        self.is_there = true;
    }

    /// As most editors save.
    fn save_over(&mut self) {
        self.bench.write("pools/.saving", &self.pool);
        fs::rename(self.bench.path("pools/.saving"), self.bench.path(&self.file)).unwrap();
        self.is_there = true;
    }

    fn save_routine(&mut self, version: usize) {
        self.routine = version;
        self.bench.routine("R", &routine(version, &self.pause));
    }

    /// As `git stash` and a restored backup do: the whole folder is another one.
    fn folder_away_and_back(&self) {
        let (folder, away) = (self.bench.path("pools"), self.bench.path("away"));
        fs::rename(&folder, &away).unwrap();
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(&away).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        fs::remove_dir_all(&away).unwrap();
    }

    /// Everything is whole.
    fn mend(&mut self) {
        self.slow = None;
        self.version += 1;
        self.pool = pool(self.version, "lease_ttl: 1h");
        self.save();
        self.save_routine(self.routine + 1);
        for other in 0..4 {
            let text =
                format!("name: O{other}\ntype: sql\nquery: {{select: SELECT id FROM accounts LIMIT 7}}\n");
            self.bench.write(&format!("pools/other{other}.yaml"), &text);
            self.bench.group_of(&format!("Idle{other}"), "R", Some(&format!("O{other}")), 100 + other, 1, "");
        }
        self.bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
        self.bench.write("scripts/hooks/h.lua", "local H = lariat.hook { name = 'h', on = { 'before:validate' } }\nfunction H.run(ctx) end\nreturn H\n");
    }
}

/// The groups' launches: one that ended is begun anew, as a user would.
struct Launches<'a> {
    bench: &'a Bench,
    running: BTreeMap<String, Child>,
}

impl Launches<'_> {
    fn begin(&mut self, up: &mut Up, context: &str) {
        for group in (0..GROUPS).map(|at| format!("G{at}")) {
            if self.running.contains_key(&group) {
                continue;
            }
            let child = self.bench.spawn(&["launch", &group, "--json"]);
            loop {
                let event = up.until(|event| {
                    event["type"] == "launch.finished"
                        || (event["type"] == "launch.started" && event["group"] == group)
                });
                self.note(&event, context);
                if event["type"] == "launch.started" {
                    break;
                }
            }
            self.running.insert(group, child);
        }
    }

    /// Takes notice of an event; an ended launch is waited for.
    fn note(&mut self, event: &Value, context: &str) {
        if event["type"] != "launch.finished" {
            return;
        }
        let Some(child) = event["group"].as_str().and_then(|group| self.running.remove(group)) else {
            return;
        };
        let ended = child.wait_with_output().unwrap();
        // 3: there was no pool, or no routine, when it began.
        assert!(matches!(ended.status.code(), Some(0 | 3)), "{context}: {ended:?}");
        let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(report[0]["accounts"]["failed"], 0, "{context}: {report}");
    }
}

#[test]
fn a_storm_of_edits_harms_nobody() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let edits = usize::try_from(number("LARIAT_EDITS").unwrap_or(60)).unwrap();
    let seed = number("SEED").unwrap_or(20_261_125);
    let context = format!("SEED={seed} LARIAT_EDITS={edits}");
    let accounts = edits * PACE;
    // 64 bots serve ten thousand accounts in two minutes.
    let pause = "ctx:sleep('760ms')".to_owned();
    let bench = Bench::with_accounts(accounts, "", &routine(0, &pause));
    bench.write("pools/P.yaml", &pool(0, "lease_ttl: 1h"));
    for group in 0..GROUPS {
        bench.group(&format!("G{group}"), group * BOTS, BOTS, "stagger_delay: 0");
    }
    let mut up = Up::start(&bench, &[]);
    let mut launches = Launches { bench: &bench, running: BTreeMap::new() };
    launches.begin(&mut up, &context);

    let mut storm = Edits {
        bench: &bench,
        dice: Dice(seed),
        version: 0,
        routine: 0,
        pause,
        file: "pools/P.yaml".into(),
        pool: pool(0, "lease_ttl: 1h"),
        is_there: true,
        slow: None,
    };
    let mut served = Served::new(|version, account| {
        let packs = accounts - account;
        (packs * (2 * version + 1)) % 10007
    });
    let mut sizes = Vec::new();
    for nth in 0..edits {
        storm.one(nth);
        let mut settled = 0;
        while settled < PACE && !launches.running.is_empty() {
            let event =
                up.until(|event| matches!(event["type"].as_str(), Some("lease.settled" | "launch.finished")));
            settled += usize::from(event["type"] == "lease.settled");
            launches.note(&event, &context);
        }
        if nth % BATCH != BATCH - 1 {
            continue;
        }
        if storm.dice.below(2) == 0 && storm.slow.is_none() {
            storm.save();
            storm.save_routine(storm.routine);
        }
        let whole = storm.slow.is_none()
            && fs::read_to_string(bench.path(&storm.file)).is_ok_and(|text| text == storm.pool);
        let marker = format!("Marker{}", nth / BATCH % 2);
        bench.group_of(&marker, "R", None, 1000 + nth, 1, "");
        let told = loop {
            let event = up.until(|event| {
                event["type"] == "launch.finished"
                    || (event["type"] == "definition.reloaded" && event["group"] == marker)
            });
            launches.note(&event, &context);
            if event["type"] != "launch.finished" {
                break event;
            }
        };
        if whole && launches.running.len() == GROUPS {
            served.at_least(&told, storm.version);
        }
        if storm.is_there && whole {
            launches.begin(&mut up, &context);
        }
        sizes.push(memory(up.pid()));
        assert_watched_once(up.pid(), &bench.path(""), &context);
    }
    storm.mend();
    bench.run(&["reload"]).exits(0);
    let status = bench.json(&["status"]);
    assert_eq!(status["watching"], json!({"mode": "auto", "trouble": null}), "{context}");
    for row in ["pools", "groups", "extensions"].iter().flat_map(|key| status[key].as_array().unwrap()) {
        assert!(row["error"].is_null(), "{context}: {row}");
    }
    // What is left is served to the end.
    loop {
        while !launches.running.is_empty() {
            let event = up.until(|event| event["type"] == "launch.finished");
            launches.note(&event, &context);
        }
        if named(&bench.json(&["status"]), "pools", "P")["completed"] == accounts {
            break;
        }
        launches.begin(&mut up, &context);
    }
    sizes.push(memory(up.pid()));
    let stormed = standing(&bench.json(&["status"]));
    bench.run(&["stop", "--engine"]).exits(0);
    let (code, events) = up.ends();
    assert_eq!(code, 0, "{context}");
    served.check(&events, accounts, &context);
    // An engine that has seen nothing but the files as they are now stands alike.
    let fresh = Up::start(&bench, &[]);
    assert_eq!(stormed, standing(&bench.json(&["status"])), "{context}");
    bench.run(&["stop", "--engine"]).exits(0);
    assert_eq!(fresh.ends().0, 0, "{context}");
    let (early, late) = sizes.split_at(sizes.len() / 2);
    let (early, late) = (early.iter().max().unwrap(), late.iter().max().unwrap());
    eprintln!("{context}: at most {early} kB in the first half, {late} kB in the second");
    assert!(*late <= early + GROWTH, "{context}: {sizes:?}");
}

/// What an engine's status says of definitions and extensions, without what it remembers.
fn standing(status: &Value) -> Vec<Value> {
    let keys = [
        ("pools", &["name", "type", "error"][..]),
        ("groups", &["name", "routine", "instances", "bot_count", "account_pool", "state", "error"]),
        ("extensions", &["kind", "name", "file", "state", "error"]),
    ];
    let row = |row: &Value, keys: &[&str]| keys.iter().map(|key| row[*key].clone()).collect::<Value>();
    keys.iter()
        .flat_map(|(list, keys)| status[*list].as_array().unwrap().iter().map(|it| row(it, keys)))
        .collect()
}
