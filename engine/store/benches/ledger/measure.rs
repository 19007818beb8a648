//! Cycles in many tasks for a time, and what they took.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// CPU seconds of this process, in steps of a hundredth.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

/// Cycles a second; how long one took, and how much of the processors, in seconds.
#[derive(Clone, Copy)]
pub struct Rate {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    pub cpu: f64,
}

pub fn middle(rates: &[Rate]) -> Rate {
    let mut rates = rates.to_vec();
    rates.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    rates[rates.len() / 2]
}

pub fn percentile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

/// Runs cycles in so many tasks for a time.
pub async fn cycles<F: Future<Output = ()> + Send>(
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

/// Makes the system count the peak anew; bytes in use now.
pub fn forget_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    resident()
}

/// Bytes in use now.
pub fn resident() -> u64 {
    status("VmRSS:")
}

/// The most bytes that were in use since [`forget_peak`].
pub fn peak() -> u64 {
    status("VmHWM:")
}

fn status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).map_or(0, |kib: u64| kib * 1024)
}
