//! What is refused, with which exit code, and in which words.

use serde_json::json;

use crate::bench::Bench;

/// A pool with this raw query.
fn query(bench: &Bench, sql: &str) {
    let quoted = serde_json::to_string(sql).unwrap();
    bench.write("pools/q.yaml", &format!("name: Q\ntype: sql\nquery:\n  select: {quoted}\n"));
}

#[test]
fn a_query_that_is_not_read_only_is_refused_and_changes_nothing() {
    let bench = Bench::with_accounts(3, "", "return {}");
    bench.run(&["pool", "list"]).exits(0);
    let attacks = [
        "DELETE FROM accounts",
        "SELECT id FROM accounts; DELETE FROM accounts",
        "WITH gone AS (DELETE FROM accounts RETURNING id) SELECT id FROM gone",
        "ATTACH DATABASE 'evil.db' AS evil",
        "PRAGMA writable_schema = 1",
        "VACUUM INTO 'stolen.db'",
        "SELECT load_extension('evil') AS id",
        "SELECT token AS id FROM leases",
        "SELECT name AS id FROM sqlite_master",
        "SELECT name AS id FROM pragma_table_info('accounts')",
        "INSERT INTO accounts (id) VALUES ('x')",
    ];
    for sql in attacks {
        query(&bench, sql);
        let ran = bench.run(&["pool", "test", "Q"]);
        assert!(ran.code == 3 || ran.code == 2, "{sql}: exit {}\n{}{}", ran.code, ran.out, ran.err);
    }
    for name in ["evil.db", "stolen.db"] {
        assert!(!bench.path(name).exists(), "{name} was made");
    }
    let left = bench.json(&["account", "list"]);
    assert_eq!(left.as_array().unwrap().len(), 3);
}

#[test]
fn the_guard_names_its_rule_and_exits_3() {
    let bench = Bench::with_accounts(3, "", "return {}");
    query(&bench, "SELECT id FROM accounts; SELECT 1");
    bench.run(&["pool", "test", "Q"]).exits(3).says("statement");
    query(&bench, "SELECT account AS id FROM leases");
    bench.run(&["pool", "test", "Q"]).exits(3).says("leases");
    bench.write("groups/g.yaml", "name: G\nroutine: R\ninstances: [0]\naccount_pool: Q\n");
    bench.run(&["launch", "G"]).exits(3).says("leases");
}

#[test]
fn a_store_under_another_name_is_still_guarded() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.run(&["pool", "list"]).exits(0);
    bench.write("lariat.yaml", "databases: {qa: 'sqlite:.lariat/state.db'}\n");
    for (table, column) in [("account_secrets", "account_id"), ("leases", "account")] {
        let yaml = format!(
            "name: Q\ntype: sql\ndatabase: qa\nquery:\n  select: SELECT {column} AS id FROM {table}\n"
        );
        bench.write("pools/q.yaml", &yaml);
        bench.run(&["pool", "test", "Q"]).exits(3).says("accounts");
    }
}

#[test]
fn a_query_is_checked_before_it_is_saved() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.run(&["pool", "create", "Bad", "--select", "DELETE FROM accounts"]).exits(3).says("SELECT");
    bench.run(&["pool", "create", "Bad", "--filter", "nofield >= 3"]).exits(2).says("nofield");
    bench.write("bad.yaml", "name: Bad\ntype: sql\nquery: {select: DELETE FROM accounts}\n");
    bench.write("good.yaml", "# kept\nname: Good\ntype: sql\nquery: {limit: 1} # kept too\n");
    bench.run(&["pool", "import", "good.yaml", "bad.yaml"]).exits(3);
    assert_eq!(bench.json(&["pool", "list"]).as_array().unwrap().len(), 1);
    let imported = bench.json(&["pool", "import", "good.yaml"]);
    let text = std::fs::read_to_string(bench.path(imported[0]["file"].as_str().unwrap())).unwrap();
    assert_eq!(text.matches("# kept").count(), 2, "{text}");
}

#[test]
fn what_the_source_finds_wrong_is_told_with_its_place() {
    let bench = Bench::with_accounts(1, "", "return {}");
    let yaml = "name: Q\ntype: sql\nquery:\n  filters:\n    - {field: nope, operator: '=', value: 1}\n";
    bench.write("pools/q.yaml", yaml);
    bench.write("groups/g.yaml", "name: G\nroutine: R\ninstances: [0]\naccount_pool: Q\n");
    for args in [&["pool", "test", "Q"][..], &["pool", "refresh", "Q"], &["launch", "G"]] {
        bench.run(args).exits(2).says("pools/q.yaml:5:15: query.filters[0].field: unknown column \"nope\"");
    }
}

