//! The contract's table "What a bot does", row by row, with routines in Lua.

use serde_json::json;

use crate::bench::{Bench, of_type, texts};

#[test]
fn a_table_nothing_or_done_completes_and_numbers_add_up() {
    let bench = Bench::with_accounts(
        3,
        "",
        r#"
        if ctx.account.id == "a00000" then return { packs_opened = ctx.account.pack_count, rate = 0.5, note = "x" } end
        if ctx.account.id == "a00001" then return lariat.done { packs_opened = 10 } end
        "#,
    );
    bench.group("G", 0, 1, "");
    let report = bench.launch("G");
    assert_eq!(report["success"], true);
    assert_eq!(report["accounts"]["completed"], 3);
    assert_eq!(report["totals"], json!({"packs_opened": 13, "rate": 0.5}));
    assert_eq!(
        report["bots"][0],
        json!({"instance": 0, "status": "completed", "accounts": 3, "error": null})
    );
    let counts = bench.pool_counts();
    assert_eq!(
        (&counts["completed"], &counts["available"], &counts["total"]),
        (&json!(3), &json!(0), &json!(3))
    );
}

#[test]
fn fail_is_retried_in_order_while_the_pool_allows_it() {
    let bench = Bench::with_accounts(
        2,
        "retry_failed: true, max_failures: 3",
        r#"if ctx.account.id == "a00000" then return lariat.fail("no luck") end"#,
    );
    bench.group("G", 0, 1, "");
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    let granted = texts(&of_type(&events, "lease.granted"), "account");
    assert_eq!(granted, ["a00000", "a00000", "a00000", "a00001"]);
    let settled = of_type(&events, "lease.settled");
    assert_eq!(texts(&settled, "outcome"), ["retried", "retried", "failed", "completed"]);
    assert_eq!(settled[0]["reason"], "no luck");
    let account = bench.json(&["account", "show", "a00000"]);
    assert_eq!(
        (&account["status"], &account["failure_count"], &account["last_error"]),
        (&json!("failed"), &json!(3), &json!("no luck"))
    );
    assert_eq!(account["attempts"].as_array().unwrap().len(), 3);
}

#[test]
fn a_retried_account_tells_of_its_failure() {
    let bench = Bench::with_accounts(
        1,
        "retry_failed: true",
        r#"if ctx.account.failure_count == 0 then return lariat.fail("first") end"#,
    );
    bench.group("G", 0, 1, "");
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["retried"], &report["accounts"]["completed"]), (&json!(1), &json!(1)));
}

#[test]
fn skip_settles_the_account() {
    let bench = Bench::with_accounts(2, "", r#"return lariat.skip("not today")"#);
    bench.group("G", 0, 1, "");
    assert_eq!(bench.launch("G")["accounts"]["skipped"], 2);
    assert_eq!(bench.launch("G")["accounts"]["skipped"], 0);
    assert_eq!(bench.pool_counts()["skipped"], 2);
    assert_eq!(bench.json(&["account", "show", "a00000"])["status"], "skipped");
}

#[test]
fn give_back_leaves_the_account_as_it_was() {
    let bench = Bench::with_accounts(
        2,
        "",
        r#"if ctx.account.id == "a00000" then return lariat.give_back("busy") end"#,
    );
    bench.group("G", 0, 1, "");
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["returned"], &report["accounts"]["completed"]), (&json!(1), &json!(1)));
    let counts = bench.pool_counts();
    assert_eq!((&counts["available"], &counts["completed"]), (&json!(1), &json!(1)));
    let account = bench.json(&["account", "show", "a00000"]);
    assert_eq!((&account["status"], &account["failure_count"]), (&json!("available"), &json!(0)));
}

#[test]
fn an_error_fails_the_account_and_the_bot_with_its_place() {
    let bench = Bench::with_accounts(2, "", "local x = nil\nreturn x.field");
    bench.group("G", 0, 1, "");
    let report = bench.launch_exits("G", 1);
    assert_eq!((&report["success"], &report["bots"][0]["status"]), (&json!(false), &json!("failed")));
    let error = report["bots"][0]["error"].as_str().unwrap();
    assert!(error.contains("scripts/routines/R.lua:4"), "{error}");
    let account = bench.json(&["account", "show", "a00000"]);
    assert!(
        account["attempts"][0]["error"].as_str().unwrap().contains("in run")
            || account["attempts"][0]["error"].as_str().unwrap().contains("run"),
        "{account}"
    );
    assert_eq!(bench.pool_counts()["available"], 1);
}

