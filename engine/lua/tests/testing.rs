//! `lariat test`: what tests see, how failures read, and that nothing gets out.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::time::Duration;

use common::{World, tight, world, world_with};
use lariat_lua::{Budgets, HttpPolicy, TestFile};

const GREET: &str = r#"
local R = lariat.routine { name = "Greet", params = { times = { type = "integer", default = 1, max = 5 } } }
function R.run(ctx)
  if ctx.account == nil then return lariat.skip("nobody") end
  if ctx.account.id == "bad" then error("boom") end
  for i = 1, ctx.params.times do
    ctx.log:info("hello", { to = ctx.account.id })
    ctx:progress(i, ctx.params.times)
    ctx:sleep("50ms")
  end
  print("done", 1)
  ctx.store:set("greeted", (ctx.store:get("greeted") or 0) + 1)
  return { greetings = ctx.params.times }
end
return R
"#;

/// Runs a file of one test with this body.
fn body(world: &World, body: &str) -> TestFile {
    file(world, &format!("local T = lariat.tests()\nT[\"it\"] = function(t)\n{body}\nend\nreturn T\n"))
}

fn file(world: &World, text: &str) -> TestFile {
    world.write("routines/greet.lua", GREET);
    let path = world.write("routines/greet_test.lua", text);
    world.host.run_tests(&path, None)
}

#[track_caller]
fn passes(text: &str) {
    let ran = body(&world(), text);
    assert!(ran.failed() == 0 && ran.passed() == 1, "{ran:#?}");
}

/// The failure of a test with this body.
#[track_caller]
fn fails(text: &str) -> String {
    let ran = body(&world(), text);
    assert_eq!(ran.failed(), 1, "{ran:#?}");
    ran.problem.or_else(|| ran.tests[0].failure.clone()).unwrap()
}

#[test]
fn a_run_is_written_down() {
    passes(
        r#"local run = t.routine("greet") { account = { id = "a1" }, params = { times = 2 }, store = { greeted = 4 } }
        t.equal(run.outcome, "completed")
        t.equal(run.result, { greetings = 2 })
        t.equal(#run.logs, 3)
        t.equal(run.logs[1], { level = "info", message = "hello", fields = { to = "a1" } })
        t.equal(run.logs[3].message, "done\t1")
        t.equal(run.progress, { { done = 1, total = 2 }, { done = 2, total = 2 } })
        t.equal(run.slept, 0.1)
        t.equal(run.store, { greeted = 5 })
        t.equal(t.routine("greet")().outcome, "skipped")
        t:equal(1, 1)"#,
    );
}

#[test]
fn runs_share_nothing() {
    passes(
        r#"local first = t.routine("greet") { account = { id = "a1" } }
        local second = t.routine("greet") { account = { id = "a1" } }
        t.equal({ first.store, second.store }, { { greeted = 1 }, { greeted = 1 } })"#,
    );
}

#[test]
fn a_difference_is_told_with_its_line_and_place() {
    let told = fails(
        "t.equal({ a = 1, list = { 1, 2 } }, { a = 2, list = { 1, 2, 3 }, [\"x y\"] = true }, \"the result\")",
    );
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "scripts/routines/greet_test.lua:3: not equal (the result)",
            "  expected  { a = 2, list = { 1, 2, 3 }, [\"x y\"] = true }",
            "  actual    { a = 1, list = { 1, 2 } }",
            "  differs   .a: expected 2, got 1",
            "  differs   .list[3]: expected 3, got nil",
            "  differs   [\"x y\"]: expected true, got nil",
        ]
    );
    assert!(
        fails("t.ok(nil, \"a thing\")").contains("greet_test.lua:3: expected something, got nil (a thing)")
    );
    assert!(fails("t.contains(\"abc\", \"x\")").contains("\"x\" isn't contained"));
    assert!(fails("t.contains({ 1, 2 }, 3)").contains("3 isn't contained"));
    assert!(fails("t.raises(function() end)").contains("nothing was raised"));
}

