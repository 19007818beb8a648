//! Pool types as scripts: their declarations, what comes out of `fetch`, what `claim`
//! and `settle` say, and what they may read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

mod common;
use std::sync::Arc;

use async_trait::async_trait;
use common::*;
use lariat_core::account::AccountRow;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::kv::KeyValueStore;
use lariat_core::outcome::Outcome;
use lariat_core::source::{AccountSource, Claim, PoolType, SourceError};
use lariat_lua::{Budgets, HttpPolicy, LuaPoolType, PoolLookup};
use serde_json::json;

#[test]
fn a_file_says_what_it_is() {
    let world = world();
    let kind = world
        .pool_type(
            "local P = lariat.pool {
  name = 'weekday_rota', description = 'By weekday',
  params = { file = { type = 'path', required = true }, most = { type = 'integer', default = 5 } },
}
function P.fetch(ctx) return {} end
function P.claim(ctx, account) return true end
return P",
        )
        .unwrap();
    let info = kind.info();
    assert_eq!((info.name.as_str(), info.description.as_str()), ("weekday_rota", "By weekday"));
    assert_eq!((info.claims, info.settles), (true, false));
    let told = |config| {
        let problems = kind.problems(&definition("P", "weekday_rota", config));
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(told(json!({"file": "a.csv"})), "");
    let wrong = told(json!({"fil": "a.csv", "most": "many"}));
    assert!(wrong.contains("config.fil: unknown parameter \"fil\"; did you mean \"file\"?"), "{wrong}");
    assert!(wrong.contains("config.file: is missing"), "{wrong}");
    assert!(wrong.contains("config.most: \"many\" is not a whole number"), "{wrong}");
}

/// A script with one thing wrong: the line, a part of the message and of the hint.
const WRONG: &[(&str, usize, &str, &str)] = &[
    ("return lariat.pool { name = 'x' }", 1, "fetch is missing", "function P.fetch(ctx)"),
    (
        "local P = lariat.pool { name = 'x' }\nfunction P.fetsch() end\nreturn P",
        1,
        "fetch is missing",
        "did you mean \"fetch\"",
    ),
    (
        "local P = lariat.pool { name = 'sql' }\nfunction P.fetch() end\nreturn P",
        1,
        "is \"sql\", which is a pool type of the engine's own",
        "another name",
    ),
    (
        "local P = lariat.pool {\n name = 'x',\n claim = 5 }\nfunction P.fetch() end\nreturn P",
        3,
        "claim is a number",
        "",
    ),
    (
        "local P = lariat.pool {\n name = 'x',\n templates = {} }\nfunction P.fetch() end\nreturn P",
        3,
        "unknown key \"templates\"",
        "",
    ),
    (
        "\nlocal R = lariat.routine { name = 'x' }\nfunction R.run() end\nreturn R",
        2,
        "is a routine, but lies in scripts/pools/",
        "move it to scripts/routines/",
    ),
    ("return {}", 0, "returns table, not what lariat.pool made", "local P = lariat.pool"),
    ("return lariat.poool {}", 1, "did you mean \"pool\"?", ""),
];

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let world = world();
    for (script, line, message, hint) in WRONG {
        let error = world.pool_type(script).err().unwrap_or_else(|| panic!("{script} was loaded"));
        assert_eq!(error.line, *line, "{script}: {error}");
        assert!(error.message.contains(message), "{script}: {error}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{script}: {error}");
    }
}

#[tokio::test]
async fn a_list_keeps_its_order_and_types() {
    let world = world();
    let body = "return {
      { id = 'b', pack_count = 3, rate = 0.5, tags = { 'x', 'y' }, none = lariat.null },
      { id = 7, on = true }, { id = 'b', pack_count = 9 }, { id = 'a' } }";
    assert_eq!(
        world.fetched(body).await,
        json!([{"id": "b", "none": null, "pack_count": 3, "rate": 0.5, "tags": ["x", "y"]}, {"id": "7", "on": true}, {"id": "a"}])
    );
    assert_eq!(world.fetched("return {}").await, json!([]));
    assert_eq!(world.fetched("return ctx.json:decode('[]')").await, json!([]));
}