#[test]
fn on_failure_goes_on_after_an_error() {
    let bench = Bench::with_accounts(3, "", r#"if ctx.account.id == "a00000" then error("boom") end"#);
    bench.group("G", 0, 1, "restart_policy: on_failure");
    let report = bench.launch("G");
    assert_eq!((&report["accounts"]["failed"], &report["accounts"]["completed"]), (&json!(1), &json!(2)));
}

#[test]
fn a_runaway_is_cut_off_at_its_timeout() {
    for body in
        ["while true do end", "while true do pcall(function() while true do end end) end", "ctx:sleep('1h')"]
    {
        let bench = Bench::with_accounts(1, "", body);
        bench.group("G", 0, 1, "routine_timeout: 300ms");
        let report = bench.launch_exits("G", 1);
        assert_eq!(report["accounts"]["failed"], 1, "{body}");
        assert!(report["duration_ms"].as_u64().unwrap() < 5_000, "{body}: {report}");
    }
}

#[test]
fn a_memory_bomb_is_over_budget_and_harms_only_its_group() {
    let bench = Bench::with_accounts(4, "", "ctx:sleep('20ms')");
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nlua: {memory: 16MiB}\n");
    bench.routine("Bomb", "local t = {} while true do t[#t + 1] = string.rep('x', 100000) .. #t end");
    bench.group("G", 0, 2, "");
    bench.group_of("Bomb", "Bomb", None, 5, 1, "");
    let reports = bench.run(&["launch", "--all", "--json"]).exits(1).json();
    let of = |name: &str| {
        reports.as_array().unwrap().iter().find(|report| report["group"] == name).unwrap().clone()
    };
    assert_eq!(of("G")["accounts"]["completed"], 4);
    let error = of("Bomb")["bots"][0]["error"].as_str().unwrap().to_lowercase();
    assert!(error.contains("memory"), "{error}");
}

#[test]
fn the_context_holds_what_the_contract_says() {
    let bench = Bench::with_accounts(
        1,
        "",
        r#"
        assert(ctx.account.id == "a00000" and ctx.account.pack_count == 1)
        assert(ctx.group == "G" and ctx.instance == 0 and #ctx.launch_id > 10)
        assert(ctx.device == nil and not ctx:stopping())
        assert(ctx.params.n == 3, "params")
        ctx.log:info("hello", { n = 1 })
        ctx:progress(1, 2)
        ctx.store:set("seen", { at = 1 })
        assert(ctx.store:get("seen").at == 1)
        assert(ctx.json.decode('{"a": [1, 2]}').a[2] == 2)
        assert(ctx.json.encode({ 1, 2 }) == "[1,2]")
        assert(ctx.clock:now() > 1e9 and ctx.clock:hour() < 24)
        return { ok = 1 }
        "#,
    );
    let script = std::fs::read_to_string(bench.path("scripts/routines/R.lua")).unwrap();
    let with_params = script.replace(
        "name = \"R\"",
        "name = \"R\", params = { n = { type = \"integer\", default = 1, max = 5 } }",
    );
    bench.write("scripts/routines/R.lua", &with_params);
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--set", "n=3", "--json", "--log-format", "json"]).exits(0);
    assert_eq!(ran.json()[0]["totals"]["ok"], 1);
    let logged = ran.err.lines().find(|line| line.contains("hello")).unwrap();
    let logged: serde_json::Value = serde_json::from_str(logged).unwrap();
    for (key, value) in [("group", "G"), ("account", "a00000"), ("routine", "R")] {
        assert_eq!(logged[key], value, "{logged}");
    }
    bench.run(&["launch", "G", "--set", "n=9"]).exits(3).says("config.n: 9 is too large; at most 5");
    bench.run(&["launch", "G", "--set", "m=9"]).exits(3).says("unknown parameter");
}

#[test]
fn without_a_pool_the_routine_runs_once_a_bot() {
    let bench = Bench::new();
    bench.routine("Solo", "assert(ctx.account == nil) return { n = 1 }");
    bench.group_of("G", "Solo", None, 3, 2, "");
    let report = bench.launch("G");
    assert_eq!((&report["totals"]["n"], &report["launched_bots"]), (&json!(2), &json!(2)));
}

#[test]
fn modules_come_from_scripts_lib_only() {
    let bench = Bench::new();
    bench.write("scripts/lib/greet.lua", "return { word = 'hi' }");
    bench.routine("Good", "return { n = #require('greet').word }");
    bench.routine("Bad", "require('../routines/Good')");
    bench.group_of("G", "Good", None, 0, 1, "");
    bench.group_of("B", "Bad", None, 1, 1, "");
    assert_eq!(bench.launch("G")["totals"]["n"], 2);
    bench.run(&["launch", "B"]).exits(1);
}
