//! What becomes of each kind of edit while bots work, through the front door.

use std::fs;
use std::process::Child;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::{Up, named, pool_yaml};

const UNTIL_STOPPED: &str = "while not ctx:stopping() do ctx:sleep('5ms') end return {}";

fn report(child: Child) -> Value {
    let ended = child.wait_with_output().unwrap();
    serde_json::from_slice::<Value>(&ended.stdout).unwrap()[0].clone()
}

fn hook(answer: &str) -> String {
    format!(
        "local H = lariat.hook {{ name = 'h', on = {{ 'before:validate' }} }}\nfunction H.run(ctx) {answer} end\nreturn H\n"
    )
}

#[test]
fn a_hook_that_was_edited_acts_at_the_next_launch() {
    let bench = Bench::with_accounts(3, "", "return {}");
    bench.group("G", 0, 1, "max_accounts: 1");
    let mut up = Up::start(&bench, &[]);
    bench.launch("G");
    bench.write("scripts/hooks/h.lua", &hook("return lariat.deny('not today')"));
    up.until(|event| event["type"] == "extension.loaded" && event["extension"] == "h");
    bench.run(&["launch", "G"]).exits(3).says("not today");
    bench.write("scripts/hooks/h.lua", "local H = {");
    assert_eq!(up.until_type("extension.failed")["generation"], 1);
    bench.run(&["launch", "G"]).exits(3).says("not today");
    bench.write("scripts/hooks/h.lua", &hook(""));
    assert_eq!(up.until_type("extension.loaded")["generation"], 2);
    bench.launch("G");
    fs::remove_file(bench.path("scripts/hooks/h.lua")).unwrap();
    bench.run(&["reload"]).exits(0);
    bench.launch("G");
}

#[test]
fn a_pool_type_that_was_edited_selects_anew_for_its_open_pools() {
    let bench = Bench::new();
    let rota = |ids: &str| {
        format!(
            "local P = lariat.pool {{ name = 'rota' }}\nfunction P.fetch(ctx) return {{ {ids} }} end\nreturn P\n"
        )
    };
    bench.write("scripts/pools/rota.lua", &rota("{ id = 'a' }"));
    bench.write("pools/P.yaml", "name: P\ntype: rota\n");
    bench.routine("R", "return {}");
    bench.group("G", 0, 1, "");
    let mut up = Up::start(&bench, &[]);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
    bench.write("scripts/pools/rota.lua", &rota("{ id = 'a' }, { id = 'b' }, { id = 'c' }"));
    let told = up.until(|event| event["type"] == "extension.loaded" && event["generation"] == 2);
    assert_eq!(told["extension"], "rota");
    up.until(|event| event["type"] == "pool.refreshed" && event["total"] == 3);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 2, "what was settled isn't served again");
    bench.write("scripts/pools/rota.lua", "return 1");
    up.until_type("extension.failed");
    let status = bench.json(&["status"]);
    assert_eq!(named(&status, "extensions", "rota")["state"], "stale");
    assert_eq!(named(&status, "pools", "P")["total"], 3);
}

#[test]
fn the_folder_of_an_open_file_pool_is_followed() {
    let bench = Bench::new();
    let account = |id: &str| format!("<account>{id}</account><password>x</password>");
    bench.write("mine/a.xml", &account("a"));
    bench.write("pools/P.yaml", "name: P\ntype: file\ndirectory: ./mine\n");
    bench.routine("R", "return {}");
    bench.group("G", 0, 1, "");
    let mut up = Up::start(&bench, &[]);
    bench.launch("G");
    // Once by the launch, and once when the folder is watched: what comes now is seen.
    up.until_type("pool.refreshed");
    up.until_type("pool.refreshed");
    bench.write("mine/deep/b.xml", &account("b"));
    up.until(|event| event["type"] == "pool.refreshed" && event["added"] == 1);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
    bench.write("mine/c.xml", &account("c"));
    up.until(|event| event["type"] == "pool.refreshed" && event["added"] == 1);
    bench.write("mine/c.xml", &account("d"));
    up.until(|event| event["type"] == "pool.refreshed" && event["dropped"] == 1);
    fs::remove_file(bench.path("mine/c.xml")).unwrap();
    up.until(|event| event["type"] == "pool.refreshed" && event["dropped"] == 1);
    assert_eq!(bench.launch_exits("G", 0)["accounts"]["completed"], 0);
}

#[test]
fn names_that_move_between_files_have_a_defined_end() {
    let bench = Bench::with_accounts(4, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.group_of("Later", "R", Some("Q"), 5, 1, "");
    let mut up = Up::start(&bench, &[]);
    // A group may name a pool that comes later.
    bench.run(&["launch", "Later"]).exits(3).says("\"Q\"");
    // Two files with one name: the first in order is used, the other is told.
    bench.write("pools/Z.yaml", &pool_yaml("LIMIT 1", ""));
    let told = up.until_type("definition.stale");
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("pools/Z.yaml") && error.contains("pools/P.yaml"), "{error}");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 4);
    // Renamed inside its file: the old name is gone, but for the other file that claims it.
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 2", "").replace("name: P", "name: Q"));
    up.until(|event| event["type"] == "definition.reloaded" && event["pool"] == "Q");
    assert_eq!(bench.launch("Later")["accounts"]["completed"], 2);
    let status = bench.json(&["status"]);
    assert_eq!(named(&status, "pools", "P")["generation"], 2);
    assert!(status["pools"].as_array().unwrap().iter().all(|pool| pool["error"].is_null()), "{status}");
    fs::remove_file(bench.path("pools/Z.yaml")).unwrap();
    up.until(|event| event["type"] == "definition.removed" && event["pool"] == "P");
    bench.run(&["launch", "G"]).exits(3).says("\"P\"");
}

