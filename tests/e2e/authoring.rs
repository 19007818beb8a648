//! What an author of scripts uses: new, test, check, run, the README, the editor's files.

use std::io::{BufRead, BufReader};

use serde_json::json;

use crate::bench::Bench;

#[test]
fn a_new_script_has_a_test_that_passes() {
    for (kind, folder) in [("routine", "routines"), ("pool", "pools"), ("hook", "hooks")] {
        let bench = Bench::new();
        let made = bench.json(&["new", kind, "OpenGifts"]);
        let script = format!("scripts/{folder}/open_gifts.lua");
        let test = format!("scripts/{folder}/open_gifts_test.lua");
        assert_eq!(made, json!({"name": "OpenGifts", "created": [script, test]}));
        let ran = bench.json(&["test"]);
        assert_eq!((&ran["success"], &ran["failed"]), (&json!(true), &json!(0)), "{ran}");
        assert!(ran["passed"].as_u64().unwrap() > 0);
        assert_eq!(bench.json(&[kind, "check"]), json!([]));
        bench.run(&["new", kind, "open_gifts"]).exits(3).says("is there already");
        bench.write(&script, "-- mine");
        bench.run(&["new", kind, "open_gifts", "--force"]).exits(0).says("lariat test");
        bench.run(&["test", &script]).exits(0);
    }
    let bench = Bench::new();
    bench.run(&["new", "provider", "boxes"]).exits(0).says("instances: [{provider: boxes");
    assert_eq!(bench.json(&["test", "boxes"])["passed"], 2);
    bench.write("lariat.yaml", "instances: [{provider: boxes, ids: \"0-1\"}]\n");
    bench.run(&["doctor"]).exits(0);
    let bench = Bench::new();
    bench.run(&["new", "routine", "../x"]).exits(2).says("is not a name");
    bench.run(&["new", "routine", "greet_test"]).exits(2).says("leave out _test");
    bench.run(&["new", "dance", "x"]).exits(2);
}

#[test]
fn a_failing_test_is_told_and_exits_1() {
    let bench = Bench::new();
    bench.run(&["test"]).exits(0).says("There are no tests.");
    bench.routine("Greet", "return { n = 2 }");
    bench.write(
        "scripts/routines/Greet_test.lua",
        "local T = lariat.tests()\nT[\"gives three\"] = function(t)\n  print(\"hm\")\n  t.equal(t.routine(\"Greet\") {}.result, { n = 3 })\nend\nT[\"gives a number\"] = function(t)\n  t.ok(t.routine(\"Greet\") {}.result.n)\nend\nreturn T\n",
    );
    let ran = bench.run(&["test", "--junit", "out.xml"]).exits(1);
    for part in [
        "scripts/routines/Greet_test.lua:4: not equal",
        "expected  { n = 3 }",
        "actual    { n = 2 }",
        "hm",
        "1 test passed, 1 failed",
    ] {
        ran.says(part);
    }
    let xml = std::fs::read_to_string(bench.path("out.xml")).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"1\"") && xml.contains("name=\"gives three\""), "{xml}");
    let told = bench.run(&["test", "--json"]).exits(1).json();
    assert_eq!((&told["passed"], &told["failed"], &told["success"]), (&json!(1), &json!(1), &json!(false)));
    assert_eq!(told["files"][0]["tests"][0]["output"], json!(["hm"]));
    bench.run(&["test", "--filter", "a number"]).exits(0).says("1 test passed");
    bench.run(&["test", "--filter", "nonsense"]).exits(4).says("No test has");
    bench.run(&["test", "Greet", "--filter", "a number"]).exits(0).says("1 test passed");
    bench.routine("Bare", "return {}");
    bench.run(&["test", "Bare"]).exits(4).says("There are no tests.");
    std::fs::remove_file(bench.path("scripts/routines/Bare.lua")).unwrap();
    bench.run(&["test", "scripts/nowhere"]).exits(4).says("there is no file or folder");
    bench.run(&["test", "--junit", "new/folder/out.xml"]).exits(1).says("1 test passed, 1 failed");
    assert_eq!(
        std::fs::read_to_string(bench.path("new/folder/out.xml")).unwrap().matches("<testcase").count(),
        2
    );
    bench
        .run(&["test", "--junit", "lariat.yaml/out.xml"])
        .exits(1)
        .says("1 test passed, 1 failed")
        .says("lariat.yaml/out.xml");
    assert_eq!(bench.json(&["routine", "list"]).as_array().unwrap().len(), 1, "tests are no routines");
}

