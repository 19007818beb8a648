//! The runaway set in pools, hooks and providers: whatever a script does, it is stopped,
//! and nobody else notices.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

mod common;
mod disguises;
use std::sync::Arc;
use std::time::Duration;

use common::*;
use disguises::{BOMBS, DISGUISES};
use lariat_core::hook::{HookCall, Verdict};
use lariat_core::ids::{AccountId, GroupName, InstanceId};
use lariat_core::outcome::Outcome;
use lariat_core::source::{PoolType, SourceError};
use lariat_lua::{Budgets, HttpPolicy};
use serde_json::json;

const FINE: &str = "function P.fetch(ctx) return { { id = 'fine' } } end";

/// What came of something that must end, whatever it does.
async fn ends<T>(name: &str, work: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(20), work).await;
    ended.unwrap_or_else(|_| panic!("{name} goes on"))
}

fn over_budget(name: &str, error: &SourceError) {
    let told = error.to_string();
    let known = ["computed for", "ran out of memory"].iter().any(|why| told.contains(why));
    assert!(known && told.contains("scripts/pools/t.lua"), "{name}: {told}");
}

async fn is_fine(world: &World) {
    let source = world.source_of("Other", FINE).await;
    assert_eq!(accounts(source.fetch().await.unwrap()), json!([{"id": "fine"}]));
}

#[tokio::test]
async fn fetch_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        let source = world.source(&format!("function P.fetch(ctx)\n{body}\nend")).await;
        over_budget(name, &ends(name, source.fetch()).await.unwrap_err());
    }
    is_fine(&world).await;
}

#[tokio::test]
async fn the_iterator_of_fetch_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let endless = [
        ("the same again and again", "return { id = 'a' }"),
        ("two in turns", "n = (n or 0) + 1 return { id = n % 2 }"),
    ];
    for (name, body) in DISGUISES.iter().chain(&endless) {
        let source = world.source(&format!("function P.fetch(ctx)\nreturn function() {body}\nend end")).await;
        over_budget(name, &ends(name, source.fetch()).await.unwrap_err());
    }
    let wrapped = "return coroutine.wrap(function() while true do coroutine.yield({ id = 'a' }) end end)";
    let source = world.source(&format!("function P.fetch(ctx) {wrapped} end")).await;
    over_budget("wrapped", &ends("wrapped", source.fetch()).await.unwrap_err());
    is_fine(&world).await;
}

#[tokio::test]
async fn an_iterator_that_always_finds_something_new_meets_a_limit() {
    let budgets = Budgets { accounts: 3000, ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let endless = "local n = 0 return function() n += 1 return { id = n } end";
    let told = world.unfetched(endless).await;
    assert!(
        told.contains("gave account 3001, which is one too many; a pool takes at most 3000 accounts"),
        "{told}"
    );
    let budgets = Budgets { accounts_bytes: 1 << 20, ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let large = "local n = 0 return function() n += 1 return { id = n, text = ('x'):rep(60000) } end";
    let told = world.unfetched(large).await;
    assert!(told.contains("which is too much; the accounts of a pool take at most 1 MiB together"), "{told}");
    let told = world.unfetched("return { { id = 'a', text = ('x'):rep(70000) } }").await;
    assert!(
        told.contains("gave account 1, which can't be kept: .text is larger than 65536 bytes of JSON"),
        "{told}"
    );
}

#[tokio::test]
async fn claim_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        let source = world.source(&format!("{FINE}\nfunction P.claim(ctx, account)\n{body}\nend")).await;
        let account = account(json!({"id": "a"}));
        over_budget(name, &ends(name, source.claim(&account)).await.unwrap_err());
    }
    is_fine(&world).await;
}

#[tokio::test]
async fn settle_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let (id, outcome) = (AccountId::new("a").unwrap(), Outcome::Completed(Default::default()));
    for (name, body) in DISGUISES {
        let source =
            world.source(&format!("{FINE}\nfunction P.settle(ctx, account, outcome)\n{body}\nend")).await;
        over_budget(name, &ends(name, source.settle(&id, &outcome)).await.unwrap_err());
    }
    is_fine(&world).await;
}

#[tokio::test]
async fn a_hook_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        let told = ends(name, world.verdict(body)).await.unwrap_err().message;
        let known = ["computed for", "ran out of memory"].iter().any(|why| told.contains(why));
        assert!(known && told.contains("scripts/hooks/t.lua"), "{name}: {told}");
    }
    assert_eq!(
        world.verdict("return lariat.deny('fine')").await,
        Ok(Verdict::Deny { reason: "fine".into() })
    );
}

#[tokio::test]
async fn a_provider_in_every_disguise() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        world.write(
            "providers/t.lua",
            format!(
                "local I = lariat.provider {{ name = 't' }}\nfunction I.probe(ctx, id)\n{body}\nend\nreturn I"
            ),
        );
        let provider = world
            .host
            .load_providers()
            .remove(0)
            .result
            .unwrap()
            .of([InstanceId(1)], &Default::default())
            .unwrap();
        let told = ends(name, provider.probe(InstanceId(1))).await.unwrap_err().to_string();
        let known = ["computed for", "ran out of memory"].iter().any(|why| told.contains(why));
        assert!(known && told.contains("scripts/providers/t.lua"), "{name}: {told}");
    }
    is_fine(&world).await;
}

