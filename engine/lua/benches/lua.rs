//! What scripts cost, beside a bare machine. Prints a table; `cargo bench -p lariat-lua`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::cast_precision_loss, clippy::expect_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lariat_core::account::AccountRow;
use lariat_core::clock::SystemClock;
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::kv::MemoryKv;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, Routine, RoutineRun};
use lariat_core::source::PoolType;
use lariat_lua::{Budgets, HttpPolicy, LuaHost, LuaOptions};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

const FIB: &str = "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end";
const LOOP: &str = "local x = 0 for i = 1, 1e7 do x = x + i % 7 end";

struct World {
    folder: tempfile::TempDir,
    host: LuaHost,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scripts_dir = folder.path().join("scripts");
        std::fs::create_dir_all(scripts_dir.join("routines")).unwrap();
        let host = LuaHost::new(LuaOptions {
            scripts_dir,
            budgets: Budgets {
                stretch: Duration::from_secs(60),
                cpu: Duration::from_secs(60),
                ..Budgets::default()
            },
            kv: Arc::new(MemoryKv::default()),
            clock: Arc::new(SystemClock),
            http: HttpPolicy::default(),
            limits: Default::default(),
            vm_threads: 0,
        })
        .unwrap();
        Self { folder, host }
    }

    fn routine(&self, body: &str) -> Arc<dyn Routine> {
        let text = format!(
            "local R = lariat.routine {{ name = 'bench' }}\nfunction R.run(ctx)\n{body}\nend\nreturn R"
        );
        let path = self.folder.path().join("scripts/routines/bench.lua");
        std::fs::write(&path, text).unwrap();
        self.host.load_file(&path).unwrap()
    }
}

/// Accounts of a pool whose `fetch` has this body, and the best of several times.
async fn fetch(world: &World, body: &str) -> (usize, f64) {
    let text =
        format!("local P = lariat.pool {{ name = 'bench' }}\nfunction P.fetch(ctx)\n{body}\nend\nreturn P");
    let path = world.folder.path().join("scripts/pools/bench.lua");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let definition = PoolDefinition::new(PoolName::new("bench").unwrap(), "bench");
    let source = world.host.load_pool_file(&path).unwrap().open(&definition).await.unwrap();
    let (mut count, mut best) = (0, f64::MAX);
    for _ in 0..5 {
        let begun = Instant::now();
        count = source.fetch().await.unwrap().accounts.len();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    (count, best)
}

/// A CSV file of so many accounts.
fn csv(count: usize) -> String {
    (1..=count).fold(String::new(), |text, n| text + &format!("account-{n},{},available\n", n % 50))
}

/// The same accounts read in Rust, the best of several times.
fn read_in_rust(path: &std::path::Path) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<AccountRow> = text
            .lines()
            .map(|line| {
                let mut cells = line.split(',');
                let id = AccountId::new(cells.next().unwrap()).unwrap();
                let packs: i64 = cells.next().unwrap().parse().unwrap();
                let mut fields = Map::new();
                fields.insert("pack_count".into(), Value::from(packs));
                fields.insert("status".into(), Value::from(cells.next().unwrap()));
                AccountRow::new(id, fields)
            })
            .collect();
        assert!(!rows.is_empty());
        best = best.min(begun.elapsed().as_secs_f64());
    }
    best
}

async fn fetches(world: &World) {
    const EACH: &str = "{ id = 'account-' .. n, pack_count = n % 50, status = 'available' }";
    const READ: &str = "local lines = assert(ctx:read_lines('accounts.csv'))
        return function()
          local line = lines()
          if line == nil then return nil end
          local id, packs, status = string.match(line, '^([^,]*),([^,]*),(.*)$')
          return { id = id, pack_count = tonumber(packs), status = status }
        end";
    let path = world.folder.path().join("accounts.csv");
    std::fs::write(&path, csv(100_000)).unwrap();
    let rust = read_in_rust(&path);
    row("100,000 accounts of a CSV file, read in Rust", format!("{:.0} ms", rust * 1e3), "");
    let list = format!("local t = {{}} for n = 1, 1e5 do t[n] = {EACH} end return t");
    let stream = |count: usize| {
        format!("local n = 0 return function() n += 1 if n <= {count} then return {EACH} end end")
    };
    for (name, body) in [
        ("  fetch from Lua: a list", list),
        ("  fetch from Lua: an iterator", stream(100_000)),
        ("  fetch from Lua: an iterator over ctx:read_lines", READ.to_owned()),
    ] {
        let (count, took) = fetch(world, &body).await;
        assert_eq!(count, 100_000);
        let ratio = took / rust;
        row(name, format!("{:.0} ms", took * 1e3), &format!("{ratio:.1} x Rust, <= 500 ms"));
    }
    let (_, took) = fetch(world, &stream(1_000_000)).await;
    row("  fetch from Lua: an iterator of 1,000,000", format!("{:.2} s", took), "");
}

fn given(instance: u32) -> RoutineRun {
    RoutineRun {
        account: None,
        params: Arc::default(),
        launch: LaunchId::random(),
        group: GroupName::new("bench").unwrap(),
        instance: InstanceId(instance),
        generation: 1,
        stopping: CancellationToken::new(),
        progress: Progress::new(|_, _| {}),
    }
}

async fn result(routine: &Arc<dyn Routine>) -> Map<String, Value> {
    match routine.run(given(0)).await.unwrap() {
        Outcome::Completed(result) => result,
        other => unreachable!("{other:?}"),
    }
}

/// Seconds that a script says it took, the best of several runs.
async fn seconds(world: &World, body: &str) -> f64 {
    let routine = world.routine(&format!("local t = os.clock() {body} return {{ t = os.clock() - t }}"));
    let mut best = f64::MAX;
    for _ in 0..5 {
        best = best.min(result(&routine).await.get("t").and_then(Value::as_f64).unwrap_or_default());
    }
    best
}

