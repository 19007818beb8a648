//! Nothing reaches out of a run: not to the machine, not to other runs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::*;
use serde_json::json;

#[tokio::test]
async fn what_reaches_out_is_not_there() {
    let world = world();
    let body = "
      local there = {}
      for _, name in { 'io', 'debug', 'package', 'load', 'loadstring', 'loadfile', 'dofile', 'getfenv', 'setfenv', 'newproxy', 'gcinfo' } do
        if _G[name] ~= nil then table.insert(there, name) end
      end
      for _, name in { 'execute', 'getenv', 'exit', 'remove', 'rename', 'tmpname', 'setlocale' } do
        if os[name] ~= nil then table.insert(there, 'os.' .. name) end
      end
      if string.dump then table.insert(there, 'string.dump') end
      return { there = #there, names = table.concat(there, ' ') }";
    assert_eq!(world.value(body).await, json!({"there": 0, "names": ""}));
    let told = world.raises("collectgarbage('stop')").await;
    assert!(told.contains("invalid option"), "{told}");
    assert_eq!(world.value("return { n = type(collectgarbage('count')) }").await, json!({"n": "number"}));
}

#[tokio::test]
async fn libraries_cannot_be_changed() {
    let world = world();
    for body in [
        "string.format = nil",
        "rawset(string, 'format', 1)",
        "table.insert = print",
        "math.randomseed = nil",
        "coroutine.resume = nil",
        "getmetatable('').__index = {}",
        "getmetatable('').evil = 1",
        "rawset(getmetatable(''), '__index', {})",
        "lariat.fail = lariat.done",
        "rawset(lariat, 'x', 1)",
        "ctx.account = 1",
        "ctx.params.x = 1",
        "rawset(ctx.log, 'info', 1)",
        "setmetatable(ctx, {})",
        "setmetatable(lariat, {})",
        "setmetatable(_G, {})",
        "table.freeze(_G)",
        "setmetatable(string, {})",
        "getmetatable(ctx).__index = {}",
        "getmetatable(_G).__index = {}",
    ] {
        world.raises(body).await;
        assert_eq!(
            world.value("return { s = ('%d'):format(1), m = math.max(1, 2) }").await,
            json!({"s": "1", "m": 2}),
            "{body}"
        );
    }
}

#[tokio::test]
async fn runs_do_not_see_each_other() {
    let world = world_with(lariat_lua::Budgets::default(), Default::default(), 1);
    let script = "
      counter = (counter or 0) + 1
      _G.also = (_G.also or 0) + 1
      local at_the_top = { n = 0 }
      local R = lariat.routine { name = 't' }
      function R.run(ctx)
        at_the_top.n = at_the_top.n + 1
        R.seen = (R.seen or 0) + 1
        local lib = require('lib')
        lib.n = lib.n + 1
        ctx:sleep('5ms')
        counter = counter + 1
        return { counter = counter, also = also, top = at_the_top.n, seen = R.seen, lib = lib.n, g = _G == getmetatable(R) }
      end
      return R";
    world.write("lib/lib.lua", "return { n = 0 }");
    let routine = world.load(script).unwrap();
    let runs: Vec<_> = (0..20)
        .map(|_| {
            let routine = routine.clone();
            tokio::spawn(async move { routine.run(given()).await })
        })
        .collect();
    for run in runs {
        let expected = json!({"counter": 2, "also": 1, "top": 1, "seen": 1, "lib": 1, "g": false});
        assert_eq!(run.await.unwrap(), completed(expected));
    }
}

#[tokio::test]
async fn globals_may_hide_libraries_for_one_run() {
    let world = world();
    let body = "print = function() return 'mine' end string = { x = 1 } return { p = print(), s = string.x }";
    assert_eq!(world.value(body).await, json!({"p": "mine", "s": 1}));
    assert_eq!(world.value("print('x') return { s = string.rep('x', 2) }").await, json!({"s": "xx"}));
}

#[tokio::test]
async fn require_finds_the_library_and_nothing_else() {
    let world = world();
    world.write("lib/util/text.lua", "local M = {} function M.up(s) return s:upper() end return M");
    world.write("lib/a.lua", "require('b') return {}");
    world.write("lib/b.lua", "return require('a')");
    world.write("lib/broken.lua", "local x = = 1");
    world.write("lib/raises.lua", "error('not today')");
    world.write("outside.lua", "return 'outside'");
    std::os::unix::fs::symlink(
        world.folder.path().join("scripts/outside.lua"),
        world.folder.path().join("scripts/lib/link.lua"),
    )
    .unwrap();
    assert_eq!(world.value("return { up = require('util.text').up('x') }").await, json!({"up": "X"}));
    assert_eq!(
        world.value("return { same = require('util.text') == require('util.text') }").await,
        json!({"same": true})
    );
    for (name, told) in [
        ("a", "this module requires itself"),
        ("broken", "scripts/lib/broken.lua:1:"),
        ("raises", "scripts/lib/raises.lua:1: not today"),
        ("nothing", "there is no scripts/lib/nothing.lua"),
        ("util.txt", "did you mean \\\"util.text\\\"?"),
        ("../outside", "modules are named by words with dots"),
        ("..outside", "modules are named by words with dots"),
        ("/etc/passwd", "modules are named by words with dots"),
        ("link", "it is a link that leads out of scripts/lib/"),
        ("socket", "there is no scripts/lib/socket.lua"),
    ] {
        let message = world.raises(&format!("require('{name}')")).await;
        assert!(message.contains(&told.replace("\\\"", "\"")), "{name}: {message}");
    }
    let told = world.raises("require(3)").await;
    assert!(told.contains("t.lua:3: require(name) takes a text"), "{told}");
}

#[tokio::test]
async fn a_library_changes_with_the_next_load() {
    let world = world();
    world.write("lib/m.lua", "return 1");
    let old = world.body("return { m = require('m') }");
    world.write("lib/m.lua", "return 2");
    let new = world.body("return { m = require('m') }");
    assert_eq!(old.run(given()).await, completed(json!({"m": 1})));
    assert_eq!(new.run(given()).await, completed(json!({"m": 2})));
    assert_eq!(old.run(given()).await, completed(json!({"m": 1})));
}

#[tokio::test]
async fn what_the_host_yields_is_never_seen() {
    let world = world();
    let body = "
      local co = coroutine.create(function() ctx:sleep('2ms') for i = 1, 1e6 do end coroutine.yield('a') end)
      local first = { coroutine.resume(co) }
      return { n = #first, a = first[2] }";
    assert_eq!(world.value(body).await, json!({"n": 2, "a": "a"}));
}

#[tokio::test]
async fn bytecode_is_not_a_script() {
    let world = world();
    let bytecode = mlua::chunk::Compiler::new().compile("return 1").unwrap();
    for bytes in [bytecode.as_slice(), b"\x1bLua", b"\x00", b"\x06\x00"] {
        let path = world.write("routines/evil.lua", bytes);
        let error = world.host.load_file(&path).err().unwrap();
        assert!(error.message.contains("is bytecode"), "{error}");
        assert_eq!(world.host.check_file(&path).len(), 1);
    }
    let path = world.write("routines/latin.lua", b"return '\xe4'");
    assert!(world.host.load_file(&path).err().unwrap().message.contains("not UTF-8"));
}
