//! Scripts that don't end by themselves, in every disguise, are stopped, and nobody
//! else notices.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod disguises;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::*;
use disguises::{BOMBS, DISGUISES};
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, RoutineError};
use lariat_lua::{Budgets, HttpPolicy};
use serde_json::json;

#[tokio::test]
async fn every_disguise_is_stopped() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        let outcome = tokio::time::timeout(Duration::from_secs(20), world.run(body)).await;
        let outcome = outcome.unwrap_or_else(|_| panic!("{name} goes on"));
        assert!(matches!(&outcome, Err(RoutineError::OverBudget(_))), "{name}: {outcome:?}");
    }
    assert_eq!(world.run("return { fine = true }").await, completed(json!({"fine": true})));
}

#[tokio::test]
async fn at_the_top_of_a_file_too() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for (name, body) in DISGUISES {
        let script = format!("do {body} end\n{}", routine(""));
        if body.contains("return t.x") {
            continue;
        }
        let error = world.load(&script).err().unwrap_or_else(|| panic!("{name} was loaded"));
        let known = ["was evaluated for longer than 150ms", "ran out of memory"];
        assert!(known.iter().any(|why| error.message.contains(why)), "{name}: {error}");
    }
    let findings = world.check("while true do end");
    assert!(findings.iter().any(|finding| finding.message.contains("evaluated")), "{findings:?}");
    let findings = world.check("local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end");
    assert!(findings.iter().any(|finding| finding.message.contains("out of memory") || finding.message.contains("evaluated")), "{findings:?}");
}

