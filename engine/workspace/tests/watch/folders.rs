//! Folders that go and come, and that weren't there.

use std::fs;
use std::os::unix::fs::symlink;

use lariat_workspace::watch::Area;
use lariat_workspace::watch::What::{Changed, Created, Removed};

use crate::{POOL, Watched, area, put};

#[test]
fn an_empty_workspace_is_watched_from_the_start() {
    let mut it = Watched::with(&[]);
    put(&it.path("pools/gold.yaml"), POOL);
    it.tells(&[("pools/gold.yaml", Created)]);
    put(&it.path("lariat.yaml"), "version: 1\n");
    it.tells(&[("lariat.yaml", Created)]);
    put(&it.path("plugins/x/plugin.toml"), "id = 1\n");
    it.tells(&[("plugins/x/plugin.toml", Created)]);
}

#[test]
fn a_folder_that_is_deleted_and_made_again_is_watched_again() {
    let mut it = Watched::with(&[("pools/gold.yaml", POOL)]);
    for round in 0..3 {
        fs::remove_dir_all(it.path("pools")).unwrap();
        it.tells(&[("pools/gold.yaml", Removed)]);
        put(&it.path("pools/gold.yaml"), POOL);
        it.tells(&[("pools/gold.yaml", Created)]);
        fs::write(it.path("pools/gold.yaml"), format!("{POOL}version: {round}\n")).unwrap();
        it.tells(&[("pools/gold.yaml", Changed)]);
        fs::write(it.path("pools/gold.yaml"), POOL).unwrap();
        it.tells(&[("pools/gold.yaml", Changed)]);
    }
}

#[test]
fn a_folder_that_is_replaced_within_a_moment_is_watched_again() {
    let mut it = Watched::with(&[("pools/gold.yaml", POOL)]);
    fs::rename(it.path("pools"), it.path("old")).unwrap();
    put(&it.path("pools/silver.yaml"), "name: Silver\n");
    it.tells(&[("pools/gold.yaml", Removed), ("pools/silver.yaml", Created)]);
    fs::write(it.path("pools/silver.yaml"), "name: Bronze\n").unwrap();
    it.tells(&[("pools/silver.yaml", Changed)]);
    // What was moved away isn't ours any more.
    fs::write(it.path("old/gold.yaml"), "name: Elsewhere\n").unwrap();
    assert_eq!(it.rest(), []);
}

#[test]
fn a_folder_behind_a_link_is_watched_and_so_is_the_link() {
    let mut it = Watched::with(&[("v1/gold.yaml", POOL), ("v2/gold.yaml", "name: Two\n")]);
    symlink("v1", it.path("pools")).unwrap();
    it.tells(&[("pools/gold.yaml", Created)]);
    fs::write(it.path("v1/gold.yaml"), "name: One\n").unwrap();
    it.tells(&[("pools/gold.yaml", Changed)]);
    symlink("v2", it.path("link")).unwrap();
    fs::rename(it.path("link"), it.path("pools")).unwrap();
    it.tells(&[("pools/gold.yaml", Changed)]);
    fs::write(it.path("v2/gold.yaml"), "name: Three\n").unwrap();
    it.tells(&[("pools/gold.yaml", Changed)]);
}

#[test]
fn files_deep_below_are_seen_wherever_folders_come_from() {
    let mut it = Watched::with(&[("scripts/routines/a.lua", "return 1")]);
    put(&it.path("scripts/routines/deep/er/b.lua"), "return 2");
    it.tells(&[("scripts/routines/deep/er/b.lua", Created)]);
    fs::write(it.path("scripts/routines/deep/er/b.lua"), "return 3").unwrap();
    it.tells(&[("scripts/routines/deep/er/b.lua", Changed)]);
    put(&it.path("made/c.lua"), "return 4");
    fs::rename(it.path("made"), it.path("scripts/routines/made")).unwrap();
    it.tells(&[("scripts/routines/made/c.lua", Created)]);
    fs::write(it.path("scripts/routines/made/c.lua"), "return 5").unwrap();
    it.tells(&[("scripts/routines/made/c.lua", Changed)]);
}

#[test]
fn account_folders_are_watched_while_they_are_wanted() {
    let mut it = Watched::with(&[("accounts/xml/a.xml", "<a/>")]);
    it.accounts("accounts/xml");
    put(&it.path("accounts/xml/b.xml"), "<b/>");
    let told = it.next();
    assert_eq!(told.len(), 1);
    assert_eq!(area(&told[0]), Area::Accounts("accounts/xml".into()));
    fs::remove_dir_all(it.path("accounts")).unwrap();
    it.tells(&[("accounts/xml/a.xml", Removed), ("accounts/xml/b.xml", Removed)]);
    put(&it.path("accounts/xml/c.xml"), "<c/>");
    it.tells(&[("accounts/xml/c.xml", Created)]);
    it.watch.account_folders(Default::default());
    put(&it.path("accounts/xml/d.xml"), "<d/>");
    assert_eq!(it.rest(), []);
}

#[test]
fn other_files_of_the_root_are_nobodys_business() {
    let mut it = Watched::with(&[]);
    put(&it.path("notes.yaml"), "x");
    put(&it.path(".lariat/state.db"), "x");
    put(&it.path("pools/readme.txt"), "x");
    assert_eq!(it.rest(), []);
}
