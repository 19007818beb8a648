//! Pool types in Lua: listed, tested, drained by a launch, broken in every way.

use serde_json::{Value, json};

use crate::bench::{Bench, of_type, texts};

/// Accounts from a CSV file; an outside authority that refuses some; a book of what
/// became of each, which the parameter `settled` shows.
const ROTA: &str = r#"
local P = lariat.pool {
  name = "rota", description = "Accounts from a CSV file",
  params = { file = { type = "path" }, settled = { type = "boolean", default = false } },
}

local function settled(ctx)
  local list = {}
  for _, key in ctx.store:keys() do
    local entry = ctx.store:get(key)
    entry.id = key
    table.insert(list, entry)
  end
  return list
end

function P.fetch(ctx)
  if ctx.params.settled then return settled(ctx) end
  local lines = assert(ctx:read_lines(ctx.params.file))
  return function()
    local line = lines()
    if not line then return nil end
    local id, packs = string.match(line, "^([^,]+),(%d+)$")
    return { id = id, pack_count = tonumber(packs) }
  end
end

function P.claim(ctx, account)
  if account.pack_count == 0 then return false, "no packs" end
  return true
end

function P.settle(ctx, account, outcome)
  ctx.store:set(account.id, { how = outcome.outcome, why = outcome.reason, result = outcome.result })
end

return P
"#;

fn rota(routine: &str) -> Bench {
    let bench = Bench::new();
    bench.write("scripts/pools/rota.lua", ROTA);
    bench.write("data/accounts.csv", "c,3\r\na,0\r\nb,5\r\nd,1\r\n");
    bench.write("pools/P.yaml", "name: P\ntype: rota\nconfig: {file: data/accounts.csv}\n");
    bench.write("pools/Settled.yaml", "name: Settled\ntype: rota\nconfig: {settled: true}\n");
    bench.routine("R", routine);
    bench.group("G", 0, 1, "");
    bench
}

fn row(pools: &Value, name: &str) -> Value {
    pools.as_array().unwrap().iter().find(|pool| pool["name"] == name).unwrap().clone()
}

#[test]
fn a_launch_drains_a_pool_and_the_script_hears_of_every_settlement() {
    let bench = rota(
        r#"if ctx.account.id == "b" then return lariat.fail("no luck") end
           return { packs_opened = ctx.account.pack_count }"#,
    );
    let counts = bench.pool_counts();
    assert_eq!((&counts["type"], &counts["state"]), (&json!("rota"), &json!("ready")));
    assert_eq!((&counts["total"], &counts["available"]), (&json!(4), &json!(4)));
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    let settled = of_type(&events, "lease.settled");
    assert_eq!(
        texts(&of_type(&events, "lease.granted"), "account"),
        ["c", "a", "b", "d"],
        "in the file's order"
    );
    assert_eq!(texts(&settled, "outcome"), ["completed", "returned", "failed", "completed"]);
    assert_eq!(settled[1]["reason"], "no packs");
    let loaded = texts(&of_type(&events, "extension.loaded"), "extension");
    assert!(loaded.contains(&"rota".to_owned()) && loaded.contains(&"R".to_owned()), "{loaded:?}");
    let test = bench.json(&["pool", "test", "Settled"]);
    assert_eq!(
        test["sample"],
        json!([
            {"id": "a", "how": "returned", "why": "no packs"},
            {"id": "b", "how": "failed", "why": "no luck"},
            {"id": "c", "how": "completed", "result": {"packs_opened": 3}},
            {"id": "d", "how": "completed", "result": {"packs_opened": 1}},
        ])
    );
    let counts = bench.pool_counts();
    assert_eq!(
        (&counts["completed"], &counts["failed"], &counts["available"]),
        (&json!(2), &json!(1), &json!(1))
    );
}

#[test]
fn what_a_pool_takes_is_checked_against_what_its_script_declares() {
    let bench = rota("return {}");
    bench.write("pools/P.yaml", "name: P\ntype: rota\nconfig:\n  fil: data/accounts.csv\n");
    let told = "config.fil: unknown parameter \"fil\"; did you mean \"file\"?";
    bench.run(&["pool", "test", "P"]).exits(2).says(told);
    let listed = bench.json(&["pool", "list"]);
    let broken = listed.as_array().unwrap().iter().find(|pool| pool["state"] == "failed").unwrap().clone();
    let error = broken["error"].as_str().unwrap();
    assert!(error.contains("pools/P.yaml:4:") && error.contains(told), "{error}");
    bench.run(&["launch", "G"]).exits(2).says(told);
}

