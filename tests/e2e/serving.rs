//! Which accounts are served, in which order, how often.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::bench::{Bench, of_type, texts};

/// Replays the events: nobody holds what another holds.
fn check_exclusive(events: &[Value]) {
    let mut held = HashSet::new();
    for event in events {
        let account = event["account"].as_str().unwrap_or_default();
        match event["type"].as_str().unwrap() {
            "lease.granted" => assert!(held.insert(account.to_owned()), "{account} is held twice"),
            "lease.settled" => assert!(held.remove(account), "{account} wasn't held"),
            _ => {}
        }
    }
    assert!(held.is_empty(), "left behind: {held:?}");
}

#[test]
fn many_bots_serve_every_account_once_in_order_while_it_is_refreshed() {
    let bench = Bench::with_accounts(3000, "refresh_interval: 50ms", "ctx:sleep('1ms') return { n = 1 }");
    bench.group("G", 0, 16, "");
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    let granted = texts(&of_type(&events, "lease.granted"), "account");
    let expected: Vec<String> = (0..3000).map(|n| format!("a{n:05}")).collect();
    let mut sorted = granted.clone();
    sorted.sort();
    assert_eq!(sorted, expected, "every account exactly once");
    // Leases of one batch are acknowledged together, so neighbours may swap, no more.
    for (place, account) in granted.iter().enumerate() {
        let rank: usize = account[1..].parse().unwrap();
        assert!(place.abs_diff(rank) <= 16, "{account} was served as number {place}");
    }
    check_exclusive(&events);
    assert!(of_type(&events, "pool.refreshed").len() > 1, "it was refreshed meanwhile");
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!((seqs[0], &events[0]["type"]), (1, &json!("extension.loaded")), "from the first on");
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no event is missing");
}

#[test]
fn one_bot_serves_in_exact_order() {
    let bench = Bench::with_accounts(200, "", "return {}");
    bench.group("G", 0, 1, "");
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    let expected: Vec<String> = (0..200).map(|n| format!("a{n:05}")).collect();
    assert_eq!(texts(&of_type(&events, "lease.granted"), "account"), expected);
}

