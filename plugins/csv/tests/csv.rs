//! The pool type, over real files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // helpers outside of #[test]

use std::path::Path;

use lariat_csv::{Plugin, pool::Csv};
use lariat_sdk::testing::{self, Opened};
use lariat_sdk::{Error, Value, json};
use tempfile::TempDir;

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_csv.so",
    )
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn pool(path: &Path, more: Value) -> Opened {
    let mut params = json!({"file": path});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    testing::pool::<Csv>(params).unwrap()
}

fn ids(pool: &Opened) -> Vec<String> {
    pool.fetch().unwrap().into_iter().map(|account| account.id).collect()
}

const PLAYERS: &[u8] =
    b"\xEF\xBB\xBFid,name,packs,phone\na1,\"M\xC3\xBCller, \"\"Max\"\"\nJr.\",3,007\r\na2,,12,\na3,Zo\xC3\xAB,2,+49\n";

#[test]
fn a_csv_becomes_typed_accounts_in_its_order() {
    let folder = folder(&[("players.csv", PLAYERS)]);
    let accounts = pool(&folder.path().join("players.csv"), json!({})).fetch().unwrap();
    assert_eq!(
        json!(accounts),
        json!([
            {"id": "a1", "name": "Müller, \"Max\"\nJr.", "packs": 3, "phone": "007"},
            {"id": "a2", "name": null, "packs": 12, "phone": null},
            {"id": "a3", "name": "Zoë", "packs": 2, "phone": "+49"},
        ])
    );
    let accounts = pool(&folder.path().join("players.csv"), json!({"types": false})).fetch().unwrap();
    assert_eq!(json!(accounts[1]), json!({"id": "a2", "name": "", "packs": "12", "phone": ""}));
}

#[test]
fn a_folder_is_read_by_name_and_only_its_tables() {
    let folder = folder(&[
        ("b.jsonl", b"{\"id\": 7, \"tags\": [1]}\n\n{\"id\": \"j2\"}"),
        ("a.tsv", b"id\tn\nt1\t1\n"),
        ("c.CSV", b"id\nc1\n"),
        (".hidden.csv", b"id\nno\n"),
        ("notes.txt", b"id\nno\n"),
    ]);
    assert_eq!(ids(&pool(folder.path(), json!({}))), ["t1", "7", "j2", "c1"]);
}

#[test]
fn where_and_sort_choose_and_order() {
    let rows = b"id;level;state\na;10;new\nb;9;new\nc;;new\nd;9.50;old\ne;9;gone\nf;x;new\n";
    let folder = folder(&[("p.csv", rows)]);
    let path = folder.path().join("p.csv");
    let of = |more: Value| {
        let mut all = json!({"delimiter": ";"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ids(&pool(&path, all))
    };
    assert_eq!(of(json!({"sort": "level"})), ["b", "e", "d", "a", "f", "c"]);
    assert_eq!(of(json!({"sort": "-level"})), ["f", "a", "d", "b", "e", "c"]);
    assert_eq!(of(json!({"where": {"state": ["new", "old"], "level": 9}})), ["b"]);
    assert_eq!(of(json!({"where": {"level": "9"}, "sort": "-id"})), ["e", "b"]);
    assert_eq!(of(json!({"where": {"level": null}})), ["c"]);
    assert_eq!(of(json!({"where": {"nowhere": 1}})), [""; 0]);
}

#[test]
fn rows_that_cannot_be_used_are_told_with_their_place_and_passed_over() {
    let folder = folder(&[
        ("a.csv", b"name,id\nfirst,a1\nshort\n\xFF,a2\nempty,\nlast,a3\n"),
        ("b.jsonl", b"{\"id\": \"b1\"}\nnot json\n[1]\n{\"id\": 1.5}\n{\"id\": \"b2\"}\n"),
    ]);
    let pool = pool(folder.path(), json!({}));
    assert_eq!(ids(&pool), ["a1", "a3", "b1", "b2"]);
    let told: Vec<String> = pool.logs().into_iter().map(|line| line.message).collect();
    let told = told.join("\n").replace(&format!("{}/", folder.path().display()), "");
    let expected = "\
        a.csv:3: has 1 cells where the first line has 2; the row was passed over\n\
        a.csv:4: isn't UTF-8; the row was passed over\n\
        a.csv:5: `id`, which is to be the id, is empty; the row was passed over\n\
        b.jsonl:2: isn't JSON: expected ident at line 1 column 2; the row was passed over\n\
        b.jsonl:3: isn't a JSON object; the row was passed over\n\
        b.jsonl:4: `id` is 1.5, which is no id; the row was passed over";
    assert_eq!(told, expected);
}

#[test]
fn a_flood_of_bad_rows_is_summed_up() {
    let mut rows = String::from("id,n\n");
    rows.push_str(&",1\n".repeat(50));
    rows.push_str("a,1\n");
    let folder = folder(&[("p.csv", rows.as_bytes())]);
    let pool = pool(folder.path(), json!({}));
    assert_eq!(ids(&pool), ["a"]);
    let logs = pool.logs();
    assert_eq!((logs.len(), logs[20].message.as_str()), (21, "30 more rows were passed over"));
}

#[test]
fn what_cannot_be_read_at_all_is_an_error() {
    let folder =
        folder(&[("twice.csv", b"id,a,a\n"), ("nameless.csv", b"id,\n"), ("wrong.csv", b"key,n\nk,1\n")]);
    let error = |name: &str| pool(&folder.path().join(name), json!({})).fetch().unwrap_err().to_string();
    assert!(
        error("twice.csv").ends_with("twice.csv:1: two columns are called `a`"),
        "{}",
        error("twice.csv")
    );
    assert!(error("nameless.csv").contains(":1: a column has no name"));
    assert!(error("gone.csv").contains("gone.csv: No such file"));
    let wrong = error("wrong.csv");
    assert!(
        wrong.contains("none of 1 rows can be used") && wrong.contains("`id`, which is to be the id"),
        "{wrong}"
    );
    let empty = TempDir::new().unwrap();
    assert!(pool(empty.path(), json!({})).fetch().unwrap_err().to_string().contains("no .csv"));
    let told = testing::pool::<Csv>(json!({"file": "x", "delimiter": "\""})).err().unwrap().to_string();
    assert!(told.starts_with("delimiter:"), "{told}");
}

#[test]
fn a_file_that_changed_is_read_anew() {
    let folder = folder(&[("p.csv", b"id\na\n")]);
    let pool = pool(folder.path(), json!({}));
    assert_eq!(ids(&pool), ["a"]);
    std::fs::write(folder.path().join("p.csv"), b"id\nb\nc\n").unwrap();
    assert_eq!(ids(&pool), ["b", "c"]);
}

#[test]
fn a_hundred_thousand_accounts_are_fetched() {
    use std::fmt::Write;
    let mut rows = String::from("id,n\n");
    for n in 0..100_000 {
        writeln!(rows, "a{n},{n}").unwrap();
    }
    let folder = folder(&[("p.csv", rows.as_bytes())]);
    let accounts = pool(folder.path(), json!({"sort": "-n"})).fetch().unwrap();
    assert_eq!((accounts.len(), accounts[0].id.as_str()), (100_000, "a99999"));
}