#[test]
fn with_json_an_error_is_a_document_too() {
    let bench = Bench::with_accounts(1, "", "return {}");
    let told = bench.run(&["pool", "show", "Nope", "--json"]).exits(4).json();
    assert_eq!(told["exit"], 4);
    assert!(told["error"].as_str().unwrap().contains("Nope"));
    bench.write("pools/q.yaml", "name: Q\ntype: sql\nquerry: {}\n");
    let told = bench.run(&["pool", "test", "Q", "--json"]).exits(2).json();
    assert_eq!((&told["success"], &told["accounts_found"]), (&json!(false), &json!(0)));
    assert!(told["error"].as_str().unwrap().contains("pools/q.yaml:3:1"));
}

#[test]
fn what_looks_dangerous_and_is_not_runs() {
    let bench = Bench::with_accounts(3, "", "return {}");
    query(
        &bench,
        "WITH some AS (SELECT * FROM accounts) SELECT id, 'DROP TABLE; DELETE' AS note, completed_at AS created_at FROM some ORDER BY id;",
    );
    assert_eq!(bench.json(&["pool", "test", "Q"])["accounts_found"], 3);
}

#[test]
fn an_endless_query_and_a_huge_value_are_stopped() {
    let bench = Bench::with_accounts(3, "", "return {}");
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nquery: {deadline: 500ms}\n");
    query(
        &bench,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS id FROM n",
    );
    let ran = bench.run(&["pool", "test", "Q"]).exits(3);
    assert!(ran.out.contains("deadline") || ran.out.contains("500"), "{}", ran.out);
    query(&bench, "SELECT zeroblob(1000000000) AS id");
    bench.run(&["pool", "test", "Q"]).exits(3);
}

#[test]
fn a_query_that_does_not_fit_its_table_is_told() {
    let bench = Bench::with_accounts(3, "", "return {}");
    query(&bench, "SELECT id FROM acounts");
    let ran = bench.run(&["pool", "test", "Q"]);
    assert!(ran.code != 0 && (ran.out.contains("acounts") || ran.err.contains("acounts")), "{ran:?}");
    query(&bench, "SELECT pack_count FROM accounts");
    bench.run(&["pool", "test", "Q"]).says("id");
    bench.write(
        "pools/q.yaml",
        "name: Q\ntype: sql\nquery: {filters: [{field: pack_cont, operator: \"=\", value: 1}]}\n",
    );
    bench.run(&["pool", "test", "Q"]).says("pack_count");
    bench.write(
        "pools/q.yaml",
        "name: Q\ntype: sql\nquery:\n  select: SELECT id FROM accounts WHERE pack_count > ?\n",
    );
    bench.run(&["pool", "test", "Q"]).exits(2).says("parameter");
}

#[test]
fn usage_and_names_have_their_own_exit_codes() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("Good", 0, 1, "");
    bench.run(&["lunch"]).exits(2);
    bench.run(&["launch"]).exits(2).says("--all");
    bench.run(&["launch", "Good", "--on-conflict", "fight"]).exits(2);
    bench.run(&["launch", "Good", "--set", "novalue"]).exits(2);
    bench.run(&["launch", "Goood"]).exits(4).says("did you mean \"Good\"?");
    bench.run(&["pool", "show", "Nope"]).exits(4);
    bench.run(&["account", "show", "nope"]).exits(4);
    bench.run(&["--workspace", "/no/such/folder", "pool", "list"]).exits(4);
}

#[test]
fn a_launch_that_cannot_be_valid_is_refused_before_anything_starts() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write(
        "lariat.yaml",
        "accounts: {import: [accounts/]}\ninstances: [{provider: static, ids: [0, 1]}]\n",
    );
    bench.group_of("NoRoutine", "Nope", Some("P"), 0, 1, "");
    bench.group_of("NoInstance", "R", Some("P"), 7, 1, "");
    bench.group_of("NoPool", "R", Some("Nope"), 0, 1, "");
    bench.write(
        "scripts/routines/needs.lua",
        "local R = lariat.routine { name = 'Needs', needs = { 'device' }, templates = { 'Button' } }\nfunction R.run() end\nreturn R\n",
    );
    bench.group_of("Needs", "Needs", None, 0, 1, "");
    bench.run(&["launch", "NoRoutine"]).exits(3).says("unknown routine \"Nope\"");
    bench.run(&["launch", "NoInstance"]).exits(3).says("7 doesn't exist");
    bench.run(&["launch", "NoPool"]).exits(3).says("Nope");
    let needs = bench.run(&["launch", "Needs"]).exits(3);
    needs.says("device");
    needs.says("Button");
    assert_eq!(bench.pool_counts()["available"], 1);
}

