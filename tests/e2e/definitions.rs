//! Pools and groups as files: the mission's own, errors, and changes by the program.

use serde_json::json;

use crate::bench::Bench;

/// The mission's two pools, to the letter.
const PREMIUM: &str = r#"name: "Premium Farmers Pool"
type: "sql"
query:
  select: |
    SELECT id, xml_path, pack_count, last_modified, status, failure_count, last_error
    FROM accounts
    WHERE status IN (?, ?) AND pack_count >= ? AND failure_count < ?
    ORDER BY pack_count DESC
    LIMIT ?
  parameters:
    - {name: "status_available", value: "available", type: "string"}
    - {name: "status_skipped", value: "skipped", type: "string"}
    - {name: "min_packs", value: 10, type: "int"}
    - {name: "max_failures", value: 3, type: "int"}
    - {name: "limit", value: 100, type: "int"}
pool_config:
  retry_failed: true
  max_failures: 3
  refresh_interval: 30s
"#;
const MANUAL: &str = r#"name: "Manual Account List"
type: "file"
directory: "./accounts/manual"
pool_config:
  retry_failed: false
  max_failures: 1
"#;

#[test]
fn the_missions_pools_load_unchanged() {
    let bench = Bench::with_accounts(30, "", "return {}");
    bench.write("pools/premium_accounts.yaml", PREMIUM);
    bench.write("pools/manual_list.yaml", MANUAL);
    bench.write("accounts/manual/one.xml", "<account>m1</account><password>x-made-up</password>");
    let test = bench.json(&["pool", "test", "Premium Farmers Pool"]);
    assert_eq!((&test["success"], &test["accounts_found"]), (&json!(true), &json!(21)));
    assert_eq!(test["sample"].as_array().unwrap().len(), 10);
    assert_eq!(test["sample"][0]["id"], "a00000");
    assert_eq!(test["sample"][0]["pack_count"], 30);
    assert_eq!(bench.json(&["pool", "test", "Manual Account List"])["accounts_found"], 1);
}

#[test]
fn extra_keys_of_the_family_are_accepted() {
    let bench = Bench::with_accounts(30, "", "return {}");
    let extra = r#"version: "1.0"
description: "with everything"
gui_config:
  filters:
    - {field: "status", operator: "in", values: ["available"], display: "Status is Available"}
  sort:
    - {field: "pack_count", direction: "DESC", display: "Most first"}
  limit: 100
"#;
    let with_more = PREMIUM.replace(
        "refresh_interval: 30s",
        "refresh_interval: \"30s\"\n  wait_for_accounts: true\n  max_wait_time: \"5m\"\n  buffer_size: 50",
    );
    bench.write("pools/premium.yaml", &format!("{with_more}{extra}"));
    assert_eq!(bench.json(&["pool", "test", "Premium Farmers Pool"])["accounts_found"], 21);
    let shown = bench.json(&["pool", "show", "Premium Farmers Pool"]);
    assert_eq!(shown["gui_config"]["sort"][0]["direction"], "DESC");
}

#[test]
fn a_mistake_is_told_with_file_line_column_and_the_cure_and_harms_no_other() {
    let bench = Bench::with_accounts(3, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.write("pools/bad.yaml", "name: Bad\ntype: sql\nquery:\n  select: SELECT id FROM accounts\npool_config:\n  retry_faild: true\n");
    let listed = bench.json(&["pool", "list"]);
    let bad = listed.as_array().unwrap().iter().find(|pool| pool["name"] == "Bad").unwrap();
    assert_eq!(bad["state"], "failed");
    let error = bad["error"].as_str().unwrap();
    assert!(error.contains("pools/bad.yaml:6:3") && error.contains("retry_failed"), "{error}");
    bench.run(&["pool", "test", "Bad"]).exits(2).says("pools/bad.yaml:6:3");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 3);
}

#[test]
fn a_bad_workspace_file_is_told_and_nothing_runs() {
    let bench = Bench::new();
    bench.write("lariat.yaml", "version: 1\nlaunch:\n  stager_delay: 3s\n");
    bench.run(&["pool", "list"]).exits(2).says("lariat.yaml:3:3").says("stagger_delay");
    bench.write("lariat.yaml", "store: sqlite:${NO_SUCH_VARIABLE}/x.db\n");
    bench.run(&["pool", "list"]).exits(2).says("NO_SUCH_VARIABLE");
}

#[test]
fn a_bad_group_is_told() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write("groups/g.yaml", "name: G\nroutine: R\ninstances: [0]\nlaunch: {on_conflict: skipp}\n");
    bench.run(&["launch", "G"]).exits(2).says("groups/g.yaml:4:").says("skip");
    bench.run(&["launch", "--all"]).exits(2);
}

