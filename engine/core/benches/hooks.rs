//! What hooks add to a launch: the same launch without any, with 20, and with 20 at
//! every point: `cargo bench -p lariat-core --bench hooks`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table"
)]

#[path = "../tests/world/mod.rs"]
mod world;

use std::time::{Duration, Instant};

use lariat_core::hook::{HookPoint, Verdict};
use world::hooks::{add, at, simple};
use world::{World, group};

const LAUNCHES: usize = 301;
const HOOKS: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let everywhere: Vec<String> = HookPoint::all().map(|point| point.to_string()).collect();
    let everywhere: Vec<&str> = everywhere.iter().map(String::as_str).collect();
    runtime.block_on(async {
        let without = median(&simple()).await;
        println!("medians of {LAUNCHES} launches of two bots that end at once");
        println!("{:<24} {:>10} {:>10} {:>14}", "", "launch", "added", "a call adds");
        println!("{:<24} {without:>10.1?} {:>10} {:>14}", "without hooks", "-", "-");
        for (name, points) in
            [("20 before:validate", &["before:validate"][..]), ("20 at every point", &everywhere)]
        {
            let world = simple();
            for n in 0..HOOKS {
                add(&world.hooks, at(&format!("h{n:02}"), points), |_| async { Ok(Verdict::Continue) });
            }
            let with = median(&world).await;
            let added = with.saturating_sub(without);
            // Nothing fails here.
            let calls = points.iter().filter(|point| !point.starts_with("error")).count() * HOOKS;
            let each = added / u32::try_from(calls).unwrap();
            println!("{name:<24} {with:>10.1?} {added:>10.1?} {each:>14.1?}");
        }
        println!("\ntarget: 20 hooks add at most 5 ms to a launch");
    });
}

async fn median(world: &World) -> Duration {
    let name = group("G");
    let mut took = Vec::new();
    for _ in 0..LAUNCHES {
        let began = Instant::now();
        assert!(world.launch(&name).await.success);
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[LAUNCHES / 2]
}
