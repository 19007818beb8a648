//! What the checker finds in scripts of each kind, where, and the cure it names.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{World, world};
use lariat_lua::Finding;

const ROUTINE: (&str, &str) = ("routines", "local R = lariat.routine { name = \"t\" }\nfunction R.run(ctx)");
const POOL: (&str, &str) = ("pools", "local R = lariat.pool { name = \"t\" }\nfunction R.fetch(ctx)");
const HOOK: (&str, &str) =
    ("hooks", "local R = lariat.hook { name = \"t\", on = { \"before:validate\" } }\nfunction R.run(ctx)");

fn check(world: &World, folder: &str, text: &str) -> Vec<Finding> {
    let path = world.write(&format!("{folder}/t.lua"), text);
    world.host.check_file(&path)
}

/// The findings of a script whose main function has this body, one a line.
#[track_caller]
fn finds(kind: (&str, &str), body: &str, expected: &[(usize, &str)]) {
    let (folder, begin) = kind;
    let found = check(&world(), folder, &format!("{begin}\n{body}\nend\nreturn R\n"));
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{body}\n{told:#?}");
    for (finding, (line, part)) in found.iter().zip(expected) {
        assert_eq!(finding.line, *line, "{body}\n{told:#?}");
        assert!(finding.to_string().contains(part), "{body}\n{part}\n{told:#?}");
    }
}

#[test]
fn a_name_that_another_kind_has_is_told_so() {
    finds(ROUTINE, "ctx:scale(1)", &[(3, "ctx.scale is for hooks, and this is a routine")]);
    finds(
        POOL,
        "return { { id = ctx.account.id } }",
        &[(3, "ctx.account is for routines, and this is a pool")],
    );
    finds(HOOK, "return lariat.fail(\"x\")", &[(3, "lariat.fail is for routines, and this is a hook")]);
    finds(ROUTINE, "return lariat.deny(\"x\")", &[(3, "lariat.deny is for hooks")]);
}

#[test]
fn a_name_that_nobody_has_is_guessed() {
    finds(HOOK, "local n = ctx.plann", &[(3, "did you mean \"plan\"?")]);
    finds(POOL, "return ctx.pools:acounts(\"x\")", &[(3, "did you mean \"accounts\"?")]);
    finds(HOOK, "return lariat.patsh { bot_count = 1 }", &[(3, "did you mean \"patch\"?")]);
}

#[test]
fn parameters_must_be_declared() {
    let world = world();
    let with = |params: &str, body: &str| {
        let text = format!(
            "local R = lariat.routine {{ name = \"t\", {params} }}\nfunction R.run(ctx)\n{body}\nend\nreturn R\n"
        );
        check(&world, "routines", &text).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let declared = "params = { packs = { type = \"integer\", default = 1 }, [1] = nil }";
    assert!(with(declared, "return { n = ctx.params.nonsense }").is_empty(), "a list can't be read by words");
    let declared = "params = { packs = { type = \"integer\", default = 1 }, url = { type = \"string\" } }";
    assert_eq!(with(declared, "return { n = ctx.params.packs, u = ctx.params.url }"), [""; 0]);
    let told = with(declared, "return { n = ctx.params.pack }");
    assert!(told[0].contains(":3: unknown parameter \"pack\"; did you mean \"packs\"?"), "{told:?}");
    let told = with(declared, "local params = ctx.params\nreturn { n = params.pakcs }");
    assert!(told[0].contains(":4: unknown parameter \"pakcs\""), "{told:?}");
    assert!(
        with(declared, "local function f(params) return params.x end\nlocal params = ctx.params\nf({})")
            .is_empty()
    );
    let told = with("", "return { n = ctx.params.packs }");
    assert!(told[0].contains("declare it: params = { packs ="), "{told:?}");
    assert!(with("params = require(\"x\")", "").iter().all(|told| !told.contains("parameter")));
}

#[test]
fn values_that_the_engine_refuses_are_found() {
    finds(ROUTINE, "return 5", &[(3, "run of a routine returns a number")]);
    finds(ROUTINE, "return true", &[(3, "returns a boolean (return nothing or a table")]);
    finds(
        ROUTINE,
        "if ctx.account then return \"no\" end\nreturn nil, \"no\"",
        &[(3, "returns a text"), (4, "nobody sees the text")],
    );
    finds(HOOK, "return true", &[(3, "run of a hook returns a boolean (return nothing to go on)")]);
    finds(HOOK, "return \"too many\"", &[(3, "return lariat.deny(\"why\")")]);
    finds(HOOK, "return { bot_count = 1 }", &[(3, "return lariat.patch { … }")]);
    finds(HOOK, "return false, \"why\"", &[(3, "return lariat.deny(\"why\")")]);
    finds(POOL, "local accounts = {}", &[(2, "fetch never returns anything")]);
    finds(POOL, "return", &[(3, "fetch of a pool returns nothing")]);
    finds(POOL, "return \"x\"", &[(3, "returns a text")]);
}

#[test]
fn a_claim_must_say_yes_or_no() {
    let claim = |body: &str| format!("return {{}}\nend\nfunction R.claim(ctx, account)\n{body}");
    finds(POOL, &claim("ctx.log:info(account.id)"), &[(5, "claim never returns anything")]);
    finds(POOL, &claim("return \"somebody has it\""), &[(6, "return true, or false and why")]);
    finds(POOL, &claim("return false, \"somebody has it\""), &[]);
}

#[test]
fn an_outcome_without_return_does_nothing() {
    finds(
        ROUTINE,
        "if not ctx.account then\nlariat.skip(\"x\")\nend",
        &[(4, "write: return lariat.skip(…)")],
    );
    finds(HOOK, "lariat.deny(\"x\")", &[(3, "lariat.deny does nothing by itself")]);
    finds(
        ROUTINE,
        "local out = lariat.skip(\"x\")\nlocal f = ctx.account and lariat.done() or lariat.fail(\"y\")\nreturn out",
        &[],
    );
    finds(ROUTINE, "local out = if ctx.account then lariat.done() else lariat.fail(\"y\")\nreturn out", &[]);
}

#[test]
fn a_dot_for_a_colon_is_found() {
    finds(ROUTINE, "ctx.log.info(\"x\")", &[(3, "write ctx.log:info(…)")]);
    finds(ROUTINE, "ctx.sleep(\"1s\")", &[(3, "write ctx:sleep(…)")]);
    finds(
        ROUTINE,
        "ctx.log.info(ctx.log, \"x\")\npcall(ctx.sleep, ctx, \"1s\")\nlocal n = ctx.clock.now() + ctx.clock:now()\nlocal t = ctx.json.encode({})",
        &[],
    );
}

#[test]
fn habits_of_other_luas_are_explained() {
    for (body, line, part) in [
        ("goto done\n::done::", 3, "Luau has no goto"),
        ("local x <const> = 1", 3, "Luau has no <const>"),
        ("local x = 1 << 2", 3, "bit32.lshift"),
        ("local x = 6 & 3", 3, "bit32.band"),
        ("local x = 6 & 3 << 1", 3, "bit32 has band"),
        ("local x = true && false", 3, "\"&&\" is and"),
        ("local x = true || false", 3, "\"||\" is or"),
        ("local x = 1 x++", 3, "write x += 1"),
        ("local x = 6 ~ 3", 3, "bit32.bxor"),
        ("local f = io.open(\"x\")", 3, "scripts can't reach files"),
        ("os.execute(\"ls\")", 3, "scripts can't start programs"),
        ("local n = math.tointeger(3)", 3, "math.floor"),
        ("local f = load(\"return 1\")", 3, "scripts can't compile text"),
        ("setmetatable({}, { __gc = print })", 3, "Luau never calls __gc"),
        ("local x = require(\"nope\")", 3, "scripts/lib/nope.lua"),
    ] {
        finds(ROUTINE, body, &[(line, part)]);
    }
}

#[test]
fn a_function_that_is_nearly_called_like_one_of_the_engines_is_that_one() {
    let world = world();
    let pool = |more: &str| {
        let text = format!(
            "local P = lariat.pool {{ name = \"t\" }}\nfunction P.fetch(ctx) return {{}} end\n{more}\nreturn P\n"
        );
        check(&world, "pools", &text).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (wrong, meant) in [("clam", "claim"), ("setle", "settle")] {
        let told = pool(&format!("function P.{wrong}(ctx, account) return true end"));
        let part = format!("t.lua:3: unknown function \"{wrong}\"; did you mean \"{meant}\"?");
        assert!(told.len() == 1 && told[0].contains(&part), "{told:?}");
    }
    assert_eq!(pool("function P.claim(ctx, account) return true end\nfunction P.claims() end"), [""; 0]);
    assert_eq!(pool("function P.helper() end"), [""; 0]);
    let text = "local B = lariat.provider { name = \"t\" }\nfunction B.probe(ctx, id) return \"ready\" end\nfunction B.strat(ctx, id) end\nreturn B\n";
    let told = check(&world, "providers", text);
    assert!(told.len() == 1 && told[0].message.contains("did you mean \"start\"?"), "{told:?}");
    assert!(
        world
            .load("local R = lariat.routine { name = \"t\" }\nfunction R.runn(ctx) end\nreturn R\n")
            .is_err()
    );
}

#[test]
fn calls_that_the_engine_does_not_take_are_found() {
    for (body, part) in [
        ("return lariat.fail()", "lariat.fail is given no reason"),
        ("return lariat.done(\"yes\")", "takes a table or nothing"),
        ("ctx:progress(1)", "write: ctx:progress(done, total)"),
        ("ctx:sleep(\"5 seconds\")", "\"5 seconds\", which is no duration"),
        ("ctx.account.x = 1", "ctx.account can only be read"),
        ("return { n = null }", "JSON's null is lariat.null"),
    ] {
        finds(ROUTINE, body, &[(3, part)]);
    }
    finds(ROUTINE, "ctx:progress(table.unpack({ 1, 2 }))\nctx:sleep(\"5s\")\nctx:sleep(\"5\" .. \"s\")", &[]);
    finds(ROUTINE, "if ctx.account.x == 1 then return { null = 1, n = lariat.null } end", &[]);
    finds(HOOK, "return lariat.patch { bot_conut = 1 }", &[(3, "did you mean \"bot_count\"?")]);
    finds(HOOK, "if ctx.plan.botcount > 1 then return end", &[(3, "did you mean \"bot_count\"?")]);
    finds(HOOK, "return lariat.retry(\"1s\")", &[(3, "takes two: the pause, and why")]);
    finds(HOOK, "local p = { bot_count = ctx.plan.bot_count - 1 }\nreturn lariat.patch(p)", &[]);
}

#[test]
fn a_function_that_does_not_get_ctx_is_found() {
    let world = world();
    let told = |function: &str| {
        let text = format!("local R = lariat.routine {{ name = \"t\" }}\n{function}\nreturn R\n");
        check(&world, "routines", &text).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let colon = told("function R:run(ctx) ctx:stopping() end");
    assert!(colon.len() == 1 && colon[0].contains(":2: run is written with a colon"), "{colon:?}");
    let none = told(
        "function R.run()\n  if true then ctx:stopping() end\nend\nlocal function f(ctx) return ctx end",
    );
    assert!(none.len() == 1 && none[0].contains("write: function R.run(ctx)"), "{none:?}");
    assert_eq!(
        told("function R.run()\n  return {}\nend\nlocal function f(ctx) return ctx:stopping() end"),
        [""; 0]
    );
}

#[test]
fn modules_and_tests_are_checked_as_what_they_are() {
    let world = world();
    let module = |text: &str| {
        let path = world.write("lib/m.lua", text);
        assert!(world.host.modules().contains(&path));
        world.host.check_file(&path).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = module("local m = {}\nfunction m.go(ctx) ctx.log:inof(\"x\") io.open(\"x\") end\n");
    for part in ["did you mean \"info\"?", "scripts can't reach files", "end with: return m"] {
        assert!(told.iter().any(|told| told.contains(part)), "{part}: {told:?}");
    }
    assert_eq!(module("local m = {}\nfunction m.go() return 1 end\nif m then return m end\n").len(), 1);
    assert_eq!(module("local m = {}\nfunction m.go() if m then return 1 end end\nreturn m\n"), [""; 0]);
    assert!(module("local m = \n")[0].contains("lib/m.lua:"));
    let path = world.write("routines/t_test.lua", "local T = lariat.tests()\nreturn T\n");
    assert_eq!(world.host.check_file(&path), []);
}

#[test]
fn what_works_is_left_alone() {
    finds(
        ROUTINE,
        r#"local function helper(x) return true end
local words = table.pack(string.byte("abc", 1, 3))
local f = function() return "text" end
local half = 7 // 2
for _, word in ipairs(words) do
  if word == 97 then continue end
  repeat local done = helper(word) until done
end
while helper(1) do break end
local io = { open = f }
io.open()
local s = utf8.char(228) .. string.pack("i4", 3)
local list = if #words > 0 then { 1 } else {}
return { n = #list, half = half, s = #s }"#,
        &[],
    );
}

#[test]
fn the_samples_have_no_findings_and_their_tests_pass() {
    let scripts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
    let host = lariat_lua::LuaHost::new(lariat_lua::LuaOptions {
        scripts_dir: scripts.canonicalize().unwrap(),
        budgets: lariat_lua::Budgets::default(),
        kv: std::sync::Arc::new(lariat_core::kv::MemoryKv::default()),
        clock: std::sync::Arc::new(lariat_core::clock::SystemClock),
        http: lariat_lua::HttpPolicy::default(),
        limits: Default::default(),
        vm_threads: 1,
    })
    .unwrap();
    let mut scripts = 0;
    for kind in lariat_lua::ScriptKind::ALL {
        for file in host.files(kind) {
            let found: Vec<String> = host.check_file(&file).iter().map(ToString::to_string).collect();
            assert!(found.is_empty(), "{found:#?}");
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines < 60, "{} has {lines} lines", file.display());
            let tests = host.test_files(Some(&file));
            assert_eq!(tests.len(), 1, "{} has no test", file.display());
            scripts += 1;
        }
    }
    assert!(scripts >= 9, "{scripts}");
    for file in host.test_files(None) {
        let ran = host.run_tests(&file, None);
        assert!(ran.failed() == 0 && ran.passed() > 0, "{ran:#?}");
    }
}
