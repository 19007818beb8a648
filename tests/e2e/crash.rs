//! What happens when the engine dies, is interrupted, or isn't alone.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Child;

use serde_json::Value;

use crate::bench::Bench;

/// Rounds of `kill -9`; more by request: `LARIAT_CRASH_ROUNDS=100`.
fn rounds() -> usize {
    std::env::var("LARIAT_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Reads events until `enough` says so; gives all that were read.
fn read_until(child: &mut Child, mut enough: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let mut events = Vec::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let Ok(event) = serde_json::from_str::<Value>(&line.unwrap()) else { break };
        let stop = enough(&event);
        events.push(event);
        if stop {
            break;
        }
    }
    events
}

fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn kill_9_in_the_middle_loses_nothing_and_doubles_nothing() {
    let accounts = 60 * rounds();
    let bench = Bench::with_accounts(accounts, "", "ctx:sleep('1ms') return { n = 1 }");
    bench.group("G", 0, 8, "");
    let mut acknowledged: BTreeMap<String, usize> = BTreeMap::new();
    let mut note = |events: &[Value]| {
        for event in events.iter().filter(|event| event["type"] == "lease.settled") {
            assert_eq!(event["outcome"], "completed");
            *acknowledged.entry(event["account"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    };
    for round in 0..rounds() {
        let mut child = bench.spawn(&["launch", "G", "--events"]);
        let mut settled = 0;
        let events = read_until(&mut child, |event| {
            settled += usize::from(event["type"] == "lease.settled");
            settled > 7 * (round % 6)
        });
        child.kill().unwrap();
        note(&events);
        child.wait().unwrap();
    }
    let rest = bench.run(&["launch", "G", "--events"]).exits(0);
    note(&rest.lines());
    let twice: Vec<_> = acknowledged.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "acknowledged, and done again: {twice:?}");
    let counts = bench.pool_counts();
    assert_eq!((counts["completed"].as_u64(), counts["in_use"].as_u64()), (Some(accounts as u64), Some(0)));
    let stats = bench.json(&["pool", "stats", "P"]);
    assert_eq!(stats["totals"]["n"].as_u64(), Some(accounts as u64), "each was counted once");
}

#[test]
fn the_next_start_returns_the_leases_of_a_dead_engine_at_once() {
    let bench = Bench::with_accounts(3, "", "if ctx.account.pack_count then ctx:sleep('30s') end");
    bench.group("G", 0, 3, "");
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    let mut held = 0;
    read_until(&mut child, |event| {
        held += usize::from(event["type"] == "lease.granted");
        held == 3
    });
    let beside = bench.pool_counts();
    assert_eq!(beside["in_use"], 3, "seen from beside the engine");
    child.kill().unwrap();
    child.wait().unwrap();
    let after = bench.pool_counts();
    assert_eq!((&after["in_use"], &after["available"]), (&0.into(), &3.into()));
    assert_eq!(bench.json(&["account", "show", "a00000"])["status"], "available");
}

#[test]
fn one_engine_a_workspace() {
    let bench = Bench::with_accounts(1, "", "ctx:sleep('30s')");
    bench.group("G", 0, 1, "");
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    read_until(&mut child, |event| event["type"] == "lease.granted");
    let second = bench.run(&["launch", "G"]).exits(5);
    second.says(&child.id().to_string());
    bench.run(&["pool", "reset", "P"]).exits(5);
    bench.run(&["pool", "list"]).exits(0);
    bench.run(&["account", "list"]).exits(0);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_reader_who_does_not_read_holds_nobody_up_and_ctrl_c_still_ends_it() {
    let bench = Bench::with_accounts(3_000, "", "ctx:progress(1, 2) return { k = 1 }");
    bench.group("G", 0, 4, "");
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    // Everything is served although nothing is read; then only the reader is missing.
    let begun = std::time::Instant::now();
    while bench.pool_counts()["completed"] != 3_000 {
        assert!(begun.elapsed().as_secs() < 120, "stuck at {}", bench.pool_counts());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    signal(&child, "-INT");
    child.wait().unwrap();
}

#[test]
fn ctrl_c_lets_bots_finish_and_exits_130() {
    let bench = Bench::with_accounts(50, "", "ctx:sleep('300ms') return { n = 1 }");
    bench.group("G", 0, 2, "");
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    read_until(&mut child, |event| event["type"] == "lease.granted");
    signal(&child, "-INT");
    let events = read_until(&mut child, |_| false);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let outcomes: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "lease.settled")
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == "completed"), "{outcomes:?}");
    assert!(events.iter().any(|event| event["type"] == "launch.finished"));
    assert_eq!(bench.pool_counts()["in_use"], 0);
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_returns_what_is_unfinished() {
    let bench = Bench::with_accounts(2, "", "while true do ctx:sleep('10ms') end");
    bench.group("G", 0, 2, "");
    let mut child = bench.spawn(&["launch", "G", "--events"]);
    let mut held = 0;
    read_until(&mut child, |event| {
        held += usize::from(event["type"] == "lease.granted");
        held == 2
    });
    signal(&child, "-INT");
    // The first one is told before the second is sent, or the two would count as one.
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("press Ctrl-C again"), "{line}");
    let began = std::time::Instant::now();
    signal(&child, "-INT");
    let events = read_until(&mut child, |_| false);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(began.elapsed().as_secs() < 8, "before the drain time was over");
    let outcomes: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "lease.settled")
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["returned", "returned"]);
    assert_eq!(bench.pool_counts()["available"], 2);
}
