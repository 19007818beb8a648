//! Every commit and outside effect of the engine, made to fail and to be the last thing
//! that its process does: afterwards nothing acknowledged is lost, nothing is done twice,
//! and nothing is held. A new site must be given a case here.

use std::collections::BTreeMap;
use std::process::Stdio;

use lariat_core::failpoint::{Site, VARIABLE};
use serde_json::Value;

use crate::bench::{Bench, Ran};

const ACCOUNTS: usize = 8;

/// What brings an engine to a site.
#[derive(Clone, Copy)]
enum Case {
    /// A launch of the group. It ends with this exit code when the site fails at first.
    Launch { at: &'static str, code: i32 },
    /// The same, of a group without a pool.
    Free,
    /// Another command, which fails with the site.
    Command(&'static [&'static str]),
    /// The repair of a damaged store.
    Repair,
}

/// The table: which case exercises which site. There is no other way to add one.
fn case(site: Site) -> Case {
    let launch = |at, code| Case::Launch { at, code };
    match site {
        // Bots wait until these work again.
        Site::StoreLease => launch("@2-4", 0),
        Site::StoreLeaseDone => launch("@2", 0),
        Site::StoreSettle => launch("@2-4", 0),
        Site::StoreSettleDone => launch("@2", 0),
        // The first are those of the import, which a start can't do without.
        Site::StoreSync => launch("@8-9", 0),
        Site::StorePool => launch("@2-3", 0),
        // The first is the import's, which a start can't do without.
        Site::StoreKeep => launch("@2-3", 0),
        Site::StoreAttempt => Case::Free,
        // Chores try again by themselves.
        Site::StoreRenew | Site::StoreRenewCommit => launch("@1", 0),
        Site::StorePrune => launch("@1", 0),
        Site::StoreSelection => launch("@1", 0),
        // A source that wasn't told is logged; one that couldn't be asked is passed over.
        Site::SourceClaim => launch("@2", 0),
        Site::SourceSettle => launch("@2", 0),
        // A start that can't be made is given up.
        Site::StoreImport => launch("@1", 1),
        Site::StoreRescue => launch("@1", 1),
        Site::StoreHistory => launch("@1", 1),
        Site::SourceFetch => launch("@1", 1),
        // A command that fails has changed nothing.
        Site::StoreReset => Case::Command(&["pool", "reset", "P", "--yes"]),
        Site::StoreAccountsReset => Case::Command(&["account", "reset", "a00000", "--yes"]),
        Site::StoreBackup => Case::Command(&["backup"]),
        Site::DefinitionSave => Case::Command(&["group", "set-pool", "G", "Q"]),
        Site::StoreRestore => Case::Repair,
    }
}

fn bench() -> Bench {
    let bench = Bench::with_accounts(
        ACCOUNTS,
        "lease_ttl: 1s",
        "ctx.store:set('last', tostring(ctx.instance))
         if ctx.account and ctx.account.id == 'a00000' then ctx:sleep('700ms') end
         return { n = 1 }",
    );
    bench.pool("Q", "");
    bench.group("G", 0, 2, "");
    bench.group_of("H", "R", None, 5, 1, "");
    bench
}

