//! From a file to a routine, and what `lariat routine check` says on the way.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use lariat_core::params::ParamKind;
use lariat_core::routine::RoutineInfo;
use lariat_lua::{Severity, templates_missing};
use serde_json::json;

#[test]
fn a_file_says_what_it_is() {
    let world = world();
    let routine = world
        .load(
            "local R = lariat.routine {
  name = 'OpenPacks', description = 'Opens packs',
  params = {
    packs = { type = 'integer', default = 1, min = 1, max = 50, description = 'how many' },
    pause = { type = 'duration', default = '1s' },
    mode = { type = 'string', enum = { 'fast', 'slow' } },
    ids = { type = 'list', default = {} },
  },
  templates = { 'ClaimButton', 'Close' }, needs = { 'device' },
}
function R.helper() end
function R.run(ctx) end
return R",
        )
        .unwrap();
    let info = routine.info();
    assert_eq!((info.name.as_str(), info.description.as_str()), ("OpenPacks", "Opens packs"));
    assert_eq!(info.templates, ["ClaimButton", "Close"]);
    assert_eq!(info.needs, ["device"]);
    assert!(info.file.as_ref().unwrap().ends_with("scripts/routines/t.lua"));
    assert_eq!(info.params.0["packs"].kind, ParamKind::Integer);
    assert_eq!(info.params.0["packs"].max, Some(50.0));
    let values = info.params.check("config", json!({"mode": "fast"}).as_object().unwrap()).unwrap();
    assert_eq!(json!(values), json!({"packs": 1, "pause": 1.0, "mode": "fast", "ids": []}));
}

#[test]
fn all_files_below_routines_are_loaded() {
    let world = world();
    world.write("routines/a.lua", routine(""));
    world.write("routines/deep/er/b.lua", routine(""));
    world.write("routines/broken.lua", "local R = = 1");
    world.write("routines/notes.txt", "no script");
    world.write("routines/.hidden.lua", "no script");
    let loaded: Vec<(String, bool)> = world
        .host
        .load()
        .into_iter()
        .map(|script| (script.file.display().to_string(), script.result.is_ok()))
        .collect();
    let expected = [("a.lua", true), ("broken.lua", false), ("deep/er/b.lua", true)];
    assert_eq!(loaded, expected.map(|(name, ok)| (format!("scripts/routines/{name}"), ok)));
}

