//! Everything in `ctx`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use lariat_core::kv::KeyValueStore;
use lariat_core::routine::RoutineRun;
use lariat_lua::{Budgets, HttpPolicy};
use serde_json::{Value, json};

#[tokio::test]
async fn the_account_has_all_its_fields() {
    let world = world();
    let routine = world.body(
        "local a = ctx.account
         return { id = a.id, packs = a.pack_count, pw = a.password == \"hunter2\", shown = a.password, none = a.note == nil, deep = a.meta.x, big = a.big, ratio = a.ratio }",
    );
    let fields = json!({"pack_count": 3, "password": "hunter2", "note": null, "meta": {"x": [1]}, "big": 9_007_199_254_740_993_i64, "ratio": 0.5});
    assert_eq!(
        routine.run(with_account(fields)).await,
        completed(
            json!({"id": "a1", "packs": 3, "pw": true, "shown": "***", "none": true, "deep": [1], "big": "9007199254740993", "ratio": 0.5})
        )
    );
    assert_eq!(world.value("return { none = ctx.account == nil }").await, json!({"none": true}));
}

#[tokio::test]
async fn the_plain_fields() {
    let world = world();
    let run = with_params(json!({"n": 2, "list": ["a"], "none": null}));
    let launch = run.launch.to_string();
    let routine = world.body("return { n = ctx.params.n, list = ctx.params.list, none = ctx.params.none == nil, group = ctx.group, instance = ctx.instance, launch = ctx.launch_id, device = ctx.device == nil, version = lariat.version }");
    assert_eq!(
        routine.run(run).await,
        completed(
            json!({"n": 2, "list": ["a"], "none": true, "group": "g", "instance": 3, "launch": launch, "device": true, "version": env!("CARGO_PKG_VERSION")})
        )
    );
}

#[tokio::test]
async fn progress_and_stopping() {
    let world = world();
    let (progress, seen) = remembered();
    let run = RoutineRun { progress, ..given() };
    let stopping = run.stopping.clone();
    let routine = world.body("local before = ctx:stopping() ctx:progress(1, 2) while not ctx:stopping() do ctx:sleep('1ms') end ctx:progress(2, 2) return { before = before }");
    let task = tokio::spawn(async move { routine.run(run).await });
    while seen.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    stopping.cancel();
    assert_eq!(task.await.unwrap(), completed(json!({"before": false})));
    assert_eq!(*seen.lock().unwrap(), [(1.0, 2.0), (2.0, 2.0)]);
    let told = world.raises("ctx:progress('one', 2)").await;
    assert!(
        told.ends_with("t.lua:3: ctx:progress(done, total) takes two numbers; got \"one\" and 2"),
        "{told}"
    );
}

#[tokio::test]
async fn sleep_takes_durations() {
    let world = world();
    let begun = std::time::Instant::now();
    world.value("ctx:sleep('20ms') ctx:sleep(0.02) ctx:sleep(0) return {}").await;
    assert!(begun.elapsed() >= Duration::from_millis(40));
    for wrong in ["ctx:sleep()", "ctx:sleep(-1)", "ctx:sleep({})", "ctx.sleep('1ms')", "ctx:sleep(0/0)"] {
        let told = world.raises(wrong).await;
        assert!(told.contains("ctx:sleep(duration) takes a duration"), "{wrong}: {told}");
    }
}

#[tokio::test]
async fn the_store_keeps_values_per_routine() {
    let world = world();
    let body = "
      local s = ctx.store
      assert(s:get('a') == nil)
      assert(s:set('a', { n = 1, list = { 1, 2 } }))
      assert(s:set('b', 'text'))
      assert(s:set('gone', 1)) assert(s:set('gone', nil))
      local too_long, why = s:set(('k'):rep(300), 1)
      local too_big, why_big = s:set('big', ('x'):rep(70000))
      local not_json, why_not = s:set('f', print)
      return { a = s:get('a'), b = s:get('b'), keys = s:keys(), none = too_long == nil and too_big == nil and not_json == nil,
        why = why, why_big = why_big, why_not = why_not }";
    let value = world.value(body).await;
    assert_eq!(value["a"], json!({"n": 1, "list": [1, 2]}));
    assert_eq!(value["b"], "text");
    assert_eq!(value["keys"], json!(["a", "b"]));
    assert_eq!(value["none"], true);
    assert_eq!(value["why"], "a key has 1 to 256 bytes; this one has 300");
    assert!(value["why_big"].as_str().unwrap().contains("at most 65536 bytes"), "{value}");
    assert!(value["why_not"].as_str().unwrap().contains("it is a function"), "{value}");
    assert_eq!(world.kv.get("t", "b").await, Ok(Some(json!("text"))));
    let told = world.raises("ctx.store:get(1)").await;
    assert!(told.contains("t.lua:3: ctx.store:get(key) takes a text as key"), "{told}");
}

#[tokio::test]
async fn json_both_ways() {
    // The bomb takes its time where nothing is optimised.
    let budgets = Budgets { stretch: Duration::from_secs(20), ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    let body = r#"
      local j = ctx.json
      local v = j:decode('{"a":[1,2.5,{"b":null}],"e":[],"o":{},"big":12345678901234567890}')
      local none, why = j:decode('{"a":')
      local bad, why_not = j:encode({ f = print })
      local deep = {} for i = 1, 200 do deep = { d = deep } end
      local bomb = { 1 } for i = 1, 40 do bomb = { bomb, bomb } end
      return { v = v, null = v.a[3].b == lariat.null, text = j:encode(v), dot = j.encode({ 1, 2 }),
        none = none == nil, why = why, bad = bad == nil, why_not = why_not, deep = select(2, j:encode(deep)), bomb = select(2, j:encode(bomb)) }"#;
    let value = world.value(body).await;
    assert_eq!(
        value["v"],
        json!({"a": [1, 2.5, {"b": null}], "e": [], "o": {}, "big": "12345678901234567890"})
    );
    assert_eq!(value["null"], true);
    let again: Value = serde_json::from_str(value["text"].as_str().unwrap()).unwrap();
    assert_eq!(again, value["v"]);
    assert_eq!(value["dot"], "[1,2]");
    assert!(value["why"].as_str().unwrap().starts_with("is not JSON: EOF"), "{value}");
    assert!(value["why_not"].as_str().unwrap().contains(".f is a function"), "{value}");
    assert!(value["deep"].as_str().unwrap().contains("nested deeper"), "{value}");
    assert!(value["bomb"].as_str().unwrap().contains("is larger than"), "{value}");
}

#[tokio::test]
async fn the_clock_tells_the_time() {
    let world = world();
    let body = "local c = ctx.clock return { now = c:now(), iso = c:iso(), hour = c:hour(), weekday = c:weekday(), date = c:date() }";
    let value = world.value(body).await;
    let now = value["now"].as_f64().unwrap();
    let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((real - now).abs() < 60.0, "{value}");
    assert!(value["iso"].as_str().unwrap().ends_with('Z'), "{value}");
    assert!((0..24).contains(&value["hour"].as_i64().unwrap()), "{value}");
    assert!((1..=7).contains(&value["weekday"].as_i64().unwrap()), "{value}");
    assert_eq!(value["date"].as_str().unwrap().len(), 10, "{value}");
}

/// What a subscriber that writes JSON got.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_lines_carry_their_run_and_no_secrets() {
    let written = Written::default();
    let out = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || out.clone())
        .finish();
    // The threads of the host don't see a scoped subscriber; this is the only test
    // of this process that sets one for all.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let world = world_with(Budgets { log_lines: 10, ..Budgets::default() }, HttpPolicy::default(), 1);
    let routine = world.body(
        "ctx.log:info('opening', { pack = 1, pw = ctx.account.password })
         ctx.log:warn('pw=' .. ctx.account.password)
         ctx.log:error('e') ctx.log:debug('d')
         print('printed', 7, nil)
         ctx.log:info('odd', { f = print })
         ctx.log:info(('long'):rep(10000))
         for i = 1, 100 do ctx.log:info('flood ' .. i) end",
    );
    let run = with_account(json!({"password": "hunter2"}));
    let launch = run.launch.to_string();
    assert_eq!(routine.run(run).await, completed(empty()));
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["target"] == "lariat::routine")
        .collect();
    let first = &lines[0]["fields"];
    assert_eq!(first["message"], "opening");
    assert_eq!(first["fields"], r#"{"pack":1,"pw":"***"}"#);
    assert_eq!(first["launch_id"], launch.as_str());
    assert_eq!(
        (&first["group"], &first["instance"], &first["account"], &first["routine"]),
        (&json!("g"), &json!("3"), &json!("a1"), &json!("t"))
    );
    let levels: Vec<&str> = lines.iter().take(5).map(|line| line["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["INFO", "WARN", "ERROR", "DEBUG", "INFO"]);
    assert_eq!(lines[1]["fields"]["message"], "pw=***");
    assert_eq!(lines[4]["fields"]["message"], "printed\t7\tnil");
    assert!(lines[5]["fields"]["fields"].as_str().unwrap().contains("not_logged"), "{:?}", lines[5]);
    assert!(lines[6]["fields"]["message"].as_str().unwrap().len() < 9000);
    assert_eq!(lines.len(), 10);
    for wrong in ["ctx.log:info()", "ctx.log:info({})", "ctx.log:info('x', 'y')"] {
        let told = world.raises(wrong).await;
        assert!(told.contains("t.lua:3: ctx.log:info(message, fields) takes a t"), "{wrong}: {told}");
    }
}
