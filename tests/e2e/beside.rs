//! Commands beside a running `lariat up`: they are done by it, instead of finding it in the
//! way.

use serde_json::json;

use crate::bench::Bench;
use crate::live::{Up, pool_yaml};

fn bench() -> Bench {
    let bench = Bench::with_accounts(6, "", "  return { packs_opened = 1 }");
    bench.group("G", 0, 2, "stagger_delay: 0");
    bench
}

#[test]
fn pools_are_refreshed_and_reset_by_the_engine_that_has_them_open() {
    let bench = bench();
    let _up = Up::start(&bench, &[]);
    assert_eq!(bench.launch("G")["accounts"]["completed"], 6);
    let one = bench.json(&["pool", "reset", "P", "--account", "a00003", "--yes"]);
    assert_eq!(one, json!({"forgotten": 1, "made_available": 1}));
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
    bench.json(&["pool", "reset", "P", "--yes"]);
    bench.write("more.csv", "id,pack_count\nb1,9\nb2,8\n");
    let taken = bench.json(&["account", "import", "more.csv"]);
    assert_eq!((&taken["added"], &taken["problems"]), (&json!(2), &json!([])));
    let refreshed = bench.json(&["pool", "refresh", "P"]);
    assert_eq!((&refreshed["total"], &refreshed["available"]), (&json!(8), &json!(8)), "{refreshed}");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 8);
    bench.run(&["pool", "refresh", "Nope"]).exits(4).says("unknown pool \"Nope\"");
    bench.run(&["pool", "reset", "Nope", "--yes"]).exits(4);
}

#[test]
fn definitions_are_made_changed_and_removed_by_the_engine() {
    let bench = bench();
    let mut up = Up::start(&bench, &[]);
    let made = bench.json(&["pool", "create", "Few", "--filter", "pack_count <= 2"]);
    assert_eq!(made, json!({"name": "Few", "file": "pools/few.yaml"}));
    bench.run(&["pool", "create", "Few", "--filter", "pack_count <= 2"]).exits(3).says("already");
    bench.run(&["pool", "create", "Bad", "--select", "DELETE FROM accounts"]).exits(3);
    assert!(!bench.path("pools/bad.yaml").exists());
    // A file is taken in as it is, with its comments.
    let text = format!("# mine\n{}", pool_yaml("LIMIT 1", "").replace("name: P", "name: One"));
    bench.write("one.yaml", &text);
    let taken = bench.json(&["pool", "import", "one.yaml"]);
    let file = taken[0]["file"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(bench.path(file)).unwrap(), text);

    bench.json(&["group", "create", "H", "--routine", "R", "--instances", "5", "--pool", "One"]);
    let set = bench.json(&["group", "set-pool", "H", "Few"]);
    assert_eq!(set, json!({"group": "H", "account_pool": "Few"}));
    assert_eq!(bench.launch("H")["accounts"]["completed"], 2);
    let gone = bench.json(&["pool", "delete", "Few", "--yes"]);
    assert_eq!(gone, json!({"name": "Few", "file": "pools/few.yaml", "used_by": ["H"]}));
    up.until(|event| event["type"] == "definition.removed" && event["pool"] == "Few");
    assert!(!bench.path("pools/few.yaml").exists());
    bench.json(&["group", "delete", "H", "--yes"]);
    bench.run(&["group", "delete", "H", "--yes"]).exits(4);
}

#[test]
fn accounts_are_reset_by_the_engine() {
    let bench = bench();
    let _up = Up::start(&bench, &[]);
    bench.launch("G");
    assert_eq!(bench.json(&["account", "list", "--status", "completed"]).as_array().unwrap().len(), 6);
    assert_eq!(bench.json(&["account", "reset", "a00001", "a00002", "--yes"]), json!({"reset": 2}));
    assert_eq!(bench.json(&["account", "list", "--status", "completed"]).as_array().unwrap().len(), 4);
    bench.run(&["account", "reset", "a00001", "nobody", "--yes"]).exits(4).says("no account \"nobody\"");
    assert_eq!(bench.json(&["account", "reset", "--all", "--yes"]), json!({"reset": 6}));
    bench.run(&["account", "import", "nothing.csv"]).exits(4).says("no such file");
}

#[test]
fn lists_tell_how_the_running_engine_stands() {
    let bench = Bench::with_accounts(6, "", "ctx:sleep('30s') return {}");
    bench.group("G", 0, 2, "stagger_delay: 0");
    let mut up = Up::start(&bench, &[]);
    let state = || bench.json(&["group", "list"])[0]["state"].clone();
    assert_eq!(state(), "idle");
    let (status, _) = crate::api::ask(&bench, "POST", "groups/G/launch", &json!({}));
    assert_eq!(status, 202);
    up.until_type("lease.granted");
    assert_eq!(state(), "running");
    assert_eq!(bench.json(&["pool", "stats", "P"])["total"], 6);
    let shown = bench.json(&["pool", "show", "P"]);
    assert_eq!((&shown["name"], &shown["used_by"]), (&json!("P"), &json!(["G"])), "{shown}");
    // What the file says now is tested here, whatever the engine goes on with.
    bench.write("pools/P.yaml", "name: P\ntype: [\n");
    up.until_type("definition.stale");
    bench.run(&["pool", "test", "P"]).exits(2);
    let stale = bench.json(&["pool", "show", "P"]);
    assert!(stale["stale"].as_str().is_some_and(|why| why.contains("P.yaml")), "{stale}");
    bench.run(&["pool", "show", "P"]).exits(0).says("# pools/P.yaml");
    bench.run(&["stop", "G", "--force"]).exits(0);
}

