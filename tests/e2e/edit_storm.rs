//! Random edits against a running engine: valid, broken, half written, renamed, deleted and
//! restored. Every account is served exactly once, and in the end the engine is what the
//! files say. More edits by request: `LARIAT_EDITS=1000`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::{Up, named, pool_yaml};

/// Edits between two moments at which everything must have been taken in.
const BATCH: usize = 5;

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// What a storm changes: the pool that bots are served from, their routine, and others.
struct Edits {
    dice: Dice,
    /// Where pool "P" lies now, and what it holds when it is whole.
    file: String,
    pool: String,
    others: BTreeMap<String, Option<String>>,
}

impl Edits {
    fn one(&mut self, bench: &Bench, nth: usize) {
        let other = format!("pools/other{}.yaml", self.dice.below(4));
        match self.dice.below(9) {
            0 => {
                let order = if self.dice.below(2) == 0 { "LIMIT 1000" } else { "LIMIT 900" };
                self.pool = pool_yaml(order, &format!("lease_ttl: {}s", 60 + self.dice.below(60)));
                bench.write(&self.file, &self.pool);
            }
            1 => bench.write(&self.file, "name: P\ntype: sql\nquery: {select: [\n"),
            2 => {
                let half = usize::try_from(self.dice.below(self.pool.len() as u64 - 1)).unwrap();
                bench.write(&self.file, &self.pool[..half]);
            }
            3 => {
                bench.write(&self.file, &self.pool);
                let moved = format!("pools/p{nth}.yaml");
                fs::rename(bench.path(&self.file), bench.path(&moved)).unwrap();
                self.file = moved;
            }
            4 => bench.routine("R", &format!("ctx:sleep('2ms') return {{ version = {nth} }}")),
            5 => bench.write("scripts/routines/R.lua", "local R = lariat.routine {"),
            6 => {
                let text = pool_yaml("LIMIT 3", "").replace("name: P", &format!("name: O{}", &other[11..12]));
                bench.write(&other, &text);
                self.others.insert(other, Some(text));
            }
            7 => {
                let _ = fs::remove_file(bench.path(&other));
                self.others.insert(other, None);
            }
            _ => {
                // As most editors save.
                bench.write("pools/.saving", &self.pool);
                fs::rename(bench.path("pools/.saving"), bench.path(&self.file)).unwrap();
            }
        }
    }
}

#[test]
fn a_storm_of_edits_harms_nobody() {
    let count = std::env::var("LARIAT_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_125);
    let accounts = 1000;
    let bench = Bench::with_accounts(accounts, "", "ctx:sleep('2ms') return { version = 0 }");
    let pool = pool_yaml("LIMIT 1000", "");
    bench.write("pools/P.yaml", &pool);
    bench.group("G", 0, 8, "stagger_delay: 0");
    let mut up = Up::start(&bench, &[]);
    let launch = bench.spawn(&["launch", "G", "--json"]);
    up.until_type("lease.settled");

    let mut edits = Edits { dice: Dice(seed), file: "pools/P.yaml".into(), pool, others: BTreeMap::new() };
    for nth in 0..count {
        edits.one(&bench, nth);
        if nth % BATCH == BATCH - 1 {
            let marker = format!("Marker{nth}");
            bench.group_of(&marker, "R", None, 50, 1, "");
            up.until(|event| event["type"] == "definition.reloaded" && event["group"] == marker);
        }
    }
    // All is mended in the end.
    bench.write(&edits.file, &pool_yaml("LIMIT 1000", ""));
    bench.routine("R", "return { version = 1 }");
    bench.run(&["reload"]).exits(0);
    let status = bench.json(&["status"]);
    assert_eq!(status["watching"], json!({"mode": "auto", "trouble": null}), "SEED={seed}");
    for row in ["pools", "groups", "extensions"].iter().flat_map(|key| status[key].as_array().unwrap()) {
        assert!(row["error"].is_null(), "SEED={seed}: {row}");
    }
    let mut expected: Vec<String> = vec!["P".into()];
    let there = edits.others.iter().filter(|(_, text)| text.is_some());
    expected.extend(there.map(|(file, _)| format!("O{}", &file[11..12])));
    expected.sort();
    let mut names: Vec<&str> =
        status["pools"].as_array().unwrap().iter().map(|pool| pool["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, expected, "SEED={seed}");

    // What a smaller selection left out is served by another launch.
    let report: Value = serde_json::from_slice(&launch.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(report[0]["accounts"]["failed"], 0, "SEED={seed}: {report}");
    bench.run(&["launch", "G"]).exits(0);
    let status = bench.json(&["status"]);
    assert_eq!(named(&status, "pools", "P")["completed"], accounts, "SEED={seed}");
    bench.run(&["stop", "--engine"]).exits(0);
    let (code, events) = up.ends();
    assert_eq!(code, 0, "SEED={seed}");
    let mut served: BTreeMap<&str, usize> = BTreeMap::new();
    for event in
        events.iter().filter(|event| event["type"] == "lease.settled" && event["outcome"] == "completed")
    {
        *served.entry(event["account"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(served.len(), accounts, "SEED={seed}");
    assert!(served.values().all(|times| *times == 1), "SEED={seed}");
}
