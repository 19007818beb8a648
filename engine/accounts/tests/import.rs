//! Files and folders into accounts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use lariat_accounts::import::{Limits, read_paths_within};
use lariat_accounts::{FileProblem, fingerprint, read_paths};

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(root.path(), path, text);
    }
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn paths(paths: &[&str]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

fn lines(problems: &[FileProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn reads_every_kind_in_the_order_of_the_paths_and_skips_the_bad() {
    let root = workspace(&[
        ("accounts/b/37P_20250101_x.xml", "<account>x1</account><password>s</password>"),
        ("accounts/b/bad.xml", "<account>\n&x;</account>"),
        ("accounts/a.csv", "id,pack_count\nc1,5\n"),
        ("accounts/c.json", r#"[{"id": "j1"}]"#),
        ("accounts/d.ndjson", "{\"id\": \"l1\"}\n"),
        ("accounts/readme.txt", "not mine"),
        ("accounts/.hidden.xml", "<"),
        ("more.JSONL", "{\"id\": \"m1\"}\n{\"id\": \"c1\"}\n"),
    ]);
    let set = read_paths(root.path(), &paths(&["more.JSONL", "./accounts/../accounts", "accounts/a.csv"]));
    let ids: Vec<_> = set.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["m1", "c1", "x1", "j1", "l1"]);
    assert_eq!(lines(&set.problems).len(), 1, "{:?}", set.problems);
    assert!(
        lines(&set.problems)[0].starts_with("accounts/b/bad.xml:2:1: unknown entity"),
        "{:?}",
        set.problems
    );
    assert_eq!(
        lines(&set.warnings),
        ["accounts/a.csv:2:1: account \"c1\" is already in more.JSONL; that one is kept"]
    );

    let xml = &set.accounts[2];
    assert_eq!(xml.xml_path.as_deref(), Some("accounts/b/37P_20250101_x.xml"));
    assert_eq!(xml.fields["pack_count"], 37);
    assert!(xml.last_modified.is_some());
    assert!(!format!("{set:?}").contains("\"s\""));
    let csv = &set.accounts[1];
    assert_eq!((csv.xml_path.as_deref(), csv.last_modified), (None, None));
}

#[test]
fn a_file_elsewhere_has_its_absolute_path() {
    let (root, other) = (workspace(&[]), workspace(&[("a.xml", "<account>a</account>")]));
    let file = fs::canonicalize(other.path()).unwrap().join("a.xml");
    let set = read_paths(root.path(), &[file.display().to_string()]);
    assert_eq!(set.accounts[0].xml_path.as_deref(), file.to_str());
}

#[test]
fn paths_that_cannot_be_read_are_problems() {
    let root = workspace(&[("a.txt", "x")]);
    let found = read_paths(root.path(), &paths(&["nowhere", "a.txt"]));
    let found = lines(&found.problems);
    assert_eq!(found[0], "nowhere: there is no such file; correct the path, or create it");
    assert!(found[1].starts_with("a.txt: isn't an account file"), "{found:?}");
}

#[test]
fn files_that_are_too_long_are_not_read() {
    let long = format!("<account>a</account><!--{}-->", "x".repeat(2 * 1024 * 1024));
    let root = workspace(&[("a.xml", &long), ("b.csv", "id\nabcdef\n")]);
    let limits = Limits { max_table_bytes: 5, ..Limits::default() };
    let set = read_paths_within(root.path(), &paths(&["a.xml", "b.csv"]), &limits);
    assert!(set.accounts.is_empty());
    assert!(set.problems.iter().all(|problem| problem.message.contains("split it")), "{:?}", set.problems);
    assert_eq!(set.problems.len(), 2);
}

#[test]
fn the_fingerprint_tells_every_change() {
    let root = workspace(&[("accounts/a.xml", "<account>a</account>")]);
    let print = || fingerprint(root.path(), &paths(&["accounts"]));
    let mut seen = vec![print()];
    assert_eq!(print(), seen[0]);
    let mut changed = |what: &str| {
        let now = print();
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    write(root.path(), "accounts/b.csv", "id\nb\n");
    changed("a file was added");
    write(root.path(), "accounts/a.xml", "<account>ab</account>");
    changed("a file was written");
    fs::rename(root.path().join("accounts/a.xml"), root.path().join("accounts/c.xml")).unwrap();
    changed("a file was renamed");
    fs::remove_dir_all(root.path().join("accounts")).unwrap();
    changed("the folder is gone");
    write(root.path(), "elsewhere.xml", "<account>ab</account>");
    assert_eq!(Some(&print()), seen.last());
}