#[tokio::test]
async fn an_iterator_streams_and_may_wait() {
    let world = world();
    let numbered = json!([{"id": "1"}, {"id": "2"}, {"id": "3"}]);
    for body in [
        "local n = 0 return function() n += 1 if n <= 3 then return { id = n } end end",
        "local n = 0 return function() ctx:sleep('1ms') n += 1 if n <= 3 then return { id = n } end end",
        "return coroutine.wrap(function() for n = 1, 3 do ctx:sleep(0) coroutine.yield({ id = n }) end end)",
    ] {
        assert_eq!(world.fetched(body).await, numbered, "{body}");
    }
}

#[tokio::test]
async fn more_accounts_than_a_machine_could_hold_stream_through_it() {
    let budgets = Budgets { memory: 8 << 20, ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let count = 200_000;
    let each = "{ id = 'account-' .. n, pack_count = n, note = 'some text that takes its room ' .. n }";
    let stream = format!("local n = 0 return function() n += 1 if n <= {count} then return {each} end end");
    let source = world.source(&format!("function P.fetch(ctx) {stream} end")).await;
    let found = source.fetch().await.unwrap().accounts;
    assert_eq!(found.len(), count);
    assert_eq!(found[count - 1].id(), format!("account-{count}"));
    let list = format!("local t = {{}} for n = 1, {count} do t[n] = {each} end return t");
    let told = world.unfetched(&list).await;
    assert!(
        told.contains("ran out of memory; a pool has 8 MiB") && told.contains("return a function"),
        "{told}"
    );
}

#[tokio::test]
async fn wrong_returns_say_which_account_and_what_is_wrong() {
    let world = world();
    for (body, message) in [
        ("return { { id = 'a' }, { name = 'b' } }", "fetch(ctx) gave account 2, which has no id"),
        ("return { { id = 'a' }, 5 }", "gave account 2, which is a number; an account is a table with an id"),
        ("return { { id = true } }", "gave account 1, which has true as its id; an id is a text"),
        ("return { { id = ' ' } }", "gave account 1, which has an id that must not be empty"),
        (
            "return { { id = 'a', f = print } }",
            "gave account 1, which can't be kept: .f is a function, which JSON can't hold",
        ),
        ("return { { 'a' } }", "gave account 1, which is a list"),
        ("return { id = 'a' }", "returned a table with names; it returns a list of accounts"),
        ("return { { id = 'a' }, x = 1 }", "returned a list with gaps or names in it"),
        ("", "returned nothing; it returns a list of accounts"),
        ("return 5", "returned a number; it returns"),
        ("return lariat.done {}", "returned what lariat.done made; it returns"),
        ("return nil, 'the server is asleep'", "fetch(ctx) failed: the server is asleep"),
        (
            "local n = 0 return function() n += 1 if n < 3 then return { id = n } end return nil, 'cut off' end",
            "failed: cut off",
        ),
        ("return function() return {} end", "gave account 1, which has no id"),
    ] {
        let told = world.unfetched(body).await;
        assert!(told.starts_with("t: scripts/pools/t.lua: "), "{body}: {told}");
        assert!(told.contains(message), "{body}: {told}");
    }
}

#[tokio::test]
async fn an_error_has_its_line_and_the_calls_that_led_there() {
    let world = world();
    let body = "local function deep() error('boom') end\nlocal function list() deep() end\nlist()";
    let told = world.unfetched(body).await;
    assert!(told.contains("scripts/pools/t.lua:3: boom\n"), "{told}");
    assert!(told.contains("scripts/pools/t.lua:3 in deep\nscripts/pools/t.lua:4 in list"), "{told}");
    let told = world.unfetched("return function()\n  return nil .. 'x'\nend").await;
    assert!(told.contains("scripts/pools/t.lua:4: attempt to concatenate nil"), "{told}");
}

fn claiming(body: &str) -> String {
    format!("function P.fetch(ctx) return {{}} end\nfunction P.claim(ctx, account)\n{body}\nend")
}

#[tokio::test]
async fn claim_grants_refuses_or_fails() {
    let world = world();
    let ask = async |body: &str| {
        let source = world.source(&claiming(body)).await;
        source.claim(&account(json!({"id": "a1", "pack_count": 3, "password": "hunter2"}))).await
    };
    assert_eq!(ask("return true").await, Ok(Claim::Granted));
    assert_eq!(
        ask("return account.pack_count == 3 and account.password == 'hunter2'").await,
        Ok(Claim::Granted)
    );
    assert_eq!(ask("return false, 'taken'").await, Ok(Claim::Refused("taken".into())));
    assert_eq!(ask("return false").await, Ok(Claim::Refused("refused by the pool's script".into())));
    for (body, message) in [
        ("return nil, 'no answer'", "claim(ctx, account) failed: no answer"),
        ("", "returned nothing; it returns true, false and why, or nil and why"),
        ("return 'yes'", "returned a string; it returns true"),
        ("account.id = 'x'", "attempt to modify a readonly table"),
    ] {
        let told = ask(body).await.unwrap_err().to_string();
        assert!(told.contains(message), "{body}: {told}");
    }
    let told = ask("error('secret is ' .. account.password)").await.unwrap_err().to_string();
    assert!(told.contains("secret is ***") && !told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn settle_is_told_how_it_ended() {
    let world = world();
    let functions = "function P.fetch(ctx) return {} end
      function P.settle(ctx, account, outcome)
        if account.id == 'bad' then return nil, 'nobody there' end
        local packs = outcome.result and outcome.result.packs
        ctx.store:set(account.id, { how = outcome.outcome, why = outcome.reason, packs = packs, pool = ctx.pool })
      end";
    let source = world.source(functions).await;
    let settle = async |id: &str, outcome| source.settle(&AccountId::new(id).unwrap(), &outcome).await;
    let result = json!({"packs": 3}).as_object().unwrap().clone();
    settle("a", Outcome::Completed(result)).await.unwrap();
    settle("b", Outcome::Failed { reason: "no luck".into() }).await.unwrap();
    settle("c", Outcome::Skipped { reason: "not now".into() }).await.unwrap();
    settle("d", Outcome::Returned { reason: "busy".into() }).await.unwrap();
    let told = settle("bad", Outcome::Returned { reason: String::new() }).await.unwrap_err().to_string();
    assert!(told.contains("settle(ctx, account, outcome) failed: nobody there"), "{told}");
    let kept = async |key: &str| world.kv.get("pool\tt", key).await.unwrap().unwrap();
    assert_eq!(kept("a").await, json!({"how": "completed", "packs": 3, "pool": "P"}));
    assert_eq!(kept("b").await, json!({"how": "failed", "why": "no luck", "pool": "P"}));
    assert_eq!(kept("c").await["how"], "skipped");
    assert_eq!(kept("d").await["how"], "returned");
}

#[tokio::test]
async fn what_is_not_there_is_not_asked() {
    let world = world();
    let source = world.source("function P.fetch(ctx) return {} end").await;
    assert_eq!(source.claim(&account(json!({"id": "a"}))).await, Ok(Claim::Granted));
    assert_eq!(
        source.settle(&AccountId::new("a").unwrap(), &Outcome::Completed(Default::default())).await,
        Ok(())
    );
}

#[tokio::test]
async fn the_context_of_a_pool() {
    let world = world();
    let body = "
      assert(ctx.pool == 'P' and type(ctx.params) == 'table' and not ctx:stopping())
      assert(ctx.account == nil and ctx.progress == nil and ctx.report == nil)
      assert(ctx.clock:now() > 1e9)
      ctx.log:info('hello', { n = 1 })
      ctx.store:set('n', (ctx.store:get('n') or 0) + 1)
      return { { id = 'n' .. ctx.store:get('n') } }";
    assert_eq!(world.fetched(body).await, json!([{"id": "n1"}]));
    assert_eq!(world.fetched(body).await, json!([{"id": "n2"}]));
    // A routine and a hook of the same name have keys of their own.
    let seen = "return { n = ctx.store:get('n') or 0 }";
    assert_eq!(world.value(seen).await, json!({"n": 0}));
    world.verdict("assert(ctx.store:get('n') == nil) ctx.store:set('n', 50)").await.unwrap();
    assert_eq!(world.fetched(body).await, json!([{"id": "n3"}]));
    world.run("ctx.store:set('n', 70)").await.unwrap();
    assert_eq!(world.kv.get("t", "n").await.unwrap(), Some(json!(70)), "as routines kept them before");
}

/// A type with a parameter `file`, opened with that value.
async fn reading(world: &World, file: &str, body: &str) -> Result<serde_json::Value, SourceError> {
    let kind = world
        .pool_type(&format!(
            "local P = lariat.pool {{ name = 't', params = {{ file = {{ type = 'path', required = true }} }} }}\nfunction P.fetch(ctx)\n{body}\nend\nreturn P"
        ))
        .unwrap();
    let source = kind.open(&definition("P", "t", json!({ "file": file }))).await?;
    source.fetch().await.map(accounts)
}

const LINES: &str = "local n, lines = 0, assert(ctx:read_lines(ctx.params.file))
  return function() local line = lines() if line then n += 1 return { id = n, text = line } end end";

#[tokio::test]
async fn files_inside_the_workspace_are_read() {
    let world = world();
    let csv = world.folder.path().join("accounts.csv");
    std::fs::write(&csv, "\u{feff}a,1\r\nb,2\n\nlast").unwrap();
    let whole = "return { { id = 'x', text = assert(ctx:read_file(ctx.params.file)) } }";
    let expected = json!([{"id": "x", "text": "a,1\r\nb,2\n\nlast"}]);
    assert_eq!(reading(&world, "accounts.csv", whole).await.unwrap(), expected);
    assert_eq!(reading(&world, csv.to_str().unwrap(), whole).await.unwrap(), expected);
    let texts = |found: serde_json::Value| -> Vec<String> {
        found.as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(reading(&world, "./accounts.csv", LINES).await.unwrap()), ["a,1", "b,2", "", "last"]);
    let many: String = (0..50_000).map(|n| format!("line {n}\n")).collect();
    std::fs::write(&csv, many).unwrap();
    let found = texts(reading(&world, "accounts.csv", LINES).await.unwrap());
    assert_eq!((found.len(), found[49_999].as_str()), (50_000, "line 49999"));
}

#[tokio::test]
async fn no_file_outside_and_no_hidden_one_is_read() {
    let world = world();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    let inside = world.folder.path();
    std::os::unix::fs::symlink(&secret, inside.join("link.txt")).unwrap();
    std::os::unix::fs::symlink(outside.path(), inside.join("folder")).unwrap();
    std::fs::create_dir(inside.join(".lariat")).unwrap();
    for name in [".env", "lariat.yaml", ".lariat/engine.json", "big"] {
        std::fs::write(inside.join(name), "secret").unwrap();
    }
    std::os::unix::fs::symlink(inside.join(".env"), inside.join("plain.txt")).unwrap();
    std::fs::File::create(inside.join("big")).unwrap().set_len((16 << 20) + 1).unwrap();
    for (file, why) in [
        (secret.to_str().unwrap(), "is outside of the workspace"),
        ("../secret.txt", "is outside of the workspace"),
        ("scripts/../../secret.txt", "is outside of the workspace"),
        ("link.txt", "is outside of the workspace"),
        ("folder/secret.txt", "is outside of the workspace"),
        ("/etc/passwd", "is outside of the workspace"),
        (".env", "is closed to scripts"),
        ("plain.txt", "is closed to scripts"),
        (".lariat/engine.json", "is closed to scripts"),
        ("lariat.yaml", "is closed to scripts"),
        ("nothing.csv", "there is no file"),
        ("scripts", "is not a file"),
        ("big", "is larger than 16 MiB; go through it with ctx:read_lines"),
    ] {
        let body = "local text, why = ctx:read_file(ctx.params.file) return nil, why";
        let told = reading(&world, file, body).await.unwrap_err().to_string();
        assert!(told.contains(why), "{file}: {told}");
        if file != "big" {
            let body = "local lines, why = ctx:read_lines(ctx.params.file) return nil, why";
            let told = reading(&world, file, body).await.unwrap_err().to_string();
            assert!(told.contains(why), "{file}: {told}");
        }
    }
    let told = reading(&world, "x", "ctx:read_file(5)").await.unwrap_err().to_string();
    assert!(told.contains("scripts/pools/t.lua:3: ctx:read_file(path) takes a text; got 5"), "{told}");
}

/// Pools by name: one of two accounts, and whatever else is a script's.
struct Others(Vec<(String, Arc<dyn AccountSource>)>);

#[async_trait]
impl PoolLookup for Others {
    async fn accounts(&self, pool: &str) -> Result<Vec<AccountRow>, String> {
        if pool == "Two" {
            let row = |id: &str, n: i64| {
                let fields = json!({"n": n, "none": null, "password": "hunter2"});
                AccountRow::new(AccountId::new(id).unwrap(), fields.as_object().unwrap().clone())
            };
            return Ok(vec![row("x", 1), row("y", 2)]);
        }
        let found = self.0.iter().find(|(name, _)| name == pool);
        let (_, source) = found.ok_or_else(|| format!("there is no pool \"{pool}\""))?;
        source.fetch().await.map(|found| found.accounts).map_err(|error| error.to_string())
    }
}

#[tokio::test]
async fn a_pool_is_made_of_others_but_never_of_itself() {
    let world = world();
    let from = |pool: &str| format!("function P.fetch(ctx) return ctx.pools:accounts('{pool}') end");
    let mut pools = Vec::new();
    for (name, from_pool) in
        [("A", "B"), ("B", "C"), ("C", "B"), ("Self", "Self"), ("Copy", "Two"), ("Lost", "Nope")]
    {
        pools.push((name.to_owned(), world.source_of(name, &from(from_pool)).await));
    }
    let sources: Vec<Arc<dyn AccountSource>> = pools.iter().map(|(_, source)| source.clone()).collect();
    world.host.look_into(Arc::new(Others(pools)));
    let copied = accounts(sources[4].fetch().await.unwrap());
    assert_eq!(
        copied,
        json!([{"id": "x", "n": 1, "none": null, "password": "hunter2"}, {"id": "y", "n": 2, "none": null, "password": "hunter2"}])
    );
    let told = async |at: usize| sources[at].fetch().await.unwrap_err().to_string();
    let circle = told(0).await;
    assert!(
        circle.contains("pools can't read one another in a circle: \"B\" reads \"C\" reads \"B\""),
        "{circle}"
    );
    assert!(told(3).await.contains("circle: \"Self\" reads \"Self\""));
    assert!(told(5).await.contains("there is no pool \"Nope\""));
    let merged =
        "local list = ctx.pools:accounts('Two') table.insert(list, { id = 'z', n = #list }) return list";
    assert_eq!(world.fetched(merged).await[2], json!({"id": "z", "n": 2}));
}

#[tokio::test]
async fn a_pool_script_sees_no_more_than_it_was_given() {
    let world = world();
    let functions = "count = 0 function P.fetch(ctx) count += 1 return { { id = count } } end";
    let source = world.source(functions).await;
    for _ in 0..2 {
        assert_eq!(accounts(source.fetch().await.unwrap()), json!([{"id": "1"}]), "nothing is left of a run");
    }
    for body in ["io.open('x')", "os.execute('x')", "debug.traceback()", "load('x')()"] {
        let told = world.unfetched(body).await;
        assert!(told.contains("attempt to"), "{body}: {told}");
    }
}

#[tokio::test]
async fn a_source_keeps_the_script_it_was_opened_with() {
    let world = world();
    let old = world.source("function P.fetch(ctx) return { { id = 'old' } } end").await;
    let new = world.source("function P.fetch(ctx) return { { id = 'new' } } end").await;
    assert_eq!(accounts(old.fetch().await.unwrap()), json!([{"id": "old"}]));
    assert_eq!(accounts(new.fetch().await.unwrap()), json!([{"id": "new"}]));
}

#[tokio::test]
async fn a_pool_that_waits_too_long_is_given_up() {
    let budgets = Budgets {
        fetch: std::time::Duration::from_millis(50),
        answer: std::time::Duration::from_millis(50),
        ..Budgets::default()
    };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let told = world.unfetched("ctx:sleep('1h')").await;
    assert!(told.contains("scripts/pools/t.lua: fetch took longer than 50ms"), "{told}");
    let source = world.source(&claiming("ctx:sleep('1h')")).await;
    let told = source.claim(&account(json!({"id": "a"}))).await.unwrap_err().to_string();
    assert!(told.contains("claim took longer than 50ms"), "{told}");
}

#[test]
fn all_files_below_pools_are_loaded() {
    let world = world();
    world.write("pools/a.lua", pool("function P.fetch(ctx) return {} end"));
    world.write("pools/broken.lua", "local P = = 1");
    world.write("pools/deep/b.lua", "local P = lariat.pool { name = 'b' } function P.fetch() end return P");
    world.write("routines/r.lua", routine(""));
    let loaded: Vec<(String, Option<String>)> = world
        .host
        .load_pools()
        .iter()
        .map(|found| (found.file.display().to_string(), found.result.as_ref().ok().map(name)))
        .collect();
    let expected = [("a.lua", Some("t")), ("broken.lua", None), ("deep/b.lua", Some("b"))];
    assert_eq!(
        loaded,
        expected.map(|(file, name)| (format!("scripts/pools/{file}"), name.map(str::to_owned)))
    );
}

fn name(kind: &Arc<LuaPoolType>) -> String {
    assert_eq!(PoolType::name(&**kind), kind.info().name);
    let _ = PoolName::new(&kind.info().name).unwrap();
    kind.info().name.clone()
}
