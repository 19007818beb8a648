//! What limits a ledger: the disk's sync, a journal that does nothing else, and SQLite
//! with a transaction for each change.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor};
use tokio::sync::{mpsc, oneshot};

use crate::measure::{Rate, cycles, percentile};

/// Median and 99th percentile, in seconds.
pub fn sync_latency(folder: &Path) -> (f64, f64) {
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

/// Appends whatever waits at once, then syncs.
pub async fn journal(folder: &Path, bots: usize, span: Duration) -> Rate {
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

/// One transaction after the other, each with a row, by hand: what group commit saves.
/// Transactions a second.
pub async fn raw_transactions(folder: &Path, span: Duration) -> f64 {
    let mut conn = SqliteConnectOptions::new()
        .filename(folder.join("raw.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap();
    conn.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, what TEXT)").await.unwrap();
    let begun = Instant::now();
    let mut done = 0_u32;
    while begun.elapsed() < span {
        sqlx::query("BEGIN IMMEDIATE; INSERT INTO t (what) VALUES (hex(randomblob(75))); COMMIT")
            .execute(&mut conn)
            .await
            .unwrap();
        done += 1;
    }
    f64::from(done) / begun.elapsed().as_secs_f64()
}