#[test]
fn what_a_script_raised_is_told_when_the_test_fails() {
    let told = fails("t.equal(t.routine(\"greet\") { account = { id = \"bad\" } }.outcome, \"completed\")");
    assert!(told.contains("actual    \"raised\""), "{told}");
    assert!(told.contains("a script raised  scripts/routines/greet.lua:5: boom"), "{told}");
    passes(
        r#"local run = t.routine("greet") { account = { id = "bad" } }
        t.equal(run.outcome, "raised")
        t.contains(run.error, "greet.lua:5: boom")"#,
    );
}

#[test]
fn the_engine_s_checks_are_made() {
    let bad = |call: &str| fails(&format!("t.equal({call}.outcome, \"completed\")"));
    assert!(bad("t.routine(\"greet\") { params = { times = 9 } }").contains("params.times: 9 is too large"));
    assert!(bad("t.routine(\"greet\") { params = { tims = 1 } }").contains("did you mean \"times\"?"));
    assert!(bad("t.routine(\"greet\") { acount = {} }").contains("a routine isn't given \"acount\""));
    assert!(bad("t.routine(\"gret\") {}").contains("did you mean \"greet\"?"));
    assert!(bad("t.routine(\"greet\") { clock = \"noon\" }").contains("clock takes a time"));
    let world = world();
    world.write(
        "routines/odd.lua",
        "local R = lariat.routine { name = \"O\" }\nfunction R.run(ctx) ctx.account.id = \"x\" end\nreturn R",
    );
    let ran = body(&world, "t.equal(t.routine(\"odd\") { account = {} }.outcome, \"completed\")");
    assert!(ran.tests[0].failure.as_ref().unwrap().contains("readonly"), "{ran:#?}");
}