#[test]
fn a_script_that_raises_is_shown_with_line_and_traceback() {
    let bench = rota("return {}");
    let raising = "local P = lariat.pool { name = \"rota\" }\nlocal function deep() error(\"boom\") end\nfunction P.fetch(ctx)\n  deep()\nend\nreturn P\n";
    bench.write("scripts/pools/rota.lua", raising);
    bench.write("pools/P.yaml", "name: P\ntype: rota\n");
    std::fs::remove_file(bench.path("pools/Settled.yaml")).unwrap();
    let listed = bench.pool_counts();
    assert_eq!(listed["state"], "failed");
    let error = listed["error"].as_str().unwrap();
    let told =
        "scripts/pools/rota.lua:2: boom\nscripts/pools/rota.lua:2 in deep\nscripts/pools/rota.lua:4 in ";
    assert!(error.contains(told), "{error}");
    bench.run(&["pool", "list"]).exits(0).says("scripts/pools/rota.lua:4 in");
    let test = bench.run(&["pool", "test", "P", "--json"]).exits(1).json();
    assert!(test["error"].as_str().unwrap().contains(told), "{test}");
    let report = bench.launch_exits("G", 1);
    assert!(report["errors"][0].as_str().unwrap().contains("scripts/pools/rota.lua:2: boom"), "{report}");
    bench.write("scripts/pools/rota.lua", &raising.replace("deep()\nend", "while true do end\nend"));
    let test = bench.run(&["pool", "test", "P", "--json"]).exits(1).json();
    assert!(test["error"].as_str().unwrap().contains("as an endless loop does"), "{test}");
}

/// A pool "P" of three accounts with this `claim`.
fn claiming(body: &str) -> Bench {
    let bench = Bench::new();
    bench.write(
        "scripts/pools/crew.lua",
        &format!("local P = lariat.pool {{ name = \"crew\" }}\nfunction P.fetch(ctx) return {{ {{ id = \"ann\" }}, {{ id = \"bob\" }}, {{ id = \"dan\" }} }} end\nfunction P.claim(ctx, account)\n{body}\nend\nreturn P\n"),
    );
    bench.write("pools/P.yaml", "name: P\ntype: crew\n");
    bench.group("G", 0, 1, "");
    bench.routine("R", "return {}");
    bench
}

#[test]
fn a_launch_tells_how_many_accounts_could_not_be_claimed_and_why() {
    for (body, reason) in [
        ("return false, account.id .. \" rests\"", "dan rests"),
        ("return nil, \"no answer about \" .. account.id", "no answer about dan"),
    ] {
        let bench = claiming(body);
        let report = bench.launch("G");
        assert_eq!((&report["accounts"]["refused"], &report["accounts"]["returned"]), (&json!(3), &json!(0)));
        let last = report["refusals"].as_array().unwrap().last().unwrap();
        assert!(last["account"] == "dan" && last["reason"].as_str().unwrap().contains(reason), "{report}");
        let ran = bench.run(&["launch", "G"]).exits(0);
        ran.says("G: 3 accounts were asked for, none could be claimed; the last reason of account \"dan\": ")
            .says(reason);
        assert!(!ran.out.contains("selects no account"), "{}", ran.out);
    }
    let bench = claiming("return account.id ~= \"bob\", \"bob rests\"");
    let ran = bench.run(&["launch", "G"]).exits(0);
    ran.says("G: 1 claim refused; the last reason of account \"bob\": bob rests");
}

#[test]
fn why_runs_failed_is_told_at_the_end_and_by_account() {
    let bench = claiming("return true");
    bench.group("G", 0, 1, "restart_policy: on_failure");
    bench.routine(
        "R",
        "if ctx.account.id == \"dan\" then return lariat.fail(\"no luck\") end error(\"boom\")",
    );
    let report = bench.launch("G");
    assert_eq!(report["failures"][0]["count"], 2);
    assert_eq!(report["failures"][0]["reason"], "scripts/routines/R.lua:3: boom");
    assert_eq!(report["failures"][1], json!({"reason": "no luck", "count": 1, "account": "dan"}));
    bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
    let ran = bench.run(&["launch", "G"]).exits(0);
    ran.says("G: 2 runs failed, the last one account \"bob\": scripts/routines/R.lua:3: boom");
    ran.says("G: account \"dan\" failed: no luck");
    let shown = bench.json(&["account", "show", "bob"]);
    assert_eq!((&shown["id"], shown["attempts"].as_array().unwrap().len()), (&json!("bob"), 2));
    let text = bench.run(&["account", "show", "dan"]).exits(0);
    text.says("failed by R of G: no luck").says("It isn't in the account table");
    bench.run(&["account", "show", "nobody"]).exits(4).says("no bot has worked on one");
}

