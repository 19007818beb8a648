//! SIGKILL at random moments: while the program starts, leases, settles, ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lariat_core::test_support::Dice;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use serde_json::Value;

use crate::bench::Bench;
use crate::heard::{Heard, Log};
use crate::look::missing_now;

const ACCOUNTS: usize = 1_000;
/// Rounds between two looks at the database, so that most engines find what the one
/// before them left, its write-ahead log included.
const LOOK: u64 = 12;

/// Every outcome, by the account's number.
pub const ROUTINE: &str = "
    local number = tonumber(string.sub(ctx.account.id, 2)) % 10
    ctx:sleep('1ms')
    if number == 0 then return lariat.fail('never works') end
    if number == 1 then return lariat.skip('not wanted') end
    if number == 2 and math.random() < 0.3 then return lariat.give_back('not now') end
    return { n = 1 }";

/// When an engine is killed.
enum Moment {
    /// So long after its start.
    After(Duration),
    /// After so many events.
    Events(usize),
    /// Not at all: it ends by itself when the pool is exhausted.
    Never,
}

impl Moment {
    fn choose(dice: &mut Dice) -> Self {
        match dice.weighted(&[12, 30, 1]) {
            0 => Self::After(Duration::from_micros(dice.between(0, 120_000))),
            1 => Self::Events(dice.below(80)),
            _ => Self::Never,
        }
    }
}

/// Runs an engine until that moment; gives what it said.
fn run(bench: &Bench, moment: &Moment) -> Vec<String> {
    let errors = std::fs::File::create(bench.path("stderr")).unwrap();
    let mut command = bench.command(&["launch", "G", "--events"]);
    let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let child = Arc::new(Mutex::new(child));
    let killer = match moment {
        Moment::After(delay) => {
            let (child, delay) = (child.clone(), *delay);
            Some(std::thread::spawn(move || {
                std::thread::sleep(delay);
                child.lock().unwrap().kill().unwrap();
            }))
        }
        _ => None,
    };
    let mut said = Vec::new();
    if matches!(moment, Moment::Events(0)) {
        child.lock().unwrap().kill().unwrap();
    }
    for line in output.lines() {
        let line = line.unwrap();
        // The last line may be cut in the middle: nobody heard it.
        if serde_json::from_str::<Value>(&line).is_ok() {
            said.push(line);
        }
        if matches!(moment, Moment::Events(most) if said.len() == *most) {
            child.lock().unwrap().kill().unwrap();
        }
    }
    let status = child.lock().unwrap().wait().unwrap();
    if let Some(killer) = killer {
        killer.join().unwrap();
    }
    let told = std::fs::read_to_string(bench.path("stderr")).unwrap();
    assert!(status.code().is_none_or(|code| code < 2), "{status}: {told}");
    said
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_doubles_nothing() {
    let rounds = from_environment("LARIAT_CRASH_ROUNDS").unwrap_or(200);
    let seed = from_environment("SEED").unwrap_or_else(fresh_seed);
    eprintln!("SEED={seed}");
    let mut dice = Dice::new(seed);
    let bench = Bench::with_accounts(ACCOUNTS, "retry_failed: true, max_failures: 3", ROUTINE);
    bench.group("G", 0, 8, "");
    let database = bench.path(".lariat/state.db");
    let mut log = Log::new(&bench.path("acknowledged.ndjson"));
    let (mut heard, mut since) = (Heard::default(), 0);
    for round in 1..=rounds {
        let said = run(&bench, &Moment::choose(&mut dice));
        log.append(&said);
        for line in &said {
            heard.hear(&serde_json::from_str(line).unwrap());
        }
        let done = heard.finals.len() > ACCOUNTS * 9 / 10;
        if round % LOOK == 0 || round == rounds || done {
            let (missing, last) = missing_now(&database, &heard, since);
            assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
            if done {
                bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
                heard.finals.clear();
                since = last;
            }
        }
        heard.engine_died();
    }
    let settled: i64 = heard.settled.values().sum();
    assert!(settled > 0, "nothing was settled in {rounds} rounds");
    eprintln!("{rounds} rounds, {settled} settlements acknowledged");
}
