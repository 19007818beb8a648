//! How fast the ledger is beside what limits it: `cargo bench -p lariat-store --bench ledger`.
//!
//! A *cycle* is one lease and one settlement, each acknowledged when durable. The
//! journal is the limit: a file to which whatever waits is appended at once, then
//! `fdatasync`. Compare ratios of one run; a machine's disk differs from hour to hour.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::indexing_slicing)]

use std::fs::File;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::{Holder, LeaseDecision, LeaseRequest, Ledger, SettleRequest};
use lariat_core::outcome::Disposition;
use lariat_store::accounts::ImportAccount;
use lariat_store::{Durability, Store, StoreOptions};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

const BOTS: [usize; 4] = [1, 8, 64, 256];
const ACCOUNTS: usize = 100_000;
const ROUNDS: usize = 3;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let span = Duration::from_millis(if quick { 400 } else { 1_500 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(span));
}

async fn run(span: Duration) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    let (median, p99) = sync_latency(folder);
    println!("fdatasync of 4 KiB: {:.0} µs, p99 {:.0} µs\n", median * 1e6, p99 * 1e6);

    let ledgers = [
        ("ledger", Subject::open(folder, "full", Durability::Full, false).await),
        ("ledger, random order", Subject::open(folder, "shuffled", Durability::Full, true).await),
        ("ledger, durability: fast", Subject::open(folder, "fast", Durability::Fast, false).await),
    ];
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
    reading(&ledgers[0].1).await;
}

/// The number after a word on the command line.
fn argument(word: &str) -> Option<usize> {
    std::env::args().skip_while(|argument| argument != word).nth(1)?.parse().ok()
}

/// CPU seconds of this process, in steps of a hundredth.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

/// Cycles a second; how long one took, and how much of the processors, in seconds.
#[derive(Clone, Copy)]
struct Rate {
    per_second: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

fn middle(rates: &[Rate]) -> Rate {
    let mut rates = rates.to_vec();
    rates.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rates[rates.len() / 2]
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn sync_latency(folder: &Path) -> (f64, f64) {
    let mut file = File::create(folder.join("sync")).unwrap();
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (percentile(&times, 0.5), percentile(&times, 0.99))
}

/// Runs cycles in so many tasks for a time.
async fn cycles<F: Future<Output = ()> + Send>(
    bots: usize,
    span: Duration,
    cycle: impl Fn() -> F + Clone + Send + 'static,
) -> Rate {
    let stop = Arc::new(AtomicBool::new(false));
    let cpu = cpu_seconds();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..bots)
        .map(|_| {
            let (stop, cycle) = (stop.clone(), cycle.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    cycle().await;
                    times.push(begun.elapsed().as_secs_f64());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(span).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let elapsed = begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Rate {
        per_second: times.len() as f64 / elapsed,
        p50: percentile(&times, 0.5),
        p99: percentile(&times, 0.99),
        cpu: (cpu_seconds() - cpu) / times.len() as f64,
    }
}

async fn journal(folder: &Path, bots: usize, span: Duration) -> Rate {
    let (sender, mut requests) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
    let mut file = File::create(folder.join("journal")).unwrap();
    let writer = std::thread::spawn(move || {
        let mut waiting = Vec::new();
        let mut records = Vec::new();
        while let Some(first) = requests.blocking_recv() {
            waiting.push(first);
            while let Ok(next) = requests.try_recv() {
                waiting.push(next);
            }
            records.resize(waiting.len() * 150, b'x');
            file.write_all(&records).unwrap();
            file.sync_data().unwrap();
            waiting.drain(..).for_each(|reply| _ = reply.send(()));
        }
    });
    let rate = cycles(bots, span, move || {
        let sender = sender.clone();
        async move {
            for _ in 0..2 {
                let (reply, answer) = oneshot::channel();
                sender.send(reply).unwrap();
                answer.await.unwrap();
            }
        }
    })
    .await;
    writer.join().unwrap();
    rate
}

/// A store with accounts, each of which is leased and completed once a pool.
struct Subject {
    store: Arc<Store>,
    accounts: Arc<Vec<AccountId>>,
    next: Arc<AtomicUsize>,
    holder: Holder,
}

impl Subject {
    async fn open(folder: &Path, name: &str, durability: Durability, shuffled: bool) -> Self {
        let options = StoreOptions::new(folder.join(name).join("state.db")).durability(durability);
        let store = Arc::new(Store::open(options).await.unwrap());
        let mut accounts: Vec<_> =
            (0..ACCOUNTS).map(|number| AccountId::new(format!("account-{number:07}")).unwrap()).collect();
        let rows = accounts.iter().enumerate().map(|(number, id)| {
            let fields = json!({
                "pack_count": number % 50, "xml_path": format!("accounts/{id}.xml"),
                "device": "pixel", "note": "as imported", "password": "hunter2hunter2",
            });
            ImportAccount { id: id.clone(), fields: fields.as_object().unwrap().clone() }
        });
        let rows: Vec<_> = rows.collect();
        let begun = Instant::now();
        store.import(rows.clone()).await.unwrap();
        let imported = begun.elapsed();
        store.import(rows).await.unwrap();
        println!(
            "{name}: import of {} accounts {:.2} s, again {:.2} s",
            accounts.len(),
            imported.as_secs_f64(),
            (begun.elapsed() - imported).as_secs_f64()
        );
        if shuffled {
            let len = accounts.len();
            (1..len).for_each(|place| accounts.swap(place, place.wrapping_mul(2_654_435_761) % (place + 1)));
        }
        let holder = Holder {
            launch: LaunchId::random(),
            group: GroupName::new("Premium Farmers").unwrap(),
            instance: InstanceId(1),
            routine: "OpenPacks".into(),
            generation: 1,
        };
        Self { store, accounts: Arc::new(accounts), next: Arc::default(), holder }
    }

    async fn measure(&self, bots: usize, span: Duration) -> Rate {
        let (store, accounts, next) = (self.store.clone(), self.accounts.clone(), self.next.clone());
        let holder = self.holder.clone();
        cycles(bots, span, move || {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let account = accounts[place % accounts.len()].clone();
            let pool = PoolName::new(format!("pool {}", place / accounts.len())).unwrap();
            cycle(store.clone(), account, pool, holder.clone())
        })
        .await
    }
}

async fn cycle(ledger: Arc<Store>, account: AccountId, pool: PoolName, holder: Holder) {
    let request = LeaseRequest {
        account: account.clone(),
        pool: pool.clone(),
        holder: holder.clone(),
        ttl: Duration::from_secs(600),
        repeat_after: None,
    };
    let LeaseDecision::Granted { token } = ledger.lease(request).await.unwrap() else { return };
    let request = SettleRequest {
        token,
        account,
        pool,
        holder,
        disposition: Disposition::Completed,
        failures: 0,
        error: None,
        result: json!({"packs_opened": 10, "cards_found": 5}).as_object().unwrap().clone(),
        started: Some(jiff::Timestamp::now()),
        elapsed: Duration::from_millis(50),
    };
    ledger.settle(request).await.unwrap();
}

async fn reading(subject: &Subject) {
    let begun = Instant::now();
    let history = subject.store.history(&PoolName::new("pool 0").unwrap()).await.unwrap();
    let took = begun.elapsed().as_secs_f64();
    println!("\nhistory of {} outcomes: {:.0} ms", history.outcomes.len(), took * 1e3);
    let begun = Instant::now();
    let exported = subject.store.export().await.unwrap().len();
    println!("export of {exported} accounts: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
}