#[test]
fn a_list_of_accounts_is_the_same_with_an_engine_and_without() {
    let bench = bench();
    let all = |bench: &Bench| {
        [
            bench.json(&["account", "list"]),
            bench.json(&["account", "list", "--limit", "2", "--offset", "3"]),
            bench.json(&["account", "list", "--limit", "0", "--offset", "1", "--search", "A0000"]),
            bench.json(&["account", "list", "--status", "failed"]),
            bench.json(&["account", "list", "--offset", "100"]),
            bench.json(&["account", "show", "a00003", "--reveal"]),
        ]
    };
    let without = all(&bench);
    let lengths = without.iter().take(5).map(|rows| rows.as_array().unwrap().len());
    assert_eq!(lengths.collect::<Vec<_>>(), [6, 2, 5, 0, 0]);
    assert_eq!(without[1][0]["id"], "a00003");
    let _up = Up::start(&bench, &[]);
    assert_eq!(all(&bench), without);
    bench.run(&["account", "show", "nobody"]).exits(4).says("no bot has worked on one");
}

const HOOK: &str = "local H = lariat.hook { name = 'watch', on = { 'before:validate' } }\nfunction H.run(ctx) end\nreturn H\n";
const PROVIDER: &str =
    "local I = lariat.provider { name = 'box' }\nfunction I.probe(ctx, id) return 'ready' end\nreturn I\n";

#[test]
fn lists_of_extensions_are_the_same_with_an_engine_and_tell_what_it_goes_on_with() {
    let bench = bench();
    bench.write("scripts/hooks/watch.lua", HOOK);
    bench.write("scripts/providers/box.lua", PROVIDER);
    let lists = [["routine", "list"], ["hook", "list"], ["provider", "list"]];
    let all = || {
        let mut rows = lists.map(|list| bench.json(&list));
        // Only an engine that stays up counts the generations of its routines.
        rows[0][0].as_object_mut().unwrap().remove("generation");
        rows
    };
    let without = all();
    bench.run(&["hook", "list", "--group", "Nope"]).exits(4);
    let mut up = Up::start(&bench, &[]);
    assert_eq!(all(), without);
    bench.run(&["hook", "list", "--group", "Nope"]).exits(4);
    bench.run(&["hook", "list", "--group", "G"]).exits(0).says("scripts/hooks/watch.lua");

    for file in ["routines/R.lua", "hooks/watch.lua", "providers/box.lua"] {
        bench.write(&format!("scripts/{file}"), "this isn't Lua");
        up.until_type("extension.failed");
    }
    let routine = bench.run(&["routine", "list", "--json"]).exits(1).json()[0].clone();
    assert_eq!((&routine["name"], &routine["state"]), (&json!("R"), &json!("stale")), "{routine}");
    assert!(routine["params"].is_object() && routine["error"].is_string(), "{routine}");
    let hooks = bench.json(&["hook", "list"]);
    let watch = hooks.as_array().unwrap().iter().find(|row| row["hook"] == "watch").unwrap();
    assert_eq!((&watch["generation"], &watch["position"]), (&json!(1), &json!(1)), "{watch}");
    let providers = bench.run(&["provider", "list", "--json"]).exits(1).json();
    assert_eq!((&providers[1]["name"], &providers[1]["state"]), (&json!("box"), &json!("stale")));
    bench.write("scripts/providers/new.lua", "nor is this");
    up.until_type("extension.failed");
    bench.run(&["provider", "list"]).exits(1).says("providers/new.lua");
}

#[test]
fn a_plan_is_that_of_the_engine_that_would_launch_it() {
    let bench = bench();
    let plan = |bench: &Bench| bench.json(&["launch", "G", "--plan"])[0].clone();
    let without = plan(&bench);
    assert_eq!((&without["valid"], &without["accounts_available"]), (&json!(true), &json!(6)));
    let mut up = Up::start(&bench, &[]);
    assert_eq!(plan(&bench), without);
    bench.run(&["launch", "--all", "--plan"]).exits(0).says("6 selected");
    bench.run(&["launch", "Nope", "--plan"]).exits(4);
    bench.run(&["launch", "G", "--plan", "--set", "x=1"]).exits(3).says("unknown parameter");

    bench.write("pools/P.yaml", "name: P\ntype: [\n");
    up.until_type("definition.stale");
    bench.routine("R", "  return { version = 2 }");
    up.until_type("extension.loaded");
    let now = plan(&bench);
    assert_eq!((&now["accounts_found"], &now["routine_generation"]), (&json!(6), &json!(2)), "{now}");
}