#[tokio::test]
async fn at_the_top_of_a_file_and_in_the_modules_it_requires() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    world.write("lib/endless.lua", "while true do end");
    for text in [pool("while true do end"), pool("require('endless')"), pool("pcall(require, 'endless')")] {
        let error = world.pool_type(&text).err().unwrap();
        assert!(error.message.contains("was evaluated for longer than 150ms"), "{text}: {error}");
    }
    let told = world.unfetched("require('endless')").await;
    assert!(told.contains("computed for"), "{told}");
    for name in ["../routines/t", "/etc/passwd", "..routines.t", "lib.endless"] {
        let told = world.unfetched(&format!("require('{name}')")).await;
        assert!(told.contains("require("), "{name}: {told}");
    }
}

#[tokio::test]
async fn memory_bombs_hurt_their_own_pool_and_launch_only() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    // In the same threads, at the same time: another pool, a routine, another launch's hook.
    let calm = "local t = {} for i = 1, 20 do t[i] = ('x'):rep(1000) ctx:sleep('10ms') end";
    let other = world
        .source_of("Other", &format!("function P.fetch(ctx) {calm} return {{ {{ id = #t }} }} end"))
        .await;
    let other = tokio::spawn(async move { accounts(other.fetch().await.unwrap()) });
    let routine = world.body(&format!("{calm} return {{ n = #t }}"));
    let routine = tokio::spawn(async move { routine.run(of_group("g")).await });
    let quiet = world.hook(&hook(&format!("{calm} return lariat.deny('n' .. #t)"))).unwrap();
    let group = GroupName::new("calm").unwrap();
    let quiet = tokio::spawn(async move { quiet.run(HookCall { group, ..call() }).await });
    for body in BOMBS {
        let told = world.unfetched(body).await;
        assert!(told.contains("out of memory") || told.contains("computed for"), "{body}: {told}");
        let told = world.verdict(body).await.unwrap_err().message;
        assert!(told.contains("out of memory") || told.contains("computed for"), "{body}: {told}");
        // The next question gets a fresh machine.
        assert_eq!(world.fetched("return { { id = 'n' } }").await, json!([{"id": "n"}]));
        assert_eq!(world.verdict("").await, Ok(Verdict::Continue));
    }
    assert_eq!(other.await.unwrap(), json!([{"id": "20"}]));
    assert_eq!(routine.await.unwrap(), completed(json!({"n": 20})));
    assert_eq!(quiet.await.unwrap(), Ok(Verdict::Deny { reason: "n20".into() }));
}

#[tokio::test]
async fn others_go_on_while_a_pool_is_busy() {
    let budgets = Budgets { stretch: Duration::from_millis(1500), cpu: Duration::from_secs(3), ..tight() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let busy = world
        .source("function P.fetch(ctx) while true do pcall(function() while true do end end) end end")
        .await;
    let busy = tokio::spawn(async move { busy.fetch().await });
    tokio::task::yield_now().await;
    let sleeper = world.body("for i = 1, 10 do ctx:sleep('20ms') end return { n = 10 }");
    assert_eq!(sleeper.run(of_group("calm")).await, completed(json!({"n": 10})));
    assert_eq!(world.verdict("ctx:sleep('20ms')").await, Ok(Verdict::Continue));
    assert!(!busy.is_finished(), "the others had to wait for the busy pool's end");
    over_budget("busy", &busy.await.unwrap().unwrap_err());
}

#[tokio::test]
async fn dropping_the_question_stops_the_script() {
    let world = world_with(Budgets::default(), HttpPolicy::default(), 1);
    for body in [
        "ctx:sleep('1h')",
        "while true do end",
        "table.sort({ 2, 1 }, function() while true do pcall(function() while true do end end) end end)",
        "while true do pcall(ctx.sleep, ctx, 0) end",
    ] {
        let begun = format!("ctx.store:set('begun', true) {body}");
        let hook = world.hook(&hook(&begun)).unwrap();
        let asked = tokio::spawn(async move { hook.run(call()).await });
        begins(&world, "hook\tt").await;
        asked.abort();
        assert_eq!(
            ends(body, world.verdict("return lariat.deny('free')")).await,
            Ok(Verdict::Deny { reason: "free".into() })
        );
        let source = world.source(&format!("function P.fetch(ctx) {begun} end")).await;
        let asked = tokio::spawn(async move { source.fetch().await });
        begins(&world, "pool\tt").await;
        asked.abort();
        ends(body, is_fine(&world)).await;
    }
}

/// Waits until a script has said that it runs, and forgets it.
async fn begins(world: &World, owner: &str) {
    use lariat_core::kv::KeyValueStore;
    while world.kv.get(owner, "begun").await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.kv.set(owner, "begun", serde_json::Value::Null).await.unwrap();
}

#[tokio::test]
async fn what_scripts_share_cannot_be_changed() {
    let world = world();
    for body in [
        "lariat.deny = nil",
        "string.find = nil",
        "getmetatable('').__index = {}",
        "ctx.log.info = nil",
        "ctx.pools.accounts = nil",
        "setmetatable(ctx, {})",
        "getmetatable(lariat.patch {}).__metatable = nil",
        "setmetatable(_G, nil)",
    ] {
        let source = world.source(&format!("function P.fetch(ctx) local ok = pcall(function() {body} end) return {{ {{ id = tostring(ok) }} }} end")).await;
        assert_eq!(accounts(source.fetch().await.unwrap()), json!([{"id": "false"}]), "{body}");
    }
    let kind = Arc::new(world.pool_type(&pool(FINE)).unwrap());
    let open = kind.open(&definition("Other", "t", json!({}))).await.unwrap();
    assert_eq!(accounts(open.fetch().await.unwrap()), json!([{"id": "fine"}]));
}
