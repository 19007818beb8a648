//! How fast the ledger and its pools are beside what limits them:
//! `cargo bench -p lariat-store --bench ledger [-- --quick] [--bots N] [--rows N] [--only full|shuffled|fast]`.
//!
//! A *cycle* is one lease and one settlement, each acknowledged when durable. The
//! journal is the limit: a file to which whatever waits is appended at once, then
//! `fdatasync`. Compare ratios of one run; a machine's disk differs from hour to hour.
//!
//! | file | what it is |
//! |---|---|
//! | [`limits`] | the disk, the journal, SQLite without group commit |
//! | [`subject`] | a store whose accounts are leased and settled |
//! | [`pools`] | pools of a thousand to a million accounts: open, refresh, lease meanwhile |
//! | [`measure`] | cycles in many tasks, memory |
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::indexing_slicing)]

mod limits;
mod measure;
mod pools;
mod subject;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use lariat_core::account::Account;
use lariat_core::ids::PoolName;
use lariat_core::ledger::Ledger;
use lariat_core::records::{AccountSearch, Records as _};
use lariat_store::Durability;

use limits::{journal, raw_transactions, sync_latency};
use measure::middle;
use subject::Subject;

const BOTS: [usize; 4] = [1, 8, 64, 256];
const ROUNDS: usize = 3;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let span = Duration::from_millis(if quick { 400 } else { 1_500 });
    let rows = argument("--rows").unwrap_or(if quick { 100_000 } else { 1_000_000 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let (Some(pool), Some(file)) = (word("--pool"), word("--file")) {
        let span = argument("--ms").map_or(span, |ms| Duration::from_millis(ms as u64));
        return runtime.block_on(pools::one(&pool, file.as_ref(), rows, span));
    }
    runtime.block_on(run(span, rows));
}

async fn run(span: Duration, rows: usize) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    pools::table(folder, span, rows).await;

    let (median, p99) = sync_latency(folder);
    println!("\nfdatasync of 4 KiB: {:.0} µs, p99 {:.0} µs", median * 1e6, p99 * 1e6);
    println!("SQLite, a transaction for each row: {:.0} a second\n", raw_transactions(folder, span).await);
    let kinds = [
        ("ledger", "full", Durability::Full, false),
        ("ledger, random order", "shuffled", Durability::Full, true),
        ("ledger, durability: fast", "fast", Durability::Fast, false),
    ];
    let mut ledgers = Vec::new();
    for (title, name, durability, shuffled) in kinds {
        if word("--only").is_none_or(|only| only == name) {
            ledgers.push((title, Subject::open(folder, name, durability, shuffled).await));
        }
    }
    println!(
        "\n{:<26}{:>6}{:>12}{:>9}{:>9}{:>12}{:>8}",
        "", "bots", "cycles/s", "p50 ms", "p99 ms", "of journal", "CPU µs"
    );
    for bots in argument("--bots").map_or_else(|| BOTS.to_vec(), |bots| vec![bots]) {
        let mut rates = vec![Vec::new(); 1 + ledgers.len()];
        for _ in 0..ROUNDS {
            rates[0].push(journal(folder, bots, span).await);
            for (rates, (_, ledger)) in rates[1..].iter_mut().zip(&ledgers) {
                rates.push(ledger.measure(bots, span).await);
            }
        }
        let limit = middle(&rates[0]).per_second;
        let names = std::iter::once("journal, fdatasync").chain(ledgers.iter().map(|(name, _)| *name));
        for (name, rates) in names.zip(&rates) {
            let rate = middle(rates);
            println!(
                "{name:<26}{bots:>6}{:>12.0}{:>9.2}{:>9.2}{:>12.2}{:>8.0}",
                rate.per_second,
                rate.p50 * 1e3,
                rate.p99 * 1e3,
                rate.per_second / limit,
                rate.cpu * 1e6
            );
        }
    }
    if let Some((_, first)) = ledgers.first() {
        reading(first).await;
    }
}

/// What comes after an option on the command line.
fn word(option: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != option).nth(1)
}

fn argument(option: &str) -> Option<usize> {
    word(option)?.parse().ok()
}

async fn reading(subject: &Subject) {
    let begun = Instant::now();
    let history = subject.store.history(&PoolName::new("pool 0").unwrap()).await.unwrap();
    let took = begun.elapsed().as_secs_f64();
    println!("\nhistory of {} outcomes: {:.0} ms", history.outcomes.len(), took * 1e3);
    let begun = Instant::now();
    let mut exported = 0;
    let mut take = |some: Vec<Account>| {
        exported += some.len();
        ControlFlow::Continue(())
    };
    subject.store.all_accounts(&AccountSearch::default(), &mut take).await.unwrap();
    println!("export of {exported} accounts: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
}