#[test]
fn a_mistake_is_found_with_its_line_in_every_kind() {
    let bench = Bench::new();
    bench.routine("R", "return ctx.params.packs");
    bench.write(
        "scripts/pools/p.lua",
        "local P = lariat.pool { name = \"p\" }\nfunction P.fetch(ctx)\n  ctx.log:inof(\"x\")\nend\nreturn P\n",
    );
    bench.write(
        "scripts/hooks/h.lua",
        "local H = lariat.hook { name = \"h\", on = { \"before:validate\" } }\nfunction H.run(ctx)\n  return \"too many\"\nend\nreturn H\n",
    );
    for (kind, file, line, part) in [
        ("routine", "scripts/routines/R.lua", 3, "unknown parameter"),
        ("pool", "scripts/pools/p.lua", 3, "did you mean \"info\"?"),
        ("hook", "scripts/hooks/h.lua", 3, "run of a hook returns a text"),
    ] {
        let found = bench.run(&[kind, "check", "--json"]).exits(2).json();
        let found = found.as_array().unwrap();
        let hit = found.iter().find(|hit| hit["line"] == line).unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!(hit["file"], file);
        assert!(hit["message"].as_str().unwrap().contains(part), "{hit}");
        bench.run(&[kind, "check", file]).exits(2);
        bench.run(&[kind, "check", "nobody"]).exits(4).says(file);
        bench.run(&["doctor"]).exits(1).says(part);
    }
}

#[test]
fn modules_are_checked_with_the_rest_and_one_script_alone() {
    let bench = Bench::new();
    bench.routine("R", "return { n = require(\"m\").go() }");
    bench.write("scripts/lib/m.lua", "local m = {}\nfunction m.go() return io.open(\"x\") end\n");
    for command in [["routine", "check"], ["hook", "check"], ["pool", "check"]] {
        let ran = bench.run(&command).exits(2);
        ran.says("scripts/lib/m.lua:2: there is no io").says("end with: return m");
    }
    bench.run(&["doctor"]).exits(1).says("scripts/lib/m.lua:2: there is no io");
    bench.run(&["routine", "check", "R"]).exits(0);
    // What another script does wrong isn't told where one is asked for.
    let text = std::fs::read_to_string(bench.path("scripts/routines/R.lua")).unwrap();
    bench.write("scripts/routines/S.lua", &text);
    bench.run(&["routine", "check", "scripts/routines/R.lua"]).exits(0);
    bench
        .run(&["routine", "check", "scripts/routines/S.lua"])
        .exits(2)
        .says("is in scripts/routines/R.lua already");
    bench.run(&["routine", "check"]).exits(2).says("is in scripts/routines/R.lua already");
}

/// Accounts with a secret, and a routine that tells and keeps things.
fn secretive() -> Bench {
    let bench = Bench::new();
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    bench.write("accounts/all.csv", "id,pack_count,password\na1,3,hunter22\n");
    bench.write(
        "scripts/routines/tell.lua",
        r#"local R = lariat.routine { name = "Tell", params = { n = { type = "integer", default = 1, max = 5 } } }
function R.run(ctx)
  local account = ctx.account
  if not account then return lariat.skip("nobody") end
  if account.id == "bad" then error("boom " .. account.id) end
  ctx.log:info("the password is " .. account.password)
  ctx.store:set("seen", (ctx.store:get("seen") or 0) + 1)
  if account.pack_count == 0 then return lariat.fail("no packs for " .. account.password) end
  return { n = ctx.params.n, seen = ctx.store:get("seen"), secret = "it is " .. account.password }
end
return R
"#,
    );
    bench
}

#[test]
fn a_single_run_tells_everything_but_secrets_and_keeps_nothing() {
    let bench = secretive();
    for _ in 0..2 {
        let ran = bench.run(&["run", "Tell", "--account", "a1", "--params", "n=4", "--json"]).exits(0);
        let told = ran.json();
        assert_eq!(told["outcome"], "completed");
        assert_eq!((&told["result"]["n"], &told["result"]["seen"]), (&json!(4), &json!(1)), "{told}");
        assert!(ran.err.contains("the password is") && !ran.err.contains("hunter22"), "{}", ran.err);
        assert!(!ran.out.contains("hunter22"), "{}", ran.out);
    }
    let account = bench.json(&["account", "show", "a1"]);
    assert_eq!((&account["status"], &account["attempts"]), (&json!("available"), &json!([])));
}