#[test]
fn a_template_is_a_png_that_is_there() {
    let bench = Bench::new();
    bench.write(
        "scripts/routines/t.lua",
        "local R = lariat.routine { name = 'T', templates = { 'Button' } }\nfunction R.run() end\nreturn R\n",
    );
    bench.group_of("G", "T", None, 0, 1, "");
    bench.write("scripts/templates/Button.png", "not a picture");
    bench.run(&["launch", "G"]).exits(3).says("PNG");
    std::fs::write(bench.path("scripts/templates/Button.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    bench.run(&["launch", "G"]).exits(0);
    std::fs::remove_file(bench.path("scripts/templates/Button.png")).unwrap();
    bench.run(&["launch", "G"]).exits(3);
    bench
        .write("groups/G.yaml", "name: G\nroutine: T\ninstances: [0]\nlaunch: {validate_templates: false}\n");
    bench.run(&["launch", "G"]).exits(0);
}

#[test]
fn a_bot_that_is_not_started_yet_gives_its_instance_up_too() {
    let bench = Bench::with_accounts(40, "", "ctx:sleep('20ms') return {}");
    bench.write(
        "groups/a.yaml",
        "name: A\nroutine: R\ninstances: [0, 1]\naccount_pool: P\nlaunch: {stagger_delay: 30s}\n",
    );
    bench.write(
        "groups/b.yaml",
        "name: B\nroutine: R\ninstances: [1]\naccount_pool: P\nlaunch: {on_conflict: cancel}\n",
    );
    let reports = bench.json(&["launch", "A", "B"]);
    assert_eq!((&reports[0]["launched_bots"], &reports[1]["launched_bots"]), (&json!(1), &json!(1)));
    assert_eq!(reports[1]["conflicts"][0]["resolution"], "cancel");
}

#[test]
fn groups_that_share_instances_get_them_in_the_order_of_the_command() {
    for (first, second) in [("A", "B"), ("B", "A")] {
        let bench = Bench::with_accounts(40, "", "ctx:sleep('5ms') return {}");
        bench.group("A", 0, 2, "");
        bench.group("B", 0, 2, "");
        let reports = bench.run(&["launch", first, second, "--json"]).exits(3).json();
        let bots = |index: usize| reports[index]["launched_bots"].as_u64().unwrap();
        assert_eq!((reports[0]["group"].as_str(), bots(0), bots(1)), (Some(first), 2, 0));
    }
}

#[test]
fn conflicts_follow_their_policy() {
    let bench = Bench::new();
    bench.routine("Slow", "ctx:sleep('1500ms')");
    bench.group_of("A", "Slow", None, 0, 1, "");
    bench.group_of("B", "Slow", None, 0, 2, "on_conflict: skip");
    bench.group_of("C", "Slow", None, 0, 1, "on_conflict: abort");
    let reports = bench.run(&["launch", "A", "B", "C", "--json"]).json();
    // All three want instance 0; whoever is first has it, the others do as their policy says.
    let report = |name: &str| {
        reports.as_array().unwrap().iter().find(|report| report["group"] == name).unwrap().clone()
    };
    let holds = |name: &str| report(name)["bots"].as_array().unwrap().iter().any(|bot| bot["instance"] == 0);
    let holder = ["A", "B", "C"].into_iter().filter(|name| holds(name)).collect::<Vec<_>>();
    let &[holder] = holder.as_slice() else { panic!("held by {holder:?}") };
    for (name, resolution, others) in [("A", "skip", 0), ("B", "skip", 1), ("C", "abort", 0)] {
        let report = report(name);
        if name == holder {
            assert_eq!((&report["success"], &report["conflicts"]), (&json!(true), &json!([])), "{report}");
            continue;
        }
        assert_eq!(
            report["conflicts"],
            json!([{"instance": 0, "held_by": holder, "resolution": resolution}])
        );
        assert_eq!(
            (&report["launched_bots"], &report["success"]),
            (&json!(others), &json!(others > 0)),
            "{report}"
        );
        let skipped = if resolution == "skip" { json!([0]) } else { json!([]) };
        assert_eq!(report["skipped_instances"], skipped);
    }
}