#[test]
fn http_is_canned_and_what_isn_t_fails_the_test() {
    let world = world();
    world.write(
        "routines/ask.lua",
        "local R = lariat.routine { name = \"A\" }\nfunction R.run(ctx)\nlocal ok, a, why = pcall(ctx.http.get, ctx.http, \"https://x.example/a\", { timeout = \"2s\" })\nreturn { status = a and a.status, why = why }\nend\nreturn R",
    );
    let ran = body(&world, "t.routine(\"ask\") {}");
    let told = ran.tests[0].failure.clone().unwrap();
    assert!(told.contains("there is no canned answer to GET https://x.example/a"), "{told}");
    let ran = body(
        &world,
        r#"local url = "https://x.example/a"
        t.equal(t.routine("ask") { http = { [url] = { status = 404 } } }.result.status, 404)
        t.equal(t.routine("ask") { http = { ["GET " .. url] = "gone" } }.result.why, "gone")
        local run = t.routine("ask") { http = function(request) return { status = #request.url } end }
        t.equal(run.result.status, #url)
        t.equal(run.requests[1].timeout, 2)"#,
    );
    assert_eq!(ran.failed(), 0, "{ran:#?}");
}

#[test]
fn a_pool_s_answers_are_read_as_the_engine_reads_them() {
    let world = world();
    world.write(
        "pools/p.lua",
        r#"local P = lariat.pool { name = "p", params = { what = { type = "string" } } }
        local answers = {
          list = function() return { { id = 7, n = 1 }, { id = "b" } } end,
          iterator = function() local n = 0 return function() n = n + 1 if n < 4 then return { id = "i" .. n } end end end,
          named = function() return { id = "a" } end,
          nothing = function() end,
          failure = function() return nil, "no luck" end,
          bad = function() return { { id = "a" }, { name = "b" } } end,
        }
        function P.fetch(ctx) return answers[ctx.params.what]() end
        function P.claim(ctx, account) if account.id == "mine" then return true end return false end
        function P.settle(ctx, account, outcome) ctx.store:set(account.id, outcome.outcome) end
        return P"#,
    );
    let ran = body(
        &world,
        r#"local function fetch(what) return t.pool("p") { params = { what = what } }.fetch() end
        t.equal(fetch("list"), { { id = "7", n = 1 }, { id = "b" } })
        t.equal(#fetch("iterator"), 3)
        for what, part in { named = "a table with names", nothing = "returned nothing", failure = "no luck", bad = "gave account 2, which" } do
          local accounts, problem = fetch(what)
          t.equal(accounts, nil)
          t.contains(problem, part)
        end
        local pool = t.pool("p") {}
        t.equal(pool.claim { id = "mine" }, true)
        t.equal({ pool.claim { id = "b" } }, { false, "refused by the pool's script" })
        t.ok(pool.settle({ id = "b" }, { outcome = "completed" }))
        t.equal(pool.store, { b = "completed" })"#,
    );
    assert_eq!(ran.failed(), 0, "{ran:#?}");
}

#[test]
fn a_hook_answers_as_the_engine_would_take_it() {
    let world = world();
    world.write(
        "hooks/h.lua",
        r#"local H = lariat.hook { name = "h", on = { "before:validate", "after:launch_bots" } }
        function H.run(ctx)
          if ctx.moment == "after" then return lariat.patch { bot_count = 1 } end
          if ctx.plan.bot_count == 9 then return true end
          if ctx.clock:hour() < 6 then return lariat.retry("30s", "night") end
          if ctx.clock:weekday() == 7 then return lariat.skip_instance(3, "sunday") end
        end
        return H"#,
    );
    let ran = body(
        &world,
        r#"local function answer(given) return t.hook("h")(given).answer end
        t.equal(answer {}, { verdict = "continue" })
        t.equal(answer { clock = "2026-03-02T05:59" }, { verdict = "retry", after = "30s", reason = "night" })
        t.equal(answer { clock = "2026-03-01T12:00" }, { verdict = "skip_instance", instance = 3, reason = "sunday" })
        t.contains(t.hook("h") { plan = { bot_count = 9 } }.error, "returned a boolean")
        t.contains(t.hook("h") { point = "after:launch_bots" }.error, "lariat.patch works before:")
        t.contains(t.hook("h") { point = "before:stop" }.error, "isn't asked at before:stop")"#,
    );
    assert_eq!(ran.failed(), 0, "{ran:#?}");
}

#[test]
fn tests_run_in_their_order_and_apart() {
    let ran = file(
        &world(),
        "local T = lariat.tests()\nlocal n = 0\nlocal function once(t) n = n + 1 t.equal(n, 1) end\nT[\"b\"] = once\nT[\"a\"] = once\nT[\"c\"] = function(t) print(\"said\", 1) t.fail(\"no\") end\nreturn T",
    );
    let names: Vec<&str> = ran.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!((names, ran.passed(), ran.failed()), (vec!["b", "a", "c"], 2, 1));
    assert_eq!(ran.tests[2].output, ["said\t1"]);
}

#[test]
fn a_file_that_is_no_file_of_tests_says_so() {
    let problem = |text: &str| file(&world(), text).problem.unwrap();
    assert!(problem("return 1").contains("lariat.tests()"));
    assert!(problem("local x = = 1").contains("greet_test.lua:1:"));
    assert!(problem("error('at the top')").contains("greet_test.lua:1: at the top"));
    assert!(problem("local T = lariat.tests() T.a = 1 return T").contains("takes a function(t)"));
    let twice = "local T = lariat.tests() T.a = print T.a = print return T";
    assert!(problem(twice).contains("there is a test \"a\" already"));
}

#[test]
fn runaways_are_stopped_and_the_next_test_runs() {
    // Long enough for a test on a busy machine.
    let budgets = Budgets { stretch: Duration::from_millis(500), ..tight() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let ran = file(
        &world,
        r#"local T = lariat.tests()
        T["loop"] = function() while true do end end
        T["swallowed"] = function() while true do pcall(function() while true do end end) end end
        T["memory"] = function() local t = {} while true do t[#t + 1] = string.rep("x", 1000000) .. #t end end
        T["deep"] = function() local function f() return 1 + f() end f() end
        T["way out"] = function(t) t.equal(io, nil) t.equal(debug, nil) t.equal(host, nil) t.ok(not pcall(require, "../x")) end
        T["fine"] = function(t) t.equal(t.routine("greet") { account = {} }.outcome, "completed") end
        return T"#,
    );
    let failed: Vec<bool> = ran.tests.iter().map(|test| test.failure.is_some()).collect();
    assert_eq!(failed, [true, true, true, true, false, false], "{ran:#?}");
    assert!(ran.tests[0].failure.as_ref().unwrap().contains("endless loop"), "{ran:#?}");
    assert!(ran.tests[2].failure.as_ref().unwrap().contains("memory"), "{ran:#?}");
}

#[test]
fn tests_are_no_extensions() {
    let world = world();
    world.write("routines/greet.lua", GREET);
    world.write("routines/greet_test.lua", "return lariat.tests()");
    assert_eq!(world.host.load().len(), 1);
    assert_eq!(world.host.test_files(None).len(), 1);
    let script = world.folder.path().join("scripts/routines/greet.lua");
    assert_eq!(world.host.test_files(Some(&script)).len(), 1);
}

#[test]
fn misspelled_names_in_a_test_fail_it() {
    let hook = "local H = lariat.hook { name = \"h\", on = { \"before:validate\" } }\nfunction H.run(ctx) end\nreturn H\n";
    for (text, told) in [
        ("t.routine(\"greet\") { params = { trise = 1 } }", "unknown parameter \"trise\"; there is times"),
        (
            "local run = t.routine(\"greet\") {}\nt.equal(run.outcom, nil)",
            "unknown field of what t.routine gives \"outcom\"; did you mean \"outcome\"?",
        ),
        ("t.hook(\"h\") { plan = { botcount = 3 } }", "did you mean \"bot_count\"?"),
        (
            "t.hook(\"h\") { point = \"before:vaidate\" }",
            "unknown phase \"vaidate\"; did you mean \"validate\"?",
        ),
    ] {
        let world = world();
        world.write("hooks/h.lua", hook);
        let ran = body(&world, text);
        assert_eq!(ran.failed(), 1, "{text}: {ran:#?}");
        let failure = ran.tests[0].failure.clone().unwrap();
        assert!(failure.contains(told), "{text}: {failure}");
    }
    passes("local run = t.routine(\"greet\") {}\nt.equal(run.result, nil)\nt.equal(run.error, nil)");
}

#[test]
fn what_was_slept_adds_up_without_remainders() {
    passes("t.equal(t.routine(\"greet\") { account = { id = \"a\" }, params = { times = 3 } }.slept, 0.15)");
}

#[test]
fn a_provider_s_answers_are_read_as_the_engine_reads_them() {
    let world = world();
    world.write(
        "providers/boxes.lua",
        r#"local I = lariat.provider { name = "boxes", params = { odd = { type = "boolean", default = false } } }
function I.probe(ctx, id)
  if id == 9 then return nil, "no box 9" end
  if ctx.params.odd then return "raedy" end
  return ctx.store:get("box " .. id) or "down"
end
function I.start(ctx, id)
  if id == 9 then error("no box 9") end
  ctx.store:set("box " .. id, "ready")
end
return I
"#,
    );
    let ran = body(
        &world,
        r#"local boxes = t.provider("boxes") { store = { ["box 1"] = "starting" } }
        t.equal({ boxes.probe(0), boxes:probe(1) }, { "down", "starting" })
        t.equal(boxes.start(0), true)
        t.equal(boxes.probe(0), "ready")
        t.equal(boxes.stop(0), true)
        t.equal(boxes.store, { ["box 0"] = "ready", ["box 1"] = "starting" })
        t.equal({ boxes.probe(9) }, { nil, "no box 9" })
        local _, why = boxes.start(9)
        t.contains(why, "boxes.lua:8: no box 9")
        _, why = t.provider("boxes") { params = { odd = true } }.probe(0)
        t.contains(why, "returned \"raedy\"; it returns \"down\", \"starting\" or \"ready\"")
        t.contains(t.raises(function() boxes.probe("x") end), "takes an instance's id")"#,
    );
    assert!(ran.failed() == 0 && ran.passed() == 1, "{ran:#?}");
}
