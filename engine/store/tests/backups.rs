//! Backups: made beside a running engine, checked, private, never half; restored without
//! losing the damaged files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use common::{Fixture, account, end, field, latest_runs, lease, pool};
use jiff::Timestamp;
use lariat_core::clock::Clock;
use lariat_core::ledger::Ledger;
use lariat_core::outcome::Disposition;
use lariat_store::accounts::ImportAccount;
use lariat_store::backup::{self, folder};
use lariat_store::{Store, StoreError, check};
use serde_json::json;

async fn imported(store: &Store, count: usize) {
    let accounts = (0..count)
        .map(|n| ImportAccount { id: account(&format!("a{n:04}")), fields: Default::default() })
        .collect();
    store.import(accounts).await.unwrap();
}

fn damage(path: &Path) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    for page in 1..length / 4096 {
        file.write_all_at(&[0xA5; 512], page * 4096).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_made_beside_a_running_engine_and_holds_one_moment() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    imported(&store, 500).await;
    let token = lease(&store, "a0001", "one").await;
    store.settle(end("a0001", "one", token, Disposition::Completed, fixture.clock.now())).await.unwrap();
    let to = fixture.folder.path().join("backups/mine.db");
    let working = async {
        for n in 2..200 {
            let id = format!("a{n:04}");
            let token = lease(&store, &id, "one").await;
            let settle = end(&id, "one", token, Disposition::Completed, fixture.clock.now());
            store.settle(settle).await.unwrap();
        }
    };
    let (report, ()) = tokio::join!(backup::make(store.path(), &to), working);
    let report = report.unwrap();
    assert_eq!((report.accounts, report.path.as_path()), (500, to.as_path()));
    assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(check::thorough(&to).await.unwrap().is_empty());
    assert_eq!(names(to.parent().unwrap()), ["mine.db"], "nothing is left of the work");
    let again = backup::make(store.path(), &to).await.unwrap_err();
    assert!(matches!(again, StoreError::Exists { .. }), "{again}");
    let copy = Store::open(lariat_store::StoreOptions { path: to, ..fixture.options() }).await.unwrap();
    assert_eq!(field(&copy, "a0001", "status").await, json!("completed"));
    let outcomes = copy.history(&pool("one")).await.unwrap().outcomes.len() as u64;
    assert_eq!(copy.count_accounts().await.unwrap().completed, outcomes, "of one moment");
}

#[tokio::test]
async fn a_damaged_store_is_refused_and_restored_from_the_last_good_backup() {
    let fixture = Fixture::new();
    let path = fixture.options().path;
    let backups = path.parent().unwrap().join("backups");
    let store = fixture.open().await;
    imported(&store, 300).await;
    let at =
        |minute: u64| "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + Duration::from_secs(60 * minute);
    backup::make(&path, &backups.join(folder::name(at(1)))).await.unwrap();
    let token = lease(&store, "a0000", "one").await;
    let settle = end("a0000", "one", token, Disposition::Completed, fixture.clock.now());
    store.settle(settle).await.unwrap();
    backup::make(&path, &backups.join(folder::name(at(2)))).await.unwrap();
    backup::make(&path, &backups.join(folder::name(at(3)))).await.unwrap();
    let lost = lease(&store, "a0001", "one").await;
    let busy = backup::restore(&path, &backups.join(folder::name(at(2))), at(9)).await.unwrap_err();
    assert!(matches!(busy, StoreError::Busy { .. }), "{busy}");
    store.close().await;

    damage(&path);
    damage(&backups.join(folder::name(at(3))));
    let refused = Store::open(fixture.options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("doctor --repair"), "{refused}");
    assert!(!check::quick(&path).await.is_ok_and(|problems| problems.is_empty()));

    let good = backup::latest_good(&path, &backups).await.unwrap();
    assert_eq!(good.taken_at, at(2), "the newest is bad");
    let report = backup::restore(&path, &good.path, at(9)).await.unwrap();
    assert!(names(&report.moved_to).contains(&"state.db".to_owned()), "the damaged one is kept");
    assert!(check::thorough(&path).await.unwrap().is_empty());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let store = fixture.open().await;
    store.rescue().await.unwrap();
    assert_eq!(field(&store, "a0000", "status").await, json!("completed"));
    assert!(lease(&store, "a0001", "one").await > lost, "no token is given twice");
    assert_eq!(names(path.parent().unwrap()).iter().filter(|name| name.contains("repair")).count(), 0);
}

