//! A `file` pool of account XML, beside reading the same files and doing nothing with
//! them (the bound): `cargo bench -p lariat-accounts`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use lariat_accounts::FilePoolType;
use lariat_core::definition::PoolDefinition;
use serde_json::json;

/// A file that was just written is read again, since it may still be changing.
const SETTLE: Duration = Duration::from_millis(200);

fn main() {
    println!("medians, files in the page cache");
    println!(
        "{:>8} {:>12} {:>12} {:>12} {:>12} {:>8}",
        "files", "read only", "open", "refresh", "1 changed", "ratio"
    );
    for count in [100, 1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), count);
        std::thread::sleep(SETTLE);
        let definition: PoolDefinition = serde_json::from_value(json!({
            "name": "P", "type": "file", "directory": "accounts", "pool_config": {"sort_method": "packs_desc"}
        }))
        .unwrap();
        let pools = FilePoolType::new(folder.path());
        let read = median(9, || read_all(folder.path(), count));
        let open = median(9, || {
            let source = pools.source(&definition).unwrap();
            assert_eq!(source.fetch_blocking().unwrap().accounts.len(), count);
        });
        let source = pools.source(&definition).unwrap();
        source.fetch_blocking().unwrap();
        let refresh = median(9, || assert_eq!(source.fetch_blocking().unwrap().accounts.len(), count));
        let changed = median(5, || {
            write(folder.path(), 0);
            assert_eq!(source.fetch_blocking().unwrap().accounts.len(), count);
        });
        let ratio = open.as_secs_f64() / read.as_secs_f64();
        println!("{count:>8} {read:>12.1?} {open:>12.1?} {refresh:>12.1?} {changed:>12.1?} {ratio:>8.2}");
    }
    println!("\nratio: open / read only");
}

fn fill(root: &Path, count: usize) {
    for n in 0..count {
        write(root, n);
    }
}

fn path(root: &Path, n: usize) -> std::path::PathBuf {
    root.join(format!("accounts/{:02}/account-{n}.xml", n % 20))
}

fn write(root: &Path, n: usize) {
    let path = path(root, n);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = format!(
        "<map><string name=\"deviceAccount\">account-{n}</string><string name=\"devicePassword\">made-up</string>\
         <int name=\"packCount\" value=\"{}\"/><string name=\"region\">north</string></map>",
        n % 97
    );
    std::fs::write(path, text).unwrap();
}

fn read_all(root: &Path, count: usize) {
    let bytes: usize = (0..count).map(|n| std::fs::read(path(root, n)).unwrap().len()).sum();
    assert!(bytes > 0);
}

fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}
