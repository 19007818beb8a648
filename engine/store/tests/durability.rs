//! What was acknowledged survives `kill -9`: a child process leases and settles and
//! says so on its standard output; it is killed at some moment; nothing it said is lost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{account, end, lease, pool};
use lariat_core::clock::{Clock, SystemClock};
use lariat_core::ids::AccountId;
use lariat_core::ledger::{Ledger, OutcomeState};
use lariat_core::outcome::{Disposition, FinalState};
use lariat_store::accounts::{AccountCounts, ImportAccount};
use lariat_store::{Store, StoreOptions};

const DATABASE: &str = "LARIAT_TEST_DATABASE";
const FIRST: &str = "LARIAT_TEST_FIRST";
const ACCOUNTS: usize = 4_000;
const BOTS: usize = 16;

fn name(number: usize) -> String {
    format!("account-{number}")
}

/// The child: not a test, unless it is told which database to work on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(database) = std::env::var_os(DATABASE) else { return };
    let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
    let store = Arc::new(Store::open(StoreOptions::new(PathBuf::from(database))).await.unwrap());
    let next = Arc::new(AtomicUsize::new(first));
    let bots = (0..BOTS).map(|_| {
        let (store, next) = (store.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let id = name(next.fetch_add(1, Ordering::SeqCst));
                let token = lease(&*store, &id, "pool").await;
                say(&format!("leased {id} {}", token.0));
                let settle = end(&id, "pool", token, Disposition::Completed, SystemClock.now());
                store.settle(settle).await.unwrap();
                say(&format!("settled {id} {}", token.0));
            }
        })
    });
    futures::future::join_all(bots).await;
}

fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").unwrap();
}

/// Lets a child work until it has said so many things, kills it, and gives back all
/// that it said: account and token by word.
fn run_and_kill(database: &Path, first: usize, lines: usize) -> BTreeMap<String, BTreeMap<AccountId, i64>> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(DATABASE, database)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said: BTreeMap<String, BTreeMap<AccountId, i64>> = BTreeMap::new();
    let mut heard = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        let [word @ ("leased" | "settled"), id, token] = words[..] else { continue };
        said.entry(word.to_owned()).or_default().insert(account(id), token.parse().unwrap());
        heard += 1;
        if heard == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    said
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("state.db");
    let store = Store::open(StoreOptions::new(&database)).await.unwrap();
    let rows =
        (0..ACCOUNTS).map(|number| ImportAccount { id: account(&name(number)), fields: Default::default() });
    store.import(rows.collect()).await.unwrap();
    store.close().await;

    let (mut settled, mut last_token, mut first) = (BTreeSet::new(), 0, 0);
    for lines in [1, 40, 133, 260, 391, 25] {
        let said = run_and_kill(&database, first, lines);
        let empty = BTreeMap::new();
        let (leased, ended) = (said.get("leased").unwrap_or(&empty), said.get("settled").unwrap_or(&empty));
        settled.extend(ended.keys().cloned());
        assert!(leased.values().all(|token| *token > last_token), "a token was given again");
        last_token = leased.values().copied().max().unwrap_or(last_token);

        let store = Store::open(StoreOptions::new(&database)).await.unwrap();
        let history = store.history(&pool("pool")).await.unwrap();
        let rescued: BTreeMap<_, _> =
            store.rescue().await.unwrap().into_iter().map(|lease| (lease.account, lease.token.0)).collect();
        let done: BTreeSet<_> = history.outcomes.iter().map(|outcome| outcome.account.clone()).collect();
        let completed = OutcomeState::Final(FinalState::Completed);
        assert!(history.outcomes.iter().all(|outcome| outcome.state == completed));
        assert!(settled.is_subset(&done), "lost: {:?}", settled.difference(&done));
        for (id, token) in leased {
            // Settled without having heard of it, or still leased with that token.
            assert!(done.contains(id) || rescued.get(id) == Some(token), "the lease of {id} was lost");
        }
        let total = ACCOUNTS as u64;
        let completed = done.len() as u64;
        let counts =
            AccountCounts { total, completed, available: total - completed, ..AccountCounts::default() };
        assert_eq!(store.count_accounts().await.unwrap(), counts, "rows and outcomes differ");
        assert_eq!(history.runs, completed);
        store.close().await;
        first = ACCOUNTS.min(first + lines + 2 * BOTS);
    }
    assert!(settled.len() > 100);
}