/// After an engine that didn't end well, also what a start doesn't read by itself.
#[tokio::test]
async fn damage_deep_inside_is_found_after_a_crash() {
    use std::os::unix::fs::FileExt;

    let fixture = Fixture::new();
    let store = fixture.open().await;
    imported(&store, 5_000).await;
    store.close().await;
    let store = fixture.open().await;
    lease(&store, "a0001", "one").await;
    // What a crash leaves: the database, and its log.
    let crashed = fixture.folder.path().join("crashed.db");
    std::fs::copy(store.path(), &crashed).unwrap();
    let log = |path: &Path| std::path::PathBuf::from(format!("{}-wal", path.display()));
    std::fs::copy(log(store.path()), log(&crashed)).unwrap();
    let options = || lariat_store::StoreOptions { path: crashed.clone(), ..fixture.options() };
    Store::open(options()).await.unwrap().close().await;
    std::fs::copy(log(store.path()), log(&crashed)).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&crashed).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    file.write_all_at(&[0xA5; 4096], (pages / 2) * 4096).unwrap();
    let refused = Store::open(options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn without_a_good_backup_nothing_is_touched() {
    let fixture = Fixture::new();
    let path = fixture.options().path;
    let store = fixture.open().await;
    imported(&store, 300).await;
    store.close().await;
    damage(&path);
    let before = std::fs::read(&path).unwrap();
    let none = backup::latest_good(&path, &path.with_file_name("backups")).await.unwrap_err();
    assert!(matches!(none, StoreError::NoBackup { tried: 0, .. }), "{none}");
    let bad = path.with_file_name("bad.db");
    std::fs::write(&bad, b"this is no database").unwrap();
    backup::restore(&path, &bad, Timestamp::now()).await.unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(matches!(Store::open(fixture.options()).await, Err(StoreError::Damaged { .. })));
}

#[tokio::test]
async fn old_backups_are_thinned_out() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let backups = fixture.folder.path().join("backups");
    let at =
        |minute: u64| "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + Duration::from_secs(60 * minute);
    for minute in 0..4 {
        backup::make(store.path(), &backups.join(folder::name(at(minute)))).await.unwrap();
    }
    std::fs::write(backups.join("mine.db"), "kept").unwrap();
    let day = Duration::from_secs(90_000);
    for (name, age) in [("state-x.db.1.tmp", day), ("state-x.db.2.tmp", Duration::ZERO), ("other.tmp", day)] {
        let file = std::fs::File::create(backups.join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - age).unwrap();
    }
    assert_eq!(folder::thin_out(&backups, 2).unwrap().len(), 2);
    let left: Vec<Timestamp> = folder::list(&backups).unwrap().iter().map(|backup| backup.taken_at).collect();
    assert_eq!(left, [at(3), at(2)]);
    let kept = |name: &str| names(&backups).contains(&name.to_owned());
    assert!(kept("mine.db") && kept("other.tmp") && kept("state-x.db.2.tmp"), "somebody's, or under way");
    assert!(!kept("state-x.db.1.tmp"), "of one that was killed");
}

#[tokio::test]
async fn attempts_are_pruned_by_number_and_age() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    for n in 0..2_500 {
        let id = format!("a{n:04}");
        let token = lease(&store, &id, "one").await;
        let settle = end(&id, "one", token, Disposition::Completed, fixture.clock.now());
        store.settle(settle).await.unwrap();
        if n == 2_399 {
            fixture.clock.advance(Duration::from_secs(86_400));
        }
    }
    assert_eq!(store.prune_attempts(None, None).await.unwrap(), 0);
    assert_eq!(store.prune_attempts(Some(500), None).await.unwrap(), 2_000);
    let since = fixture.clock.now() - Duration::from_secs(3_600);
    assert_eq!(store.prune_attempts(Some(1_000_000), Some(since)).await.unwrap(), 400);
    let left = latest_runs(&store, None, 10_000).await;
    assert_eq!((left.len(), left[0].account.clone()), (100, Some(account("a2499"))));
    assert_eq!(store.history(&pool("one")).await.unwrap().outcomes.len(), 2_500, "outcomes stay");
}