#[test]
fn a_fetch_has_a_deadline_and_tells_how_far_it_came() {
    let bench = Bench::new();
    let fetch = |body: &str| {
        let lua = format!(
            "local P = lariat.pool {{ name = \"slow\" }}\nfunction P.fetch(ctx)\n{body}\nend\nreturn P\n"
        );
        bench.write("scripts/pools/slow.lua", &lua);
    };
    bench.write("pools/P.yaml", "name: P\ntype: slow\n");
    bench.write("lariat.yaml", "lua: {fetch: 300ms}\n");
    fetch("ctx:sleep(\"1h\")");
    let ran = bench.run(&["pool", "test", "P"]).exits(1);
    ran.says("fetch took longer than 300ms; it gave no account; `lua: {fetch: …}`");
    ran.says("still waiting for its accounts, for 300ms at most");
    bench.run(&["doctor"]).exits(1).says("fetch took longer than 300ms");
    bench.write("lariat.yaml", "lua: {cpu: 300ms}\n");
    fetch("local n = 0\nreturn function() n = n + 1\nreturn { id = \"x\" .. n } end");
    let told = bench.run(&["pool", "test", "P", "--json"]).exits(1).json();
    let error = told["error"].as_str().unwrap();
    assert!(error.contains("computed for more than 300ms altogether"), "{error}");
    assert!(error.contains("accounts so far; does its function ever give nil?"), "{error}");
    fetch("return { { id = \"a\" }, { id = \"b\" }, { id = \"a\" } }");
    let told = bench.json(&["pool", "test", "P"]);
    assert_eq!(told["accounts_found"], 2);
    assert_eq!(told["warnings"], json!(["an id came again 1 time, and only its first account counts: a"]));
}

#[test]
fn whoever_only_looks_asks_a_pool_once_and_leaves_no_trace() {
    let bench = Bench::new();
    bench.write(
        "scripts/pools/counted.lua",
        "local P = lariat.pool { name = \"counted\" }\nfunction P.fetch(ctx)\n  local n = (ctx.store:get(\"n\") or 0) + 1\n  ctx.store:set(\"n\", n)\n  ctx.log:info(\"fetched\", { n = n })\n  return { { id = \"a\", n = n } }\nend\nreturn P\n",
    );
    bench.write("pools/P.yaml", "name: P\ntype: counted\n");
    bench.group("G", 0, 1, "");
    bench.group("H", 1, 1, "");
    bench.routine("R", "return { n = ctx.account.n }");
    let looks: [&[&str]; 5] = [
        &["pool", "test", "P"],
        &["pool", "list"],
        &["pool", "stats", "P"],
        &["doctor"],
        &["launch", "G", "--plan"],
    ];
    for look in looks {
        let ran = bench.run(look).exits(0);
        let fetched: Vec<&str> = ran.err.lines().filter(|line| line.contains("fetched")).collect();
        assert!(fetched.len() == 1 && fetched[0].contains("\"n\":1"), "{look:?}: {}", ran.err);
    }
    assert_eq!(bench.launch("G")["totals"]["n"], 1, "a launch is the first that counts");
}

#[test]
fn the_last_good_accounts_stay_in_force_when_a_refresh_fails() {
    let bench = rota("ctx:sleep('30ms') return {}");
    bench.write(
        "scripts/pools/rota.lua",
        r#"local P = lariat.pool { name = "rota" }
           function P.fetch(ctx)
             if ctx.store:get("fetched") then error("the server is gone") end
             ctx.store:set("fetched", true)
             return { { id = "a" }, { id = "b" }, { id = "c" }, { id = "d" } }
           end
           return P"#,
    );
    std::fs::remove_file(bench.path("pools/Settled.yaml")).unwrap();
    bench.write("pools/P.yaml", "name: P\ntype: rota\npool_config: {refresh_interval: 20ms}\n");
    let events = bench.run(&["launch", "G", "--events"]).exits(0).lines();
    let refreshed = of_type(&events, "pool.refreshed");
    let failed: Vec<&&Value> = refreshed.iter().filter(|event| event["error"].is_string()).collect();
    assert!(!failed.is_empty(), "{refreshed:?}");
    assert!(failed[0]["error"].as_str().unwrap().contains("scripts/pools/rota.lua:3: the server is gone"));
    let settled = texts(&of_type(&events, "lease.settled"), "account");
    assert_eq!(settled, ["a", "b", "c", "d"]);
}

