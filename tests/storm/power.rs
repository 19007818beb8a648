//! Power loss: the program works, its disk is recorded, and the power is cut in thought at
//! many moments. Each disk that may be left must open, be whole, and hold everything that
//! was acknowledged before the cut.

use std::process::Stdio;

use lariat_core::test_support::Dice;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use serde_json::Value;

use crate::bench::Bench;
use crate::disk::{Deed, Disk, read, recorder};
use crate::heard::Heard;
use crate::kill::ROUTINE;
use crate::look::missing;

const ACCOUNTS: usize = 400;

/// Runs a launch to its end and gives what it did.
fn record(durability: &str) -> Vec<Deed> {
    let bench = Bench::with_accounts(ACCOUNTS, "retry_failed: true, max_failures: 3", ROUTINE);
    bench.write(
        "lariat.yaml",
        &format!("accounts: {{import: [accounts/]}}\nledger: {{durability: {durability}}}\n"),
    );
    bench.group("G", 0, 4, "");
    let record = bench.path("record");
    let mut command = bench.command(&["launch", "G", "--events"]);
    command.env("LD_PRELOAD", recorder(&bench.path(""))).env("LARIAT_DISK_RECORD", &record);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read(&record)
}

/// Cuts the power at `cuts` moments; gives at how many of them something was missing
/// that had been acknowledged, and what it was the first time.
fn cut(deeds: &[Deed], cuts: u64, dice: &mut Dice) -> (u64, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut moments: Vec<usize> = (0..cuts).map(|_| dice.below(deeds.len()) + 1).collect();
    moments.sort_unstable();
    let (mut disk, mut heard, mut text) = (Disk::new(), Heard::default(), Vec::new());
    let (mut lossy, mut first, mut at) = (0, String::new(), 0);
    for moment in moments {
        while at < moment {
            disk.happens(&deeds[at]);
            if let Deed::Say(said) = &deeds[at] {
                text.extend_from_slice(said);
                let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
                for line in text.drain(..whole).collect::<Vec<u8>>().split(|byte| *byte == b'\n') {
                    if let Ok(event) = serde_json::from_slice::<Value>(line) {
                        heard.hear(&event);
                    }
                }
            }
            at += 1;
        }
        let folder = tempfile::tempdir().unwrap();
        disk.fail(folder.path(), dice);
        let (missing, _) = runtime.block_on(missing(&folder.path().join("state.db"), &heard, 0));
        if !missing.is_empty() {
            lossy += 1;
            if first.is_empty() {
                first = format!("after {moment} of {} deeds: {missing:?}", deeds.len());
            }
        }
    }
    (lossy, first)
}

fn moments() -> (u64, Dice) {
    let seed = from_environment("SEED").unwrap_or_else(fresh_seed);
    eprintln!("SEED={seed}");
    (from_environment("LARIAT_POWER_CUTS").unwrap_or(100), Dice::new(seed))
}

#[test]
fn power_loss_at_any_moment_loses_nothing_acknowledged() {
    let deeds = record("full");
    let syncs = deeds.iter().filter(|deed| matches!(deed, Deed::Sync { .. })).count();
    let says = deeds.iter().filter(|deed| matches!(deed, Deed::Say(_))).count();
    assert!(syncs > 50 && says > 50, "{syncs} syncs and {says} sayings were recorded");
    let (cuts, mut dice) = moments();
    let (lossy, first) = cut(&deeds, cuts, &mut dice);
    assert_eq!(lossy, 0, "acknowledged and lost {first}");
}

/// `durability: fast` says that it may lose the last moments, and never more than that:
/// the database is whole. That the test sees it shows that the test would see a lost sync.
#[test]
fn without_the_sync_the_last_moments_are_lost_and_nothing_is_broken() {
    let deeds = record("fast");
    let (cuts, mut dice) = moments();
    let (lossy, _) = cut(&deeds, cuts / 2, &mut dice);
    assert!(lossy > 0, "no cut lost anything: the disk loses nothing");
}