/// The same in a machine without prelude, limits and turns.
fn bare(body: &str) -> f64 {
    let lua = mlua::Lua::new();
    lua.sandbox(true).unwrap();
    let code = format!("return function() local t = os.clock() {body} return os.clock() - t end");
    let function: mlua::Function = lua.load(code).eval().unwrap();
    (0..5).map(|_| function.call::<f64>(()).unwrap()).fold(f64::MAX, f64::min)
}

/// Nanoseconds of a call of a host function in such a machine.
async fn bare_call(asynchronous: bool) -> f64 {
    let lua = mlua::Lua::new();
    let function = if asynchronous {
        lua.create_async_function(|_, ()| async { Ok(true) }).unwrap()
    } else {
        lua.create_function(|_, ()| Ok(true)).unwrap()
    };
    lua.globals().set("call", function).unwrap();
    lua.sandbox(true).unwrap();
    let code = "local t = os.clock() for i = 1, 1e6 do call() end return os.clock() - t";
    let mut best = f64::MAX;
    for _ in 0..5 {
        best = best.min(lua.load(code).eval_async::<f64>().await.unwrap());
    }
    best * 1e3
}

fn row(name: &str, value: String, target: &str) {
    println!("{name:<58} {value:>16}   {target}");
}

fn peak_rss() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

/// Wall time, and how late the wake-ups were: the p99 of the first ones, which come
/// while runs are still being started, and of the rest.
async fn live_runs(world: &World, count: u32) -> (f64, f64, f64) {
    let routine = world.routine(
        "local late = {}
         for i = 1, 10 do
           local x = 0 for j = 1, 100 do x = x + j end
           local t = ctx.clock:now()
           ctx:sleep('50ms')
           late[i] = ctx.clock:now() - t - 0.05
         end
         return { late = late }",
    );
    let begun = Instant::now();
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for result in at_once(&routine, count).await {
        let late = result.get("late").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut late = late.iter().filter_map(Value::as_f64);
        first.extend(late.next());
        rest.extend(late);
    }
    (begun.elapsed().as_secs_f64(), p99(first), p99(rest))
}

async fn at_once(routine: &Arc<dyn Routine>, count: u32) -> Vec<Map<String, Value>> {
    let runs: Vec<_> = (0..count)
        .map(|n| {
            let routine = routine.clone();
            tokio::spawn(async move { routine.run(given(n)).await })
        })
        .collect();
    let mut results = Vec::new();
    for run in runs {
        match run.await.unwrap().unwrap() {
            Outcome::Completed(result) => results.push(result),
            other => unreachable!("{other:?}"),
        }
    }
    results
}

fn p99(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() * 99 / 100).copied().unwrap_or_default()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let world = World::new();
    let micros =
        |begun: Instant, count: f64| format!("{:.1} us", begun.elapsed().as_secs_f64() * 1e6 / count);
    row("", "measured".into(), "target");
    let (wall, first, rest) = live_runs(&world, 10_000).await;
    row("10,000 live runs, sleeping 50 ms x 10: wall", format!("{wall:.2} s"), "ideal 0.5 s");
    row("  woken late, p99, while others are started", format!("{:.0} ms", first * 1e3), "");
    row("  woken late, p99, afterwards", format!("{:.0} ms", rest * 1e3), "<= 50 ms");
    row("  peak memory of the process", format!("{:.0} MB", peak_rss()), "<= 130 MB");

    fetches(&world).await;

    let empty = world.routine("");
    let begun = Instant::now();
    for _ in 0..20_000 {
        result(&empty).await;
    }
    row("an empty routine, end to end", micros(begun, 2e4), "");
    let begun = Instant::now();
    at_once(&empty, 20_000).await;
    row("  of 20,000 at once", micros(begun, 2e4), "");

    let idle = seconds(&world, "for i = 1, 1e6 do end").await;
    let call = |t: f64| format!("{:.0} ns", (t - idle) * 1e3);
    row("sync host call, bare mlua", format!("{:.0} ns", bare_call(false).await), "");
    let t = seconds(&world, "for i = 1, 1e6 do ctx:stopping() end").await;
    row("  ctx:stopping()", call(t), "<= 60 ns");
    let t = seconds(&world, "for i = 1, 1e6 do ctx:progress(i, 1e6) end").await;
    row("  ctx:progress(i, n)", call(t), "");
    row("async host call, ready at once, bare mlua", format!("{:.0} ns", bare_call(true).await), "<= 500 ns");
    let t = seconds(&world, "for i = 1, 1e5 do ctx:sleep(0) end").await;
    row("  ctx:sleep(0), alone on its thread", call(t * 10.0), "");
    let yielding = world.routine("for i = 1, 1000 do ctx:sleep(0) end");
    let begun = Instant::now();
    at_once(&yielding, 1000).await;
    let nanos = begun.elapsed().as_secs_f64() * 1e3;
    row("  ctx:sleep(0), among 1,000 runs, per wait", format!("{nanos:.0} ns"), "");

    for (name, body) in [("fib(27)", format!("{FIB} fib(27)")), ("10M loop", LOOP.to_owned())] {
        // In turns, the best of each, since the computer has other things to do.
        let (mut plain, mut ours) = (f64::MAX, f64::MAX);
        for _ in 0..4 {
            plain = plain.min(bare(&body));
            ours = ours.min(seconds(&world, &body).await);
        }
        let more = (ours / plain - 1.0) * 100.0;
        row(
            &format!("{name}: bare / stoppable, in ms"),
            format!("{:.1} / {:.1}", plain * 1e3, ours * 1e3),
            &format!("{more:+.1} %, <= +10 %"),
        );
    }
}
