//! The ways in which editors and tools save, as the system calls they make.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use lariat_workspace::watch::What::{Changed, Created, Removed};

use crate::{POOL, Watched, put};

const GOLD: &str = "pools/gold.yaml";

fn gold() -> Watched {
    Watched::with(&[(GOLD, POOL), ("pools/other.yaml", "name: Other\n"), ("groups/g.yaml", "name: G\n")])
}

fn edited() -> String {
    POOL.replace("accounts", "others")
}

/// `echo … > file`, nano: truncated and written in place.
#[test]
fn in_place() {
    let mut it = gold();
    fs::write(it.path(GOLD), edited()).unwrap();
    it.tells(&[(GOLD, Changed)]);
}

/// vim with its defaults: probes whether it can write (4913), moves the file to its
/// backup, writes it anew, sets its mode, syncs, removes the backup; swap file throughout.
#[test]
fn vim() {
    let mut it = gold();
    fs::write(it.path("pools/.gold.yaml.swp"), "swap").unwrap();
    fs::write(it.path("pools/4913"), "").unwrap();
    fs::remove_file(it.path("pools/4913")).unwrap();
    fs::rename(it.path(GOLD), it.path("pools/gold.yaml~")).unwrap();
    let mut file = File::create(it.path(GOLD)).unwrap();
    file.write_all(edited().as_bytes()).unwrap();
    file.sync_all().unwrap();
    drop(file);
    fs::set_permissions(it.path(GOLD), fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(it.path("pools/gold.yaml~")).unwrap();
    fs::remove_file(it.path("pools/.gold.yaml.swp")).unwrap();
    it.tells(&[(GOLD, Changed)]);
}

/// `sed -i`, VS Code, most others: a temporary file beside it, renamed over it.
#[test]
fn renamed_over() {
    for temporary in ["pools/sedXk2Jd9", "pools/gold.yaml.tmp.4242", "pools/.gold.yaml.vsctmp"] {
        let mut it = gold();
        let mut file = File::create(it.path(temporary)).unwrap();
        file.write_all(edited().as_bytes()).unwrap();
        file.sync_all().unwrap();
        drop(file);
        fs::set_permissions(it.path(temporary), fs::metadata(it.path(GOLD)).unwrap().permissions()).unwrap();
        fs::rename(it.path(temporary), it.path(GOLD)).unwrap();
        it.tells(&[(GOLD, Changed)]);
    }
}

/// Deleted and created under the same name.
#[test]
fn deleted_and_created() {
    let mut it = gold();
    fs::remove_file(it.path(GOLD)).unwrap();
    fs::write(it.path(GOLD), edited()).unwrap();
    it.tells(&[(GOLD, Changed)]);
}

/// `git checkout`: many files at once, each unlinked and created; some gone, some new.
#[test]
fn git_checkout() {
    let files: Vec<(String, String)> =
        (0..60).map(|at| (format!("pools/p{at:02}.yaml"), format!("name: P{at}\n"))).collect();
    let given: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let mut it = Watched::with(&given);
    for (file, text) in &files[..50] {
        fs::remove_file(it.path(file)).unwrap();
        fs::write(it.path(file), format!("{text}version: 2\n")).unwrap();
    }
    for (file, _) in &files[50..55] {
        fs::remove_file(it.path(file)).unwrap();
    }
    put(&it.path("groups/new.yaml"), "name: New\n");
    let mut expected: Vec<(&str, _)> = files[..50].iter().map(|(file, _)| (file.as_str(), Changed)).collect();
    expected.extend(files[50..55].iter().map(|(file, _)| (file.as_str(), Removed)));
    expected.push(("groups/new.yaml", Created));
    it.tells(&expected);
}

/// `cp` of a new file, `mv` to another name, `mv` into the folder from elsewhere.
#[test]
fn copied_and_moved() {
    let mut it = gold();
    fs::copy(it.path(GOLD), it.path("pools/copy.yaml")).unwrap();
    it.tells(&[("pools/copy.yaml", Created)]);
    fs::rename(it.path("pools/copy.yaml"), it.path("pools/moved.yaml")).unwrap();
    it.tells(&[("pools/copy.yaml", Removed), ("pools/moved.yaml", Created)]);
    fs::write(it.path("outside.yaml"), "name: Outside\n").unwrap();
    fs::rename(it.path("outside.yaml"), it.path(GOLD)).unwrap();
    it.tells(&[(GOLD, Changed)]);
}

/// A link that is swapped in one step, and the folder of links of a Kubernetes volume.
#[test]
fn links_swapped() {
    let mut it = gold();
    put(&it.path("store/one.yaml"), POOL);
    put(&it.path("store/two.yaml"), &edited());
    symlink(it.path("store/one.yaml"), it.path("pools/link.yaml")).unwrap();
    it.tells(&[("pools/link.yaml", Created)]);
    symlink(it.path("store/two.yaml"), it.path("pools/.link.tmp")).unwrap();
    fs::rename(it.path("pools/.link.tmp"), it.path("pools/link.yaml")).unwrap();
    it.tells(&[("pools/link.yaml", Changed)]);

    put(&it.path("pools/..v1/volume.yaml"), "name: V1\n");
    symlink("..v1", it.path("pools/..data")).unwrap();
    symlink("..data/volume.yaml", it.path("pools/volume.yaml")).unwrap();
    it.tells(&[("pools/volume.yaml", Created)]);
    put(&it.path("pools/..v2/volume.yaml"), "name: V2\n");
    symlink("..v2", it.path("pools/..data_tmp")).unwrap();
    fs::rename(it.path("pools/..data_tmp"), it.path("pools/..data")).unwrap();
    it.tells(&[("pools/volume.yaml", Changed)]);
}

/// A file that is copied in slowly is told once, when its writer has closed it, however
/// long that takes; others needn't wait for it.
#[test]
fn copied_in_slowly() {
    let mut it = Watched::impatient(&[(GOLD, POOL), ("groups/g.yaml", "name: G\n")]);
    let mut slow = OpenOptions::new().write(true).truncate(true).open(it.path(GOLD)).unwrap();
    slow.write_all(&edited().as_bytes()[..10]).unwrap();
    slow.sync_all().unwrap();
    assert_eq!(it.rest(), [], "others are told, and not half of this");
    slow.write_all(&edited().as_bytes()[10..]).unwrap();
    drop(slow);
    it.tells(&[(GOLD, Changed)]);
}

/// What doesn't change the content isn't told.
#[test]
fn touched() {
    let mut it = gold();
    fs::write(it.path(GOLD), POOL).unwrap();
    fs::set_permissions(it.path(GOLD), fs::Permissions::from_mode(0o600)).unwrap();
    let file = File::options().write(true).open(it.path(GOLD)).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(it.rest(), []);
}

/// The same with polling.
#[test]
fn polled() {
    let mut it = Watched::polling(&[(GOLD, POOL), ("groups/g.yaml", "name: G\n")]);
    fs::write(it.path(GOLD), edited()).unwrap();
    it.tells(&[(GOLD, Changed)]);
    fs::remove_file(it.path(GOLD)).unwrap();
    it.tells(&[(GOLD, Removed)]);
    put(&it.path("scripts/routines/new.lua"), "return {}");
    it.tells(&[("scripts/routines/new.lua", Created)]);
}