#[test]
fn two_groups_share_one_pool() {
    let bench = Bench::with_accounts(300, "", "ctx:sleep('2ms') return { n = 1 }");
    bench.group("A", 0, 4, "");
    bench.group("B", 4, 4, "");
    let events = bench.run(&["launch", "A", "B", "--events"]).exits(0).lines();
    check_exclusive(&events);
    let mut by_group: BTreeMap<&str, usize> = BTreeMap::new();
    for event in of_type(&events, "lease.granted") {
        *by_group.entry(event["group"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(by_group.values().sum::<usize>(), 300);
    assert_eq!(by_group.len(), 2, "both worked");
}

#[test]
fn one_account_in_two_pools_is_held_once_at_a_time() {
    let bench = Bench::with_accounts(20, "", "ctx:sleep('5ms') return {}");
    bench.pool("Q", "");
    bench.group("A", 0, 4, "");
    bench.group_of("B", "R", Some("Q"), 4, 4, "");
    let events = bench.run(&["launch", "--all", "--events"]).exits(0).lines();
    check_exclusive(&events);
    assert_eq!(of_type(&events, "lease.granted").len(), 40, "each pool serves all of its accounts");
}

#[test]
fn a_second_launch_does_what_is_left_and_a_reset_starts_over() {
    let bench = Bench::with_accounts(10, "", "return {}");
    bench.group("G", 0, 2, "");
    assert_eq!(
        bench.run(&["launch", "G", "--max-accounts", "2", "--json"]).exits(0).json()[0]["accounts"]["completed"],
        4
    );
    assert_eq!(bench.launch("G")["accounts"]["completed"], 6);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 0);
    bench.run(&["launch", "G"]).exits(0).says("nothing left to do").says("lariat pool reset");
    let reset = bench.json(&["pool", "reset", "P"]);
    assert_eq!((&reset["forgotten"], &reset["made_available"]), (&json!(10), &json!(10)));
    assert_eq!(bench.launch("G")["accounts"]["completed"], 10);
}

#[test]
fn the_query_follows_the_status_that_the_engine_keeps() {
    let bench = Bench::with_accounts(
        4,
        "",
        r#"
        if ctx.account.id == "a00001" then return lariat.fail("no") end
        return { cards_found = 7, stars_total = 2 }
    "#,
    );
    bench.write(
        "pools/failed.yaml",
        "name: Failed\ntype: sql\nquery:\n  filters: [{field: status, operator: \"=\", value: failed}, {field: failure_count, operator: between, values: [1, 2]}]\n",
    );
    bench.group("G", 0, 2, "");
    bench.launch("G");
    let test = bench.json(&["pool", "test", "Failed"]);
    assert_eq!(test["accounts_found"], 1);
    assert_eq!(test["sample"][0]["id"], "a00001");
    let done = bench.json(&["account", "show", "a00000"]);
    assert_eq!(
        (&done["status"], &done["cards_found"], &done["stars_total"]),
        (&json!("completed"), &json!(7), &json!(2))
    );
    assert!(done["completed_at"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_bot_waits_for_accounts_if_its_pool_says_so() {
    let bench = Bench::with_accounts(1, "wait_for_accounts: true, max_wait_time: 400ms", "return {}");
    bench.group("G", 0, 1, "");
    let report = bench.launch("G");
    assert_eq!(report["accounts"]["completed"], 1);
    assert!(report["duration_ms"].as_u64().unwrap() >= 400);
}

#[test]
fn an_account_is_repeated_after_its_time() {
    let bench = Bench::with_accounts(2, "repeat_after: 1500ms", "return {}");
    bench.group("G", 0, 1, "");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 0);
    let waiting = "repeat_after: 1500ms, wait_for_accounts: true, max_wait_time: 5s";
    bench.pool("P", waiting);
    let report = bench.run(&["launch", "G", "--max-accounts", "2", "--json"]).exits(0).json();
    assert_eq!(report[0]["accounts"]["completed"], 2, "served again once its time had come");
}

#[test]
fn include_and_exclude_come_last() {
    let bench = Bench::with_accounts(3, "", "return {}");
    let yaml = std::fs::read_to_string(bench.path("pools/P.yaml")).unwrap();
    bench.write("pools/P.yaml", &format!("{yaml}include: [zz, a00000]\nexclude: [a00001]\n"));
    bench.group("G", 0, 1, "");
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    assert_eq!(texts(&of_type(&events, "lease.granted"), "account"), ["a00000", "a00002", "zz"]);
}

#[test]
fn a_file_pool_serves_account_xml() {
    let bench = Bench::new();
    bench.write("box/a.xml", "<account>first</account><password>s3cret-one</password>");
    bench.write("box/sub/b.xml", r#"<map><string name="deviceAccount">second</string><string name="devicePassword">s3cret-two</string><int name="packCount" value="7"/></map>"#);
    bench.write(
        "box/bad.xml",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><account>&e;</account>",
    );
    bench.write(
        "pools/f.yaml",
        "name: F\ntype: file\ndirectory: box\npool_config: {sort_method: packs_desc}\n",
    );
    bench.routine("R", "assert(#(ctx.account.password or ctx.account.devicePassword) == 10) return { packs = ctx.account.pack_count }");
    bench.group_of("G", "R", Some("F"), 0, 1, "");
    let test = bench.json(&["pool", "test", "F"]);
    assert_eq!(test["accounts_found"], 2);
    assert_eq!(test["sample"][0]["id"], "second");
    assert!(test["warnings"][0].as_str().unwrap().contains("bad.xml:1:"), "{test}");
    assert!(!test.to_string().contains("s3cret"));
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["completed"], &report["totals"]["packs"]), (&json!(2), &json!(7)));
}
