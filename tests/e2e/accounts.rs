//! The account table from outside.

use serde_json::json;

use crate::bench::Bench;

fn with_secrets() -> Bench {
    let bench = Bench::new();
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    bench.write("accounts/one.csv", "id,pack_count,password,region\nc1,3,hunter-two,north\nc2,,,\n");
    bench.write("accounts/x.xml", "<account>x1</account><password>hunter-three</password>");
    bench.write("accounts/j.json", r#"[{"id": "j1", "pack_count": 7, "status": "skipped"}]"#);
    bench
}

#[test]
fn files_of_each_kind_are_taken_in_at_start_and_again_when_they_change() {
    let bench = with_secrets();
    let all = bench.json(&["account", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert_eq!(bench.json(&["account", "show", "j1"])["status"], "skipped");
    bench.write("accounts/one.csv", "id,pack_count\nc1,30\nc3,1\n");
    assert_eq!(bench.json(&["account", "show", "c1"])["pack_count"], 30);
    assert_eq!(bench.json(&["account", "list"]).as_array().unwrap().len(), 5);
}

#[test]
fn a_bad_file_is_told_and_the_rest_is_taken_in() {
    let bench = with_secrets();
    bench.write("accounts/bad.xml", "<account>oops");
    let ran = bench.run(&["account", "list", "--json"]).exits(0);
    ran.says("accounts/bad.xml:1:");
    assert_eq!(ran.json().as_array().unwrap().len(), 4);
}

#[test]
fn an_account_that_does_not_fit_is_told_with_its_file_and_the_rest_is_taken_in() {
    let bench = with_secrets();
    bench.write("accounts/odd.csv", "id,password,pack_count\nodd,5,hunter-shifted\nfine,x,5\n");
    let ran = bench.run(&["account", "list", "--json"]).exits(0);
    ran.says("accounts/odd.csv").says("\"odd\"").says("pack_count");
    assert_eq!(ran.json().as_array().unwrap().len(), 5);
    assert!(!ran.err.contains("hunter-shifted"), "{}", ran.err);
    let by_hand = bench.run(&["account", "import", "accounts/odd.csv", "--json"]).exits(1);
    assert_eq!(by_hand.json()["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn a_masked_export_taken_in_again_leaves_the_secrets_as_they_are() {
    let bench = with_secrets();
    for file in ["out.json", "out.csv", "out.xml"] {
        bench.run(&["account", "export", "-o", file]).exits(0);
        bench.run(&["account", "import", file]).exits(0);
        assert_eq!(bench.json(&["account", "show", "c1", "--reveal"])["password"], "hunter-two", "{file}");
    }
}

#[test]
fn secrets_inside_other_fields_are_masked_too() {
    let bench = Bench::new();
    bench.write(
        "a.json",
        r#"[{"id": "n", "custom_metadata": {"password": "hunter-in"}, "login": {"token": "hunter-deep"}}]"#,
    );
    bench.write("pools/p.yaml", "name: P\ntype: sql\nquery: {limit: 5}\n");
    bench.routine(
        "R",
        "ctx.log:info('it is', {acc = ctx.account}) return {all = ctx.json.encode(ctx.account), pw = ctx.account.password}",
    );
    bench.group_of("G", "R", Some("P"), 0, 1, "");
    bench.run(&["account", "import", "a.json"]).exits(0);
    let mut shown = String::new();
    for args in [
        &["pool", "test", "P", "--json"][..],
        &["launch", "G", "--events"],
        &["account", "list", "--json"],
        &["account", "show", "n", "--json"],
        &["account", "export", "--json"],
    ] {
        let ran = bench.run(args).exits(0);
        shown.push_str(&(ran.out + &ran.err));
    }
    assert!(!shown.contains("hunter-"), "{shown}");
    assert_eq!(bench.json(&["account", "show", "n", "--reveal"])["login"]["token"], "hunter-deep");
}

#[test]
fn secrets_are_masked_unless_revealed() {
    let bench = with_secrets();
    bench.routine("R", "ctx.log:info('the password is ' .. ctx.account.password) assert(ctx.account.password == 'hunter-two') error('with ' .. ctx.account.password)");
    bench.write(
        "pools/p.yaml",
        "name: P\ntype: sql\nquery:\n  select: SELECT id FROM accounts WHERE id = 'c1'\n",
    );
    bench.group_of("G", "R", Some("P"), 0, 1, "");
    let mut shown = String::new();
    for args in [
        &["account", "list", "--json"][..],
        &["account", "show", "c1"],
        &["account", "export"],
        &["pool", "test", "P", "--json"],
        &["launch", "G", "--events", "-vv"],
        &["account", "show", "c1", "--json"],
        &["doctor"],
    ] {
        let ran = bench.run(args);
        shown.push_str(&ran.out);
        shown.push_str(&ran.err);
    }
    assert!(
        !shown.contains("hunter"),
        "{}",
        shown.lines().filter(|line| line.contains("hunter")).collect::<Vec<_>>().join("\n")
    );
    assert_eq!(bench.json(&["account", "show", "c1", "--reveal"])["password"], "hunter-two");
    assert!(bench.run(&["account", "export", "--reveal", "--format", "jsonl"]).out.contains("hunter-three"));
}

#[test]
fn import_export_and_reset_by_hand() {
    let bench = Bench::new();
    bench.write("more.csv", "id,pack_count,status,failure_count\na,1,failed,2\nb,2,,\n");
    let report = bench.json(&["account", "import", "more.csv"]);
    assert_eq!((&report["added"], &report["updated"]), (&json!(2), &json!(0)));
    assert_eq!(bench.json(&["account", "import", "more.csv"])["unchanged"], 2);
    bench.run(&["account", "import", "nowhere.csv"]).exits(4);
    bench.run(&["account", "export", "-o", "out.json"]).exits(0);
    let out: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(bench.path("out.json")).unwrap()).unwrap();
    assert_eq!((&out[0]["id"], &out[0]["failure_count"]), (&json!("a"), &json!(2)));
    assert_eq!(bench.json(&["account", "reset", "a"])["reset"], 1);
    assert_eq!(bench.json(&["account", "show", "a"])["status"], "available");
    bench.run(&["account", "reset", "zzz"]).exits(4);
}

#[test]
fn state_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = with_secrets();
    bench.run(&["account", "list"]).exits(0);
    let mode = |path: &str| std::fs::metadata(bench.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".lariat"), 0o700);
    for file in std::fs::read_dir(bench.path(".lariat")).unwrap() {
        let name = file.unwrap().file_name();
        assert_eq!(mode(&format!(".lariat/{}", name.to_str().unwrap())), 0o600, "{name:?}");
    }
}
