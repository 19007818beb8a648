//! What scripts cost, beside a bare machine. Prints a table; `cargo bench -p lariat-lua`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::cast_precision_loss, clippy::expect_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use lariat_core::clock::SystemClock;
use lariat_core::ids::{GroupName, InstanceId, LaunchId};
use lariat_core::kv::MemoryKv;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, Routine, RoutineRun};
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

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// Seconds that a script says it took, the median of several runs.
async fn seconds(world: &World, body: &str) -> f64 {
    let routine = world.routine(&format!("local t = os.clock() {body} return {{ t = os.clock() - t }}"));
    let mut samples = Vec::new();
    for _ in 0..7 {
        samples.push(result(&routine).await.get("t").and_then(Value::as_f64).unwrap_or_default());
    }
    median(samples)
}

/// The same in a machine without interrupt, limits and prelude.
fn bare(body: &str) -> f64 {
    let lua = mlua::Lua::new();
    lua.sandbox(true).unwrap();
    let code = format!("return function() local t = os.clock() {body} return os.clock() - t end");
    let function: mlua::Function = lua.load(code).eval().unwrap();
    median((0..7).map(|_| function.call::<f64>(()).unwrap()).collect())
}

fn row(name: &str, value: String, target: &str) {
    println!("{name:<58} {value:>16}   {target}");
}

fn peak_rss() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

async fn live_runs(world: &World, count: u32) -> (f64, f64) {
    let routine = world.routine(
        "local late = 0
         for i = 1, 10 do
           local x = 0 for j = 1, 100 do x = x + j end
           local t = ctx.clock:now()
           ctx:sleep('50ms')
           late = math.max(late, ctx.clock:now() - t - 0.05)
         end
         return { late = late }",
    );
    let begun = Instant::now();
    let runs: Vec<_> = (0..count)
        .map(|n| {
            let routine = routine.clone();
            tokio::spawn(async move { routine.run(given(n)).await })
        })
        .collect();
    let mut late = Vec::new();
    for run in runs {
        if let Ok(Outcome::Completed(result)) = run.await.unwrap() {
            late.push(result.get("late").and_then(Value::as_f64).unwrap_or_default());
        }
    }
    let wall = begun.elapsed().as_secs_f64();
    late.sort_by(f64::total_cmp);
    (wall, late.get(late.len() * 99 / 100).copied().unwrap_or_default())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World::new();
        row("", "measured".into(), "target");
        let (wall, late) = live_runs(&world, 10_000).await;
        row("10,000 live runs, sleeping 50 ms x 10: wall", format!("{wall:.2} s"), "ideal 0.5 s");
        row("  woken late, p99 of each run's worst", format!("{:.0} ms", late * 1e3), "<= 50 ms at p99");
        row("  peak memory of the process", format!("{:.0} MB", peak_rss()), "<= 130 MB");

        let empty = world.routine("");
        let _ = result(&empty).await;
        let begun = Instant::now();
        for _ in 0..20_000 {
            let _ = result(&empty).await;
        }
        row(
            "an empty routine, end to end",
            format!("{:.1} us", begun.elapsed().as_secs_f64() * 1e6 / 2e4),
            "",
        );
        let begun = Instant::now();
        let runs: Vec<_> = (0..20_000)
            .map(|n| {
                let routine = empty.clone();
                tokio::spawn(async move { routine.run(given(n)).await })
            })
            .collect();
        for run in runs {
            run.await.unwrap().unwrap();
        }
        row("  the same, 20,000 at once", format!("{:.1} us", begun.elapsed().as_secs_f64() * 1e6 / 2e4), "");

        let idle = seconds(&world, "for i = 1, 1e6 do end").await;
        let call = |t: f64| format!("{:.0} ns", (t - idle) * 1e3);
        let t = seconds(&world, "for i = 1, 1e6 do ctx:stopping() end").await;
        row("sync host call: ctx:stopping()", call(t), "<= 60 ns");
        let t = seconds(&world, "for i = 1, 1e6 do ctx:progress(i, 1e6) end").await;
        row("sync host call: ctx:progress(i, n)", call(t), "<= 60 ns");
        let t = seconds(
            &world,
            "for i = 1, 1e6 do ctx.store.get(nil, 1) end"
                .replace("ctx.store.get(nil, 1)", "pcall(ctx.sleep, ctx, -1)")
                .as_str(),
        )
        .await;
        row("async host call, ready at once (and refused, in pcall)", call(t), "<= 500 ns");
        let t = seconds(&world, "for i = 1, 1e6 do ctx:sleep(0) end").await;
        row("async host call that waits: ctx:sleep(0), alone", call(t), "");

        for (name, body) in [("fib(27)", format!("{FIB} fib(27)")), ("10M loop", LOOP.to_owned())] {
            let (bare, ours) = (bare(&body), seconds(&world, &body).await);
            let bare = bare.min(self::bare(&body));
            let ours = ours.min(seconds(&world, &body).await);
            let ratio =
                format!("{:.1} / {:.1} ms, {:+.1} %", bare * 1e3, ours * 1e3, (ours / bare - 1.0) * 100.0);
            row(&format!("{name}: bare / stoppable"), ratio, "<= +10 %");
        }
    });
}