fn armed(bench: &Bench, site: Site, action: &str, args: &[&str]) -> Ran {
    let output = bench
        .command(args)
        .env(VARIABLE, format!("{}={action}", site.name()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Settlements by account, as they were acknowledged; the last line of a killed engine
/// may be half.
fn acknowledged(ran: &Ran, told: &mut BTreeMap<String, usize>) {
    for event in ran.out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if event["type"] == "lease.settled" && event["outcome"] == "completed" {
            *told.entry(event["account"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
}

/// Runs what is left, and checks the promises.
fn all_is_well(bench: &Bench, mut told: BTreeMap<String, usize>, about: &str) {
    let before = told.clone();
    let rest = bench.run(&["launch", "G", "--events"]);
    assert_eq!(rest.code, 0, "{about}: {}", rest.err);
    acknowledged(&rest, &mut told);
    let twice: Vec<_> = told.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{about}: acknowledged, and done again: {twice:?}");
    let counts = bench.pool_counts();
    let seen = (counts["completed"].as_u64(), counts["in_use"].as_u64());
    assert_eq!(seen, (Some(ACCOUNTS as u64), Some(0)), "{about}: {counts}, {before:?}");
    let stats = bench.json(&["pool", "stats", "P"]);
    assert_eq!(stats["totals"]["n"].as_u64(), Some(ACCOUNTS as u64), "{about}: each is counted once");
    let doctor = bench.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "{about}: {}", doctor.out);
}

fn try_site(site: Site, action: &str) {
    let (bench, about) = (bench(), format!("{}={action}", site.name()));
    let kills = action == "kill";
    let mut told = BTreeMap::new();
    match case(site) {
        Case::Launch { at, code } => {
            let at = if kills { at.split('-').next().unwrap() } else { at };
            let ran = armed(&bench, site, &format!("{action}{at}"), &["launch", "G", "--events"]);
            assert_eq!(ran.code, if kills { -1 } else { code }, "{about}: {}", ran.err);
            acknowledged(&ran, &mut told);
        }
        Case::Free => {
            let ran = armed(&bench, site, &format!("{action}@1"), &["launch", "H"]);
            assert_eq!(ran.code, if kills { -1 } else { 0 }, "{about}: {}", ran.err);
            bench.run(&["launch", "H"]).exits(0);
        }
        Case::Command(args) => {
            acknowledged(&bench.run(&["launch", "G", "--events"]).exits(0), &mut told);
            let ran = armed(&bench, site, &format!("{action}@1"), args);
            assert_eq!(ran.code, if kills { -1 } else { 1 }, "{about}: {}", ran.err);
            assert_eq!(bench.pool_counts()["completed"], ACCOUNTS, "{about}: nothing was changed");
            assert_eq!(bench.json(&["group", "show", "G"])["account_pool"], "P", "{about}");
        }
        Case::Repair => {
            acknowledged(&bench.run(&["launch", "G", "--events"]).exits(0), &mut told);
            bench.run(&["backup"]).exits(0);
            bench.write(".lariat/state.db", &"this is no database ".repeat(1_000));
            let ran = armed(&bench, site, &format!("{action}@1"), &["doctor", "--repair", "--yes"]);
            assert_eq!(ran.code, if kills { -1 } else { 1 }, "{about}: {}", ran.err);
            bench.run(&["launch", "G"]).exits(1).says("doctor --repair");
            bench.run(&["doctor", "--repair", "--yes"]).exits(0).says("restored the backup");
        }
    }
    all_is_well(&bench, told, &about);
}

fn try_all(action: &str) {
    const AT_ONCE: usize = 4;
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(site) = Site::ALL.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    try_site(*site, action);
                }
            });
        }
    });
}

#[test]
fn every_site_may_fail() {
    try_all("error");
}

#[test]
fn every_site_may_be_the_last_thing_a_process_does() {
    try_all("kill");
}

#[test]
fn every_site_may_be_slow() {
    for site in [Site::StoreLease, Site::StoreSettle, Site::StoreSettleDone, Site::StoreKeep] {
        let bench = bench();
        let ran = armed(&bench, site, "delay(150ms)@1-3", &["launch", "G", "--events"]).exits(0);
        let mut told = BTreeMap::new();
        acknowledged(&ran, &mut told);
        all_is_well(&bench, told, site.name());
    }
}

#[test]
fn a_panic_of_the_writer_is_as_good_as_a_crash() {
    for site in [Site::StoreSettle, Site::StoreLeaseDone] {
        let bench = bench();
        let ran = armed(&bench, site, "panic@2", &["launch", "G", "--events"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        let mut told = BTreeMap::new();
        acknowledged(&ran, &mut told);
        all_is_well(&bench, told, site.name());
    }
}

#[test]
fn what_cannot_be_armed_is_told() {
    let bench = Bench::new();
    let ran = bench.command(&["pool", "list"]).env(VARIABLE, "nowhere=error").output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("store.settle"), "the sites are listed");
}