/// A script with one thing wrong: the line, a part of the message and of the hint.
const WRONG: &[(&str, usize, &str, &str)] = &[
    ("local R = = 1", 1, "Expected", ""),
    ("\n\nlocal x = {", 3, "Expected identifier", ""),
    ("return {}", 0, "returns table, not what lariat.routine made", "local R = lariat.routine"),
    ("", 0, "returns nothing", "return R"),
    ("return lariat.routine { name = 'x' }", 1, "run is missing", "function R.run(ctx)"),
    (
        "local R = lariat.routine { name = 'x' }\nfunction R.rum(ctx) end\nreturn R",
        1,
        "run is missing",
        "did you mean \"run\" where it says \"rum\"?",
    ),
    ("local R = lariat.routine {}\nfunction R.run() end\nreturn R", 1, "name is missing", ""),
    ("local R = lariat.routine { name = 5 }\nfunction R.run() end\nreturn R", 1, "name is a number", ""),
    (
        "local R = lariat.routine {\n name = 'x',\n descripton = 'y' }\nfunction R.run() end\nreturn R",
        3,
        "unknown key \"descripton\"; did you mean \"description\"?",
        "",
    ),
    (
        "local R = lariat.routine { name = 'x',\n params = { packs = { type = 'intger' } } }\nfunction R.run() end\nreturn R",
        2,
        "params.packs: unknown type \"intger\"; did you mean \"integer\"?",
        "",
    ),
    (
        "local R = lariat.routine { name = 'x',\n params = {\n packs = { type = 'integer', default = 0, min = 1 } } }\nfunction R.run() end\nreturn R",
        3,
        "params.packs.default: 0 is too small; at least 1",
        "",
    ),
    (
        "local R = lariat.routine { name = 'x', params = { 'packs' } }\nfunction R.run() end\nreturn R",
        1,
        "params has a key that isn't a text",
        "",
    ),
    (
        "local R = lariat.routine { name = 'x', templates = 'A' }\nfunction R.run() end\nreturn R",
        1,
        "templates takes a list of texts",
        "",
    ),
    ("error('not today')", 1, "not today", ""),
    ("lariat.routin { }", 1, "unknown name in lariat \"routin\"; did you mean \"routine\"?", ""),
    ("goto done\n::done::", 1, "", "Luau has no goto"),
    ("local x <const> = 1", 1, "", "no <const> and <close>"),
    ("local x <close> = 1", 1, "", "no <const> and <close>"),
    ("local x = 1 & 2", 1, "", "bit32.band"),
    ("local x = 1 | 2", 1, "", "bit32.bor"),
    ("local x = 1 ~ 2", 1, "", "bit32.bxor"),
    ("local x = ~1", 1, "", "bit32.bnot"),
    ("local x = 1 << 2", 1, "", "bit32.lshift"),
    ("local x = 1 >> 2", 1, "", "bit32.rshift"),
    ("local x = 1 != 2", 1, "", "~="),
];

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let world = world();
    let mut missed = Vec::new();
    for (script, line, message, hint) in WRONG {
        let error = world.load(script).err().unwrap_or_else(|| panic!("{script} was loaded"));
        assert_eq!(error.file.display().to_string(), "scripts/routines/t.lua");
        let findings = world.check(script);
        let checked = findings.iter().any(|f| f.severity == Severity::Error && f.line == *line);
        let told = error.line == *line
            && error.message.contains(message)
            && error.hint.as_deref().unwrap_or_default().contains(hint);
        if !(told && checked) {
            missed.push(format!("{script:?}: {error}, {findings:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A line inside of `run` that only reading finds wrong.
const HABITS: &[(&str, &str, &str)] = &[
    ("io.open('x')", "there is no io", "ctx.store"),
    ("os.execute('rm -rf /')", "there is no os.execute", "native plugin"),
    ("os.getenv('HOME')", "there is no os.getenv", "parameter"),
    ("load('return 1')()", "there is no load", "scripts/lib/"),
    ("dofile('x')", "there is no dofile", "scripts/lib/"),
    ("debug.traceback()", "there is no debug", "traceback already"),
    ("math.tointeger(3)", "there is no math.tointeger", "math.floor"),
    ("math.type(3)", "there is no math.type", "one kind of number"),
    ("local t = table.getn({})", "there is no table.getn", "#t"),
    ("require('socket')", "there is no scripts/lib/socket.lua", ""),
    ("ctx.acount = 1", "unknown name in ctx \"acount\"; did you mean \"account\"?", ""),
    ("ctx:slep(1)", "unknown name in ctx \"slep\"; did you mean \"sleep\"?", ""),
    ("ctx.log:inof('x')", "unknown name in ctx.log \"inof\"; did you mean \"info\"?", ""),
    ("return lariat.giveback('x')", "unknown name in lariat \"giveback\"; did you mean \"give_back\"?", ""),
];

#[test]
fn check_reads_what_loading_does_not_reach() {
    let world = world();
    for (line, message, hint) in HABITS {
        let findings = world.check(&routine(line));
        assert_eq!(findings.len(), 1, "{line}: {findings:?}");
        assert_eq!(findings[0].line, 3, "{line}: {findings:?}");
        assert!(findings[0].message.contains(message), "{line}: {findings:?}");
        assert!(findings[0].hint.clone().unwrap_or_default().contains(hint), "{line}: {findings:?}");
    }
}

#[test]
fn a_good_script_has_no_findings() {
    let world = world();
    world.write("lib/util.lua", "return {}");
    let script = "-- ctx.nothing, io.open, goto
local util = require('util')
local text = 'io.open ctx.nothing lariat.nothing' .. [[ debug.x ]]
local io = { open = function() end }
local x = 7 // 2
local R = lariat.routine { name = 't', params = { debug = { type = 'boolean' }, load = { type = 'number' } } }
function R.run(ctx)
  io.open()
  local load = ctx.params.load
  ctx.log:info('x', { load = load, n = ctx.account and ctx.account.debug })
  ctx.log:warn(`{x} {ctx.group}`)
  x += 1
  for i = 1, 3 do if i == 2 then continue end end
  return lariat.done { t = os.time(), d = ctx.json:encode({}) }
end
return R";
    assert_eq!(world.check(script), []);
    world.load(script).unwrap();
}

#[test]
fn a_module_is_checked_as_one() {
    let world = world();
    let good = world.write("lib/good.lua", "local M = {} function M.f() return 1 end return M");
    let bad = world.write("lib/bad.lua", "local M = {}\nlocal x = io.open('x')\nreturn M");
    assert_eq!(world.host.check_file(&good), []);
    assert_eq!(world.host.check_file(&bad)[0].line, 2);
}

#[test]
fn templates_are_pictures() {
    let world = world();
    let png = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0];
    world.write("templates/Good.png", png);
    world.write("templates/Text.png", "not a picture");
    world.write("templates/Short.png", "x");
    let templates = ["Good", "Text", "Short", "Missing", "../Good"].map(str::to_owned).to_vec();
    let info = RoutineInfo { templates, ..RoutineInfo::default() };
    let told = templates_missing(&info, &world.folder.path().join("scripts"));
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].contains("\"Text\" is not a PNG picture: scripts/templates/Text.png"), "{told:?}");
    assert!(told[1].contains("\"Short\" is not a PNG"), "{told:?}");
    assert!(
        told[2].contains("\"Missing\" is missing: save the picture as scripts/templates/Missing.png"),
        "{told:?}"
    );
    assert!(told[3].contains("is not the name of a file"), "{told:?}");
}