#[tokio::test]
async fn siblings_get_their_turns_while_a_run_is_busy() {
    // One thread for both groups: the sleeper's wake-ups must come between the slices.
    let budgets = Budgets { stretch: Duration::from_millis(1500), ..tight() };
    let budgets = Budgets { cpu: Duration::from_secs(3), ..budgets };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    for (name, body) in [
        ("plain", "while true do end"),
        ("pcall", "while true do pcall(function() while true do end end) end"),
        ("coroutine", "coroutine.wrap(function() while true do end end)()"),
    ] {
        let busy = world.body(body);
        let sleeper = world.body(
            "local late = 0 for i = 1, 10 do local t = os.clock() ctx:sleep('20ms') end return { n = 10 }",
        );
        let busy = tokio::spawn(async move { busy.run(of_group("busy")).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let outcome = sleeper.run(of_group("calm")).await;
        assert_eq!(outcome, completed(json!({"n": 10})));
        // It ended while the busy one was still at it.
        assert!(!busy.is_finished(), "{name}: the sleeper had to wait for the busy run's end");
        over_budget(&busy.await.unwrap());
    }
}

#[tokio::test]
async fn a_pause_does_not_show() {
    let world = world();
    // Multiple results, varargs and coroutines survive being paused anywhere.
    let body = "
      local function many(...) return select('#', ...), ... end
      local sum = 0
      local co = coroutine.wrap(function(a)
        while true do
          local b = coroutine.yield(a + 1)
          for i = 1, 100 do a = b end
        end
      end)
      for i = 1, 200000 do
        local n, a, b, c = many(many(i, nil))
        assert(n == 3 and a == 2 and b == i and c == nil)
        assert(co(i) == i + 1)
        sum = sum + math.max(many(1, 2))
        if i % 1000 == 0 then ctx:sleep(0) end
      end
      local t = {} for i = 1, 20000 do t[i] = (i * 7919) % 20011 end
      table.sort(t, function(a, b) return a < b end)
      for i = 2, #t do assert(t[i - 1] <= t[i]) end
      return { sum = sum }";
    assert_eq!(world.value(body).await, json!({"sum": 400_000}));
}

#[tokio::test]
async fn waiting_works_in_coroutines_and_is_refused_where_it_cannot() {
    let world = world();
    let body = "
      local got = {}
      local co = coroutine.create(function(a)
        ctx:sleep('1ms')
        local b = coroutine.yield(a + 1)
        ctx:sleep('1ms')
        return b * 2, 'end'
      end)
      got[1] = { coroutine.resume(co, 1) }
      got[2] = { coroutine.resume(co, 21) }
      got[3] = coroutine.status(co)
      for x in coroutine.wrap(function() ctx:sleep(0) coroutine.yield(7) end) do got[4] = x end
      got[5] = select('#', coroutine.resume(coroutine.create(function() end)))
      return { got = got }";
    assert_eq!(world.value(body).await, json!({"got": [[true, 2], [true, 42, "end"], "dead", 7, 1]}));
    let told = world.raises("table.sort({ 2, 1 }, function() ctx:sleep(1) end)").await;
    assert!(told.contains("ctx:sleep can't wait inside a comparison"), "{told}");
    let told = world
        .raises("table.sort({ 2, 1 }, function() coroutine.wrap(function() ctx:sleep(1) end)() end)")
        .await;
    assert!(told.contains("can't wait inside a comparison"), "{told}");
}

#[tokio::test]
async fn dropping_the_future_stops_the_script() {
    let world = world_with(Budgets::default(), HttpPolicy::default(), 1);
    for body in [
        "ctx:sleep('1h')",
        "while true do end",
        "table.sort({ 2, 1 }, function() while true do pcall(function() while true do end end) end end)",
        "while true do pcall(ctx.sleep, ctx, 0) end",
    ] {
        let (progress, seen) = remembered();
        let routine = world.body(&format!("ctx:progress(0, 1) {body}"));
        let run = lariat_core::routine::RoutineRun { progress, ..given() };
        let task = tokio::spawn(async move { routine.run(run).await });
        while seen.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        task.abort();
        // The only thread is free again long before any budget ends.
        let begun = std::time::Instant::now();
        assert_eq!(world.run("return {}").await, Ok(Outcome::Completed(Default::default())));
        assert!(begun.elapsed() < Duration::from_millis(900), "{body}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_memory_bomb_hurts_its_own_group_only() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let calm = world
        .body("local t = {} for i = 1, 20 do t[i] = ('x'):rep(1000) ctx:sleep('10ms') end return { n = #t }");
    let calm = tokio::spawn(async move { calm.run(of_group("calm")).await });
    for body in BOMBS {
        let why = over_budget(&world.body(body).run(of_group("bomb")).await);
        assert!(why.contains("out of memory") || why.contains("computed for"), "{body}: {why}");
        // The group's next run gets a fresh machine.
        assert_eq!(world.body("return { n = 1 }").run(of_group("bomb")).await, completed(json!({"n": 1})));
    }
    let hidden = "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(100000) .. #t end end) end";
    over_budget(&world.body(hidden).run(of_group("bomb")).await);
    assert_eq!(calm.await.unwrap(), completed(json!({"n": 20})));
}

#[tokio::test]
async fn a_thousand_runs_sleep_at_once() {
    let world = world();
    let routine = world.body("for i = 1, 5 do ctx:sleep('20ms') end return { instance = ctx.instance }");
    let runs = (0..1000).map(|n| {
        let routine = routine.clone();
        let group = if n % 2 == 0 { "even" } else { "odd" };
        let run =
            lariat_core::routine::RoutineRun { instance: lariat_core::ids::InstanceId(n), ..of_group(group) };
        tokio::spawn(async move { routine.run(run).await })
    });
    let runs: Vec<_> = runs.collect();
    for (n, run) in runs.into_iter().enumerate() {
        assert_eq!(run.await.unwrap(), completed(json!({"instance": n})));
    }
}

#[tokio::test]
async fn garbage_does_not_fill_a_machine() {
    let world = world_with(Budgets::default(), HttpPolicy::default(), 1);
    // Some 20 MB live, hundreds of MB of garbage.
    let body = "
      local live = {}
      for i = 1, 200000 do live[i] = { i } end
      local n = 0
      for i = 1, 400 do
        local t = table.create(100, ('x'):rep(10000))
        n = n + #table.concat(t)
        if i % 20 == 0 then ctx:sleep(0) end
      end
      return { n = n }";
    assert_eq!(world.value(body).await, json!({"n": 400_000_000}));
}

#[tokio::test]
async fn a_thread_that_cannot_be_stopped_is_given_up_and_only_its_holder_is_to_blame() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let bystander = world.body("ctx:progress(1, 2) ctx:sleep('1h')");
    let (progress, seen) = remembered();
    let run = lariat_core::routine::RoutineRun { progress, ..of_group("calm") };
    let bystander = tokio::spawn(async move { bystander.run(run).await });
    while seen.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    // Whatever the library offers, a call into the host that computes for ever holds
    // the thread.
    let over = Arc::new(AtomicBool::new(false));
    let spinning = over.clone();
    let progress = Progress::new(move |_, _| {
        while !spinning.load(Ordering::Relaxed) {
            std::hint::spin_loop()
        }
    });
    let run = lariat_core::routine::RoutineRun { progress, ..of_group("bad") };
    let why = over_budget(&world.body("ctx:progress(1, 2)").run(run).await);
    assert!(why.contains("scripts/routines/t.lua") && why.contains("could not be stopped"), "{why}");
    let lost = bystander.await.unwrap();
    assert!(matches!(&lost, Err(RoutineError::HostLost(_))), "{lost:?}");
    assert_eq!(world.run("return { fine = true }").await, completed(json!({"fine": true})));
    over.store(true, Ordering::Relaxed);
}

#[tokio::test]
async fn a_host_that_keeps_a_script_waiting_is_not_its_fault() {
    // So it is when the process is stopped for a while, or the machine is overloaded.
    let world = world_with(tight(), HttpPolicy::default(), 1);
    let progress = Progress::new(|_, _| std::thread::sleep(Duration::from_millis(400)));
    let body = "for i = 1, 3 do ctx:progress(i, 3) for i = 1, 1e5 do end end return { n = 1 }";
    let run = lariat_core::routine::RoutineRun { progress, ..given() };
    assert_eq!(world.body(body).run(run).await, completed(json!({"n": 1})));
}

#[tokio::test]
async fn calls_that_have_nothing_to_wait_for_use_up_the_budget() {
    let world = world_with(tight(), HttpPolicy::default(), 1);
    for body in [
        "while true do ctx:sleep(0) end",
        "while true do ctx.store:get('x') end",
        "while true do pcall(ctx.sleep, ctx, 0) end",
        "while true do coroutine.wrap(function() ctx:sleep(0) end)() end",
    ] {
        let outcome = tokio::time::timeout(Duration::from_secs(60), world.run(body)).await;
        let why = over_budget(&outcome.unwrap_or_else(|_| panic!("{body} goes on")));
        assert!(why.contains("altogether"), "{body}: {why}");
    }
}

#[tokio::test]
async fn library_functions_on_huge_values_end_or_are_stopped() {
    let budgets = Budgets { stretch: Duration::from_secs(5), ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    // Each of these would hold the thread for a minute at least.
    let body = "
      local text, needle = ('a'):rep(2e6), ('a'):rep(1e6) .. 'b'
      assert(text:find(needle, 1, true) == nil and text:find(needle) == nil)
      assert(#text:split(needle) == 1)
      local parts = (text .. needle .. 'c'):split(('a'):rep(100) .. 'b')
      assert(#parts == 2 and #parts[1] == 3e6 - 100 and parts[2] == 'c')
      local s, e = (text .. needle):find(('a'):rep(100) .. 'b', 1, true)
      assert(s == 3e6 - 99 and e == 3e6 + 1)
      s, e = (text .. needle):find(('a'):rep(100) .. 'b', -101)
      assert(s == 3e6 - 99 and e == 3e6 + 1)
      assert((text .. needle):find(('a'):rep(100) .. 'b', -100) == nil)
      local set = '[' .. ('b'):rep(1e6) .. ']*c'
      for _, name in { 'find', 'match', 'gmatch', 'gsub' } do
        local ok, why = pcall(string[name], text, set, '')
        assert(not ok and why:find('too long'), why)
      end
      assert(not pcall(os.date, ('%c'):rep(1e6)))
      return { n = 1 }";
    assert_eq!(world.value(body).await, json!({"n": 1}));
    let budgets = Budgets { stretch: Duration::from_millis(150), ..Budgets::default() };
    let world = world_with(budgets, HttpPolicy::default(), 1);
    for body in [
        "table.move({}, 1, 2 ^ 30, 5)",
        "table.move({ 1, 2, 3 }, 1, 2 ^ 30, 2)",
        "local a, b = ('x'):rep(2e6) .. 'a', ('x'):rep(2e6) .. 'b' local t = {} for i = 1, 1e5 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
    ] {
        over_budget(&world.run(body).await);
    }
}

#[tokio::test]
async fn guarded_library_functions_work_as_ever() {
    let world = world();
    let body = "
      assert(('hello'):find('l') == 3 and ('hello'):find('(l+)o') == 3 and select(3, ('hello'):find('(l+)o')) == 'll')
      assert(('a.b'):find('.', 1, true) == 2 and ('hello'):find('l', -2) == 4 and string.find(12345, 3) == 3)
      assert(('k=v'):match('(%w)=(%w)') == 'k' and ('hello'):gsub('l', 'L', 1) == 'heLlo')
      local n = 0 for w in ('a b c'):gmatch('%a') do n += 1 end assert(n == 3)
      assert(#('a,b,c'):split() == 3 and #('abc'):split('') == 3 and #('a--b'):split('--') == 2)
      local function moved(n, f, e, t)
        local source = {} for i = 1, n do source[i] = i end
        table.move(source, f, e, t)
        for i = f, e do assert(source[t + i - f] == i, i) end
        return #source
      end
      assert(moved(10, 1, 10, 3) == 12 and moved(10, 3, 10, 1) == 10)
      assert(moved(200000, 1, 200000, 3) == 200002 and moved(200000, 3, 200000, 1) == 200000)
      assert(moved(200000, 1, 200000, 300000) > 0)
      local target = table.move({ 1, 2 }, 1, 2, 2, {}) assert(target[3] == 2)
      local t = { 3, 1, 2 } table.sort(t) assert(table.concat(t) == '123')
      table.sort(t, function(a, b) return a > b end) assert(table.concat(t) == '321')
      local words = { 'b', 'a' } table.sort(words) assert(words[1] == 'a')
      assert(#os.date('!%Y', 0) == 4 and os.date('!*t', 0).year == 1970)
      return { n = 1 }";
    assert_eq!(world.value(body).await, json!({"n": 1}));
    for (body, told) in [
        ("return ('x'):find('[')", "scripts/routines/t.lua:3: malformed pattern"),
        ("string.find({}, 'x')", "scripts/routines/t.lua:3: invalid argument #1 to 'find'"),
        ("table.sort({ 1, 'x' })", "attempt to compare"),
    ] {
        let raised = world.raises(body).await;
        assert!(raised.contains(told), "{body}: {raised}");
    }
}

#[tokio::test]
async fn a_script_that_is_stopped_is_shown_with_its_line() {
    let world = world();
    let why = over_budget(&world.run("local n = 0\nwhile true do\n  n = n + 1\nend").await);
    assert!(why.starts_with("scripts/routines/t.lua:") && why.contains("as an endless loop does"), "{why}");
    let line: usize = why.split(':').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((4..=6).contains(&line), "{why}");
    world.write("lib/spin.lua", "return function()\n  while true do end\nend\n");
    let why = over_budget(&world.run("local co = coroutine.wrap(require('spin'))\nco()").await);
    assert!(why.starts_with("scripts/lib/spin.lua:2 computed for"), "{why}");
    let sorted = "table.sort({ 3, 2, 1 }, function(a, b)\n  while true do end\nend)";
    let why = over_budget(&world.run(sorted).await);
    assert!(why.starts_with("scripts/routines/t.lua:4 computed for"), "{why}");
    let full = "local t = {}\nfor i = 1, 1e9 do\n  t[i] = string.rep('x', 1e5) .. i\nend";
    let why = over_budget(&world.run(full).await);
    assert!(why.starts_with("scripts/routines/t.lua:") && why.contains("ran out of memory"), "{why}");
}
