//! What a plugin costs beside the same thing in Rust: an empty call, a fetch of 100,000
//! accounts, a reload; in the engine's process and in a child.
//! `cargo bench -p lariat-native`; `-- "at once"` measures the calls whose rows say so, and nothing else.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark prints its table"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Bench, only};
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceProvider, InstanceState, StaticProvider};
use lariat_native::{NativeHost, Plugin, PluginSetting, Runner};
use serde_json::{Map, json};

/// What makes this program the child of another run of it.
const CHILD: &str = "plugin-runner";
const ACCOUNTS: usize = 100_000;
const WHERE: [(&str, bool); 2] = [("in process", false), ("in a child", true)];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == CHILD) {
        let parent = arguments[3].parse().unwrap();
        lariat_native::run_child(Path::new(&arguments[2]), parent, None).unwrap();
        return;
    }
    let rows = arguments.into_iter().skip(1).find(|argument| !argument.starts_with("--"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // As a bot's: a task on one of the runtime's threads.
    runtime.block_on(async { tokio::spawn(calls(rows.clone().unwrap_or_default())).await.unwrap() });
    if rows.is_some() {
        return;
    }
    runtime.block_on(async { tokio::spawn(fetches()).await.unwrap() });
    runtime.block_on(async { tokio::spawn(reloads()).await.unwrap() });
}

async fn calls(rows: String) {
    println!("an empty call (`probe` of one instance): the median of 21 batches, and the best");
    let direct: Arc<dyn InstanceProvider> = Arc::new(StaticProvider::any());
    let base = probes(&*direct, 100_000).await;
    row("a direct call in Rust", base, None);
    for (place, child) in WHERE {
        for (how, can) in [
            ("answers at once", "CAN=LARIAT_CAN_CONCURRENT|LARIAT_CAN_ASYNC"),
            ("may block", "CAN=LARIAT_CAN_CONCURRENT"),
        ] {
            let name = format!("{place}, {how}");
            if !name.contains(&rows) {
                continue;
            }
            let bench = Bench::new();
            bench.plugin("p", &[can]);
            let plugin = only(&host(&bench, "fixture", "plugins/p/plugin.so", child));
            let provider = plugin.providers()[0].of([InstanceId(3)], &Map::new()).unwrap();
            let took = probes(
                &*provider,
                if child {
                    500
                } else if how == "answers at once" {
                    50_000
                } else {
                    2_000
                },
            )
            .await;
            row(&name, took, Some(base));
        }
    }
    println!("wanted: 300 ns over a direct call in process, 40 µs in a child\n");
}

fn row(name: &str, (median, best): (f64, f64), base: Option<(f64, f64)>) {
    let over = base.map_or_else(String::new, |(_, base)| format!("{:>12.0} ns over", best - base));
    println!("{name:<32} {median:>10.0} ns {best:>10.0} ns{over}");
}

/// Nanoseconds a call: the median of batches, and the best one.
async fn probes(provider: &dyn InstanceProvider, batch: u32) -> (f64, f64) {
    let mut took = Vec::new();
    for _ in 0..22 {
        let began = Instant::now();
        for _ in 0..batch {
            let state = provider.probe(std::hint::black_box(InstanceId(3))).await;
            assert_eq!(state, Ok(InstanceState::Ready));
        }
        took.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(batch));
    }
    // The first one warms up.
    took.remove(0);
    took.sort_by(f64::total_cmp);
    (took[took.len() / 2], took[0])
}

async fn fetches() {
    println!("a fetch of {ACCOUNTS} accounts of a Rust plugin: the median of 7, and the worst");
    for (place, child) in WHERE {
        let bench = Bench::new();
        let plugin = tour(&bench, child);
        let config = json!({"name": "P", "type": "rota", "config": {"count": ACCOUNTS}});
        let definition: PoolDefinition = serde_json::from_value(config).unwrap();
        let source = plugin.1.pool_types()[0].open(&definition).await.unwrap();
        let mut took = Vec::new();
        for _ in 0..7 {
            let began = Instant::now();
            let selection = source.fetch().await.unwrap();
            took.push(began.elapsed());
            assert_eq!(selection.accounts.len(), ACCOUNTS);
        }
        println!("{place:<32} {}", told(took));
    }
    println!("wanted: 0.5 s\n");
}

async fn reloads() {
    let size = std::fs::metadata(library()).unwrap().len();
    println!("a reload of a Rust plugin of {size} bytes: the median of 7, and the worst");
    for (place, child) in WHERE {
        let bench = Bench::new();
        let (host, plugin) = tour(&bench, child);
        let mut content = std::fs::read(library()).unwrap();
        let mut took = Vec::new();
        for generation in 2..9 {
            // Another file to everybody, the same code to the loader.
            content.push(0);
            bench.write("plugins/tour/liblariat_tour.so", &content);
            let began = Instant::now();
            let loaded = host.reload(plugin.id()).unwrap();
            took.push(began.elapsed());
            assert_eq!(loaded.generation(), generation);
        }
        println!("{place:<32} {}", told(took));
    }
    println!("wanted: 50 ms");
}

fn told(mut took: Vec<Duration>) -> String {
    took.sort();
    let [median, worst] = [took[took.len() / 2], took[took.len() - 1]].map(|it| it.as_secs_f64() * 1e3);
    format!("{median:>10.1} ms {worst:>10.1} ms")
}

/// The SDK's example, as cargo built it beside this program.
fn library() -> std::path::PathBuf {
    std::env::current_exe().unwrap().with_file_name("liblariat_tour.so")
}

fn tour(bench: &Bench, child: bool) -> (NativeHost, Arc<Plugin>) {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/rust/examples/tour/plugin.toml");
    bench.write("plugins/tour/plugin.toml", std::fs::read(manifest).unwrap());
    bench.write("plugins/tour/liblariat_tour.so", std::fs::read(library()).unwrap());
    let host = host(bench, "tour", "plugins/tour/liblariat_tour.so", child);
    let plugin = only(&host);
    (host, plugin)
}

fn host(bench: &Bench, id: &str, library: &str, child: bool) -> NativeHost {
    let mut options = bench.options();
    options.runner =
        Some(Runner { program: std::env::current_exe().unwrap(), arguments: vec![CHILD.into()] });
    let setting = PluginSetting { path: library.into(), sha256: None, process: child };
    options.settings.insert(id.into(), setting);
    NativeHost::new(options)
}
