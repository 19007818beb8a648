//! What the program has acknowledged by its events, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

/// Everything that was acknowledged since the pool's last reset.
#[derive(Debug, Default)]
pub struct Heard {
    /// The last word on an account: completed, failed or skipped.
    pub finals: BTreeMap<String, String>,
    /// Accounts leased by the engine that is alive.
    pub held: BTreeSet<String>,
    /// The settlements told of each account, ever.
    pub settled: BTreeMap<String, i64>,
}

impl Heard {
    /// Hears an event, and objects to one that breaks a promise.
    pub fn hear(&mut self, event: &Value) {
        let account = event["account"].as_str().unwrap_or_default();
        match event["type"].as_str().unwrap() {
            "lease.granted" => {
                assert!(
                    !self.finals.contains_key(account),
                    "{account} was done, and is served again: {event}"
                );
                assert!(self.held.insert(account.to_owned()), "{account} is held twice: {event}");
            }
            "lease.settled" => {
                assert!(self.held.remove(account), "{account} was settled without being held: {event}");
                *self.settled.entry(account.to_owned()).or_default() += 1;
                let outcome = event["outcome"].as_str().unwrap();
                assert_ne!(outcome, "fenced", "nobody took {account} over");
                if matches!(outcome, "completed" | "failed" | "skipped") {
                    let before = self.finals.insert(account.to_owned(), outcome.to_owned());
                    assert_eq!(before, None, "{account} was settled twice: {event}");
                }
            }
            "events.lost" => panic!("the program couldn't keep up with its own events"),
            _ => {}
        }
    }

    /// The engine died: what it held is nobody's.
    pub fn engine_died(&mut self) {
        self.held.clear();
    }
}

/// The log of what was acknowledged, on the disk before anything follows from it.
pub struct Log(File);

impl Log {
    pub fn new(path: &Path) -> Self {
        Self(File::create(path).unwrap())
    }

    pub fn append(&mut self, lines: &[String]) {
        for line in lines {
            writeln!(self.0, "{line}").unwrap();
        }
        self.0.sync_data().unwrap();
    }
}