#[test]
fn a_pool_that_is_deleted_gives_no_more_and_closes_when_its_bots_have_ended() {
    let bench = Bench::with_accounts(9, "", UNTIL_STOPPED);
    bench.group("G", 0, 2, "stagger_delay: 0");
    let mut up = Up::start(&bench, &[]);
    let launch = bench.spawn(&["launch", "G", "--json"]);
    up.until_type("lease.granted");
    up.until_type("lease.granted");
    fs::remove_file(bench.path("pools/P.yaml")).unwrap();
    up.until_type("definition.removed");
    // They finish what they hold by the generation that they began with.
    bench.run(&["stop", "G"]).exits(0);
    up.until_type("pool.closed");
    assert_eq!(report(launch)["accounts"]["completed"], 2);
    bench.pool("P", "");
    up.until(|event| event["type"] == "definition.reloaded" && event["pool"] == "P");
    bench.routine("R", "return {}");
    up.until_type("extension.loaded");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 7);
}

#[test]
fn a_group_says_when_its_bots_take_an_edited_routine() {
    for (policy, versions) in [("next_account", 1 + 2), ("next_launch", 1 + 1)] {
        let bench = Bench::with_accounts(3, "", "return { version = 1 }");
        let waiting =
            |limit: u8| pool_yaml(&format!("LIMIT {limit}"), "wait_for_accounts: true, max_wait_time: 1h");
        bench.write("pools/P.yaml", &waiting(1));
        let group = "name: G\nroutine: R\ninstances: [0]\naccount_pool: P\n";
        bench.write("groups/G.yaml", &format!("{group}reload: {policy}\n"));
        let mut up = Up::start(&bench, &[]);
        let launch = bench.spawn(&["launch", "G", "--json"]);
        up.until_type("lease.settled");
        bench.routine("R", "return { version = 2 }");
        up.until(|event| event["type"] == "extension.loaded" && event["generation"] == 2);
        // The bot that waits is given an account.
        bench.write("pools/P.yaml", &waiting(2));
        up.until_type("lease.settled");
        bench.run(&["stop", "G"]).exits(0);
        assert_eq!(report(launch)["totals"]["version"], versions, "{policy}");
        bench.write("pools/P.yaml", &pool_yaml("", ""));
        up.until_type("pool.refreshed");
        assert_eq!(bench.launch("G")["totals"]["version"], 2, "{policy}");
    }
}

#[test]
fn the_number_of_bots_is_applied_to_a_running_group() {
    let bench = Bench::with_accounts(20, "", UNTIL_STOPPED);
    let group = |bots: u32| {
        format!(
            "name: G\nroutine: R\ninstances: [0, 1, 2, 3]\nbot_count: {bots}\naccount_pool: P\nlaunch: {{stagger_delay: 0}}\n"
        )
    };
    bench.write("groups/G.yaml", &group(1));
    let mut up = Up::start(&bench, &[]);
    let launch = bench.spawn(&["launch", "G", "--json"]);
    up.until_type("lease.granted");
    bench.write("groups/G.yaml", &group(3));
    up.until_type("lease.granted");
    up.until_type("lease.granted");
    bench.write("groups/G.yaml", &group(1));
    up.until_type("bot.finished");
    up.until_type("bot.finished");
    bench.run(&["stop", "G"]).exits(0);
    assert_eq!(report(launch)["accounts"]["completed"], 3);
}

#[test]
fn a_folder_that_comes_back_and_a_first_load_that_was_broken_are_followed() {
    let bench = Bench::with_accounts(4, "", "return {}");
    bench.write("pools/P.yaml", "name: P\ntype: [\n");
    bench.write("scripts/routines/R.lua", "local R = {");
    bench.group("G", 0, 1, "");
    let mut up = Up::start(&bench, &[]);
    bench.run(&["launch", "G"]).exits(2).says("pools/P.yaml:3:1");
    bench.routine("R", "return {}");
    assert_eq!(up.until_type("extension.loaded")["generation"], 1);
    bench.write("pools/P.yaml", &pool_yaml("LIMIT 1", ""));
    assert_eq!(up.until_type("definition.reloaded")["generation"], 1);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
    fs::remove_dir_all(bench.path("pools")).unwrap();
    up.until_type("definition.removed");
    for (limit, is_open) in [(2, false), (3, true)] {
        bench.write("pools/P.yaml", &pool_yaml(&format!("LIMIT {limit}"), ""));
        up.until(|event| event["type"] == "definition.reloaded" && event["pool"] == "P");
        if is_open {
            // It selects anew by itself; a launch would open a closed one.
            up.until_type("pool.refreshed");
        }
        assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
    }
    assert_eq!(bench.json(&["status"])["watching"], json!({"mode": "auto", "trouble": null}));
}