#[test]
fn pools_are_created_changed_and_deleted_by_the_program() {
    let bench = Bench::with_accounts(20, "", "return {}");
    let created = bench.json(&[
        "pool",
        "create",
        "Rich ones",
        "--filter",
        "pack_count >= 11",
        "--sort",
        "pack_count:asc",
        "--limit",
        "5",
        "--set",
        "retry_failed=true",
    ]);
    assert!(bench.path(created["file"].as_str().unwrap()).is_file());
    let test = bench.json(&["pool", "test", "Rich ones"]);
    assert_eq!((&test["accounts_found"], &test["sample"][0]["pack_count"]), (&json!(5), &json!(11)));
    bench
        .run(&["pool", "create", "Rich ones", "--select", "SELECT id FROM accounts"])
        .exits(3)
        .says("already");
    bench.run(&["pool", "create", "Bad", "--type", "file"]).exits(2).says("directory");
    let yaml = bench.run(&["pool", "export", "Rich ones"]).exits(0).out;
    bench.run(&["pool", "delete", "Rich ones"]).exits(0);
    bench.run(&["pool", "show", "Rich ones"]).exits(4);
    bench.write("elsewhere.yaml", &yaml);
    bench.run(&["pool", "import", "elsewhere.yaml"]).exits(0);
    assert_eq!(bench.json(&["pool", "test", "Rich ones"])["accounts_found"], 5);
}

#[test]
fn groups_are_created_changed_and_deleted_by_the_program() {
    let bench = Bench::with_accounts(4, "", "return {}");
    bench.pool("Q", "");
    bench.json(&[
        "group",
        "create",
        "New",
        "--routine",
        "R",
        "--instances",
        "0-2",
        "--bot-count",
        "2",
        "--pool",
        "P",
    ]);
    assert_eq!(bench.launch("New")["accounts"]["completed"], 4);
    bench.run(&["group", "set-pool", "New", "Z"]).exits(4);
    bench.run(&["group", "set-pool", "New", "Q"]).exits(0);
    assert_eq!(bench.json(&["group", "show", "New"])["account_pool"], "Q");
    let groups = bench.json(&["group", "list"]);
    assert_eq!(
        (&groups[0]["name"], &groups[0]["bot_count"], &groups[0]["state"]),
        (&json!("New"), &json!(2), &json!("idle"))
    );
    bench.run(&["group", "delete", "New"]).exits(0);
    bench.run(&["launch", "New"]).exits(4);
}

#[test]
fn setting_a_pool_keeps_the_comments_of_the_groups_file() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.pool("Q", "");
    bench.write(
        "groups/g.yaml",
        "# mine\nname: G # the name\nroutine: R\ninstances: [0]\naccount_pool: P # the pool\n",
    );
    bench.run(&["group", "set-pool", "G", "Q"]).exits(0);
    let text = std::fs::read_to_string(bench.path("groups/g.yaml")).unwrap();
    assert_eq!(text, "# mine\nname: G # the name\nroutine: R\ninstances: [0]\naccount_pool: Q # the pool\n");
}

#[test]
fn a_listing_has_the_contracts_keys_and_its_counts_add_up() {
    let bench = Bench::with_accounts(
        9,
        "",
        r#"
        if ctx.account.pack_count % 3 == 0 then return lariat.fail("x") end
        if ctx.account.pack_count % 3 == 1 then return lariat.skip("y") end
    "#,
    );
    bench.group("G", 0, 2, "");
    let before = bench.pool_counts();
    let keys: Vec<&str> = before.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "name",
        "type",
        "state",
        "generation",
        "total",
        "available",
        "in_use",
        "completed",
        "failed",
        "skipped",
        "last_refresh",
        "error",
    ];
    assert_eq!(keys, expected);
    assert_eq!(
        (&before["total"], &before["available"], &before["last_refresh"]),
        (&json!(9), &json!(9), &json!(null))
    );
    bench.launch("G");
    let after = bench.pool_counts();
    assert_eq!((&after["completed"], &after["failed"], &after["skipped"]), (&json!(3), &json!(3), &json!(3)));
    assert!(after["last_refresh"].as_str().unwrap().ends_with('Z'));
    let sum: u64 = ["available", "in_use", "completed", "failed", "skipped"]
        .iter()
        .map(|key| after[key].as_u64().unwrap())
        .sum();
    assert_eq!(after["total"].as_u64(), Some(sum));
}