#[test]
fn a_single_run_exits_as_it_ended() {
    let bench = secretive();
    bench.run(&["run", "tell"]).exits(0).says("skipped: nobody");
    bench.run(&["run", "scripts/routines/tell.lua"]).exits(0);
    let bad = bench.run(&["run", "Tell", "--account-json", "{\"id\": \"bad\"}"]).exits(1);
    bad.says("raised: scripts/routines/tell.lua:5: boom bad");
    let failed =
        bench.run(&["run", "Tell", "--account-json", "{\"pack_count\": 0, \"password\": \"xyzzy\"}"]);
    failed.exits(1).says("failed: no packs for ");
    bench.run(&["run", "Tell", "--params", "n=9"]).exits(2).says("params.n: 9 is too large");
    bench.run(&["run", "Tell", "--params", "n"]).exits(2).says("--params n: write it as key=value");
    bench.run(&["run", "Tell", "--account", "a9"]).exits(4).says("there is no account");
    bench.run(&["run", "Tell", "--account-json", "[]"]).exits(2).says("--account-json");
    bench.write(
        "scripts/routines/say.lua",
        "local R = lariat.routine { name = \"Say\", params = { q = { type = \"string\" } } }\nfunction R.run(ctx) return { q = ctx.params.q } end\nreturn R\n",
    );
    assert_eq!(bench.json(&["run", "Say", "--params", "q=1"])["result"], json!({"q": "1"}));
    bench.run(&["run", "nobody"]).exits(4).says("scripts/routines/tell.lua");
}

#[test]
fn ctrl_c_ends_a_single_run() {
    for (body, outcome) in [
        ("while not ctx:stopping() do ctx:sleep('5ms') end return lariat.give_back('asked to')", "returned"),
        ("while true do ctx:sleep('5ms') end", "stopped"),
    ] {
        let bench = Bench::new();
        bench.routine("R", &format!("ctx.log:info('here')\n{body}"));
        let mut child = bench.spawn(&["run", "R", "--json"]);
        let pid = child.id().to_string();
        let interrupt = || {
            assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        };
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line.contains("here")));
        interrupt();
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line.contains("stopping")));
        if outcome == "stopped" {
            interrupt();
        }
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130));
        let told: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(told["outcome"], outcome);
    }
}

/// The blocks of `scripts/README.md` that begin with the name of a file, by that name.
fn readme_files() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/README.md"));
    let readme = readme.unwrap();
    readme
        .split("```lua\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
        .filter_map(|block| {
            let file = block.lines().next()?.strip_prefix("-- ")?;
            file.starts_with("scripts/").then(|| (file.to_owned(), block.to_owned()))
        })
        .collect()
}

#[test]
fn the_examples_of_the_readme_work() {
    let bench = Bench::new();
    let files = readme_files();
    assert_eq!(files.len(), 6, "{files:?}");
    for (file, text) in &files {
        bench.write(file, text);
    }
    for kind in ["routine", "pool", "hook"] {
        assert_eq!(bench.json(&[kind, "check"]), json!([]), "{kind}");
    }
    assert_eq!(bench.json(&["test"])["passed"], 1);
    let others = r#"local T = lariat.tests()
T["what the README says of the others"] = function(t)
  local pool = t.pool("numbered") { params = { count = 2 } }
  t.equal(#pool.fetch(), 2)
  t.equal(pool.claim { id = "account-1" }, true)
  t.equal({ pool.claim { id = "account-3" } }, { false, "somebody else has it" })
  local run = t.hook("small_steps") { plan = { bot_count = 8 }, clock = "2026-03-01T12:00" }
  t.equal(run.answer, { verdict = "patch", patch = { bot_count = 5 } })
end
return T"#;
    bench.write("scripts/hooks/small_steps_test.lua", others);
    bench.run(&["test"]).exits(0).says("2 tests passed");
}

#[test]
fn a_new_workspace_has_what_editors_need() {
    let bench = Bench::new();
    bench.run(&["init", "fresh"]).exits(0);
    let text = |file: &str| std::fs::read_to_string(bench.path("fresh").join(file)).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&text(".luarc.json")).unwrap();
    let library = settings["workspace.library"][0].as_str().unwrap();
    assert!(text(&format!("{library}/lariat.lua")).contains("---@class lariat.RoutineContext"));
    let code: serde_json::Value = serde_json::from_str(&text(".vscode/settings.json")).unwrap();
    let definitions = code["luau-lsp.types.definitionFiles"][0].as_str().unwrap();
    assert!(text(definitions).contains("declare lariat:"));
    // An older program's types are made anew; nothing else is touched.
    bench.write("fresh/scripts/.types/lariat.lua", "-- old");
    bench.write("fresh/.luarc.json", "{}");
    assert_eq!(bench.json(&["init", "fresh"])["created"], json!(["scripts/.types/lariat.lua"]));
    assert_eq!(text(".luarc.json"), "{}");
    bench.run(&["--workspace", "fresh", "routine", "check"]).exits(0);
    bench.run(&["--workspace", "fresh", "test"]).exits(0);
}