#[test]
fn a_broken_script_is_told_where_its_pools_are_listed_and_harms_no_other() {
    let bench = rota("return {}");
    bench.write(
        "scripts/pools/other.lua",
        "local P = lariat.pool {\n  name = \"other\",\n  fetch = 5,\n}\nreturn P\n",
    );
    bench.write("scripts/pools/zz_again.lua", ROTA);
    bench.write(
        "scripts/pools/misplaced.lua",
        "local H = lariat.hook { name = \"h\", on = { \"after:stop\" } }\nfunction H.run() end\nreturn H\n",
    );
    bench.write("pools/Other.yaml", "name: Other\ntype: other\n");
    let pools = bench.json(&["pool", "list"]);
    assert_eq!(row(&pools, "P")["state"], "ready");
    let failed = pools.as_array().unwrap().iter().find(|pool| pool["state"] == "failed").unwrap().clone();
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("scripts/pools/other.lua:3: fetch is a number"), "{error}");
    let ran = bench.run(&["launch", "G", "--events"]).exits(0);
    let failed = of_type(&ran.lines(), "extension.failed").into_iter().cloned().collect::<Vec<_>>();
    let errors: Vec<&str> = failed.iter().map(|event| event["error"].as_str().unwrap()).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].contains("is a hook, but lies in scripts/pools/"), "{errors:?}");
    assert!(errors[2].contains("pool type \"rota\" is in scripts/pools/rota.lua already"), "{errors:?}");
    bench.run(&["doctor"]).exits(1).says("scripts/pools/other.lua:3").says("1 pool type");
}

#[test]
fn a_pool_is_made_of_pools_of_every_type() {
    let bench = Bench::with_accounts(3, "", "return {}");
    bench.write(
        "scripts/pools/merge.lua",
        r#"local P = lariat.pool { name = "merge", params = { pools = { type = "list", required = true } } }
           function P.fetch(ctx)
             local all = {}
             for _, name in ctx.params.pools do
               for _, account in assert(ctx.pools:accounts(name)) do
                 account.from = name
                 table.insert(all, account)
               end
             end
             return all
           end
           return P"#,
    );
    bench.write("scripts/pools/few.lua", "local P = lariat.pool { name = \"few\" }\nfunction P.fetch(ctx) return { { id = \"x\" }, { id = \"a00001\" } } end\nreturn P\n");
    bench.write("pools/Few.yaml", "name: Few\ntype: few\ninclude: [extra]\nexclude: [x]\n");
    bench.write("pools/Both.yaml", "name: Both\ntype: merge\nconfig: {pools: [Few, P]}\n");
    bench.write("pools/Circle.yaml", "name: Circle\ntype: merge\nconfig: {pools: [Few, Circle]}\n");
    let found = bench.json(&["pool", "test", "Both"]);
    let ids: Vec<&str> =
        found["sample"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a00001", "extra", "a00000", "a00002"]);
    assert_eq!((&found["sample"][0]["from"], &found["sample"][3]["from"]), (&json!("Few"), &json!("P")));
    let test = bench.run(&["pool", "test", "Circle", "--json"]).exits(1).json();
    assert!(test["error"].as_str().unwrap().contains("in a circle: \"Circle\" reads \"Circle\""), "{test}");
}

#[test]
fn no_script_reaches_a_private_server_not_even_through_a_proxy() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let bench = rota("return {}");
    bench.write(
        "scripts/pools/rota.lua",
        r#"local P = lariat.pool { name = "rota" }
           function P.fetch(ctx)
             for _, host in { "localhost", "127.0.0.1", "[::1]", "169.254.169.254", "2130706433" } do
               local answer, why = ctx.http:get("http://" .. host .. ":9/", { timeout = "5s" })
               assert(not answer and string.find(why, "is not public"), host .. ": " .. tostring(why))
             end
             return { { id = "refused" } }
           end
           return P"#,
    );
    bench.write("pools/P.yaml", "name: P\ntype: rota\n");
    let mut command = bench.command(&["pool", "test", "P", "--json"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(name, &address);
    }
    let output = command.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let test: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(test["sample"], json!([{"id": "refused"}]), "{told}");
    let reached = proxy.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(reached, Err(std::io::ErrorKind::WouldBlock), "a request went to the proxy");
}
