//! The pool type `file`, driven through core's traits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lariat_accounts::FilePoolType;
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::AccountId;
use lariat_core::source::{AccountSource, PoolType, Selection, SourceError};
use serde_json::{Value, json};

struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("accounts")).unwrap();
        Self(root)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join("accounts").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn touch(&self, path: &str, seconds: u64) {
        let file = File::options().write(true).open(self.path().join("accounts").join(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    async fn open(&self, pool_config: Value) -> Arc<dyn AccountSource> {
        self.open_directory("./accounts", pool_config).await
    }

    async fn open_directory(&self, directory: &str, pool_config: Value) -> Arc<dyn AccountSource> {
        let definition =
            json!({"name": "P", "type": "file", "directory": directory, "pool_config": pool_config});
        let definition: PoolDefinition = serde_json::from_value(definition).unwrap();
        let kind = FilePoolType::new(self.path());
        assert_eq!((kind.name(), kind.problems(&definition)), ("file", Vec::new()));
        kind.open(&definition).await.unwrap()
    }
}

fn account(id: &str) -> String {
    format!("<account>{id}</account><password>s</password>")
}

fn ids(selection: &Selection) -> Vec<&str> {
    selection.accounts.iter().map(|row| row.id()).collect()
}

async fn fetched(source: &Arc<dyn AccountSource>) -> Vec<String> {
    let selection = source.fetch().await.unwrap();
    assert!(selection.warnings.is_empty(), "{:?}", selection.warnings);
    ids(&selection).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_account_has_its_fields_and_its_files() {
    let work = Workspace::new();
    work.write(
        "sub/37P_20250101_x.xml",
        "<map><string name='deviceAccount'>帳1</string><int name='n' value='2'/>\
        <string name='devicePassword'>hunter2</string></map>",
    );
    work.touch("sub/37P_20250101_x.xml", 1_700_000_000);
    let selection = work.open(json!({})).await.fetch().await.unwrap();
    let account = selection.accounts[0].unpack().unwrap();
    assert_eq!(
        Value::Object(account.reveal()),
        json!({"id": "帳1", "n": 2, "pack_count": 37, "xml_path": "accounts/sub/37P_20250101_x.xml",
               "last_modified": "2023-11-14T22:13:20.000Z", "devicePassword": "hunter2"})
    );
    assert!(!format!("{account:?}").contains("hunter2"));
}

#[tokio::test]
async fn bad_files_are_told_and_passed_over() {
    let work = Workspace::new();
    work.write("good.xml", account("a"))
        .write("doctype.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><account>&a;</account>")
        .write("deep.xml", "<d>".repeat(1000))
        .write("long.xml", "<account>a</account>".to_owned() + &" ".repeat(2 * 1024 * 1024))
        .write("nul.xml", "<account>a\0</account>")
        .write("cut.xml", "<account>a</acc")
        .write("latin.xml", b"<account>\xE4</account>")
        .write("empty.xml", "")
        .write("sub/bad.xml", "<account>\n\n&x;</account>")
        .write("ignored.txt", "x")
        .write("stem.xml", "<account/>");
    let selection = work.open(json!({})).await.fetch().await.unwrap();
    assert_eq!(ids(&selection), ["a", "stem"]);
    let starts = [
        "accounts/cut.xml:1:11: syntax error: tag not closed",
        "accounts/deep.xml:1:49: elements are nested",
        "accounts/doctype.xml:1:1: a DOCTYPE is refused",
        "accounts/empty.xml: the file is empty",
        "accounts/latin.xml:1:10: isn't UTF-8",
        "accounts/long.xml: the file is 2097172 bytes long, and at most 1048576 are read",
        "accounts/nul.xml:1:11: holds the byte 0x00",
        "accounts/sub/bad.xml:3:1: unknown entity",
    ];
    assert_eq!(selection.warnings.len(), starts.len(), "{:#?}", selection.warnings);
    for (warning, start) in selection.warnings.iter().zip(starts) {
        assert!(warning.starts_with(start), "{warning} instead of {start}");
    }
}

#[tokio::test]
async fn the_first_file_in_path_order_keeps_an_id() {
    let work = Workspace::new();
    work.write("b.xml", account("a") + "<n>2</n>").write("a/x.xml", account("a") + "<n>1</n>");
    let selection = work.open(json!({})).await.fetch().await.unwrap();
    assert_eq!(ids(&selection), ["a"]);
    assert_eq!(selection.accounts[0].unpack().unwrap().get("n"), Some(&json!(1)));
    assert_eq!(
        selection.warnings,
        ["accounts/b.xml: account \"a\" is already in accounts/a/x.xml; that one is kept"]
    );
}

#[tokio::test]
async fn orders_and_filters() {
    let work = Workspace::new();
    for (id, packs, modified) in [("d", 1, 40), ("c", 3, 10), ("b", 2, 30), ("a", 2, 20)] {
        work.write(&format!("{id}.xml"), format!("<account>{id}</account><packs>{packs}</packs>"));
        work.touch(&format!("{id}.xml"), modified);
    }
    work.write("none.xml", "<account>z</account>");
    work.touch("none.xml", 50);
    for (config, expected) in [
        (json!({}), "abcdz"),
        (json!({"sort_method": "packs_asc"}), "zdabc"),
        (json!({"sort_method": "packs_desc"}), "cabdz"),
        (json!({"sort_method": "modified_asc"}), "cabdz"),
        (json!({"sort_method": "modified_desc"}), "zdbac"),
        (json!({"min_packs": 2}), "abc"),
        (json!({"max_packs": 2}), "abdz"),
        (json!({"min_packs": 1, "max_packs": 2, "sort_method": "packs_desc"}), "abd"),
    ] {
        let source = work.open(config.clone()).await;
        assert_eq!(fetched(&source).await.concat(), expected, "{config}");
    }
}

#[tokio::test]
async fn a_refresh_sees_what_changed() {
    let work = Workspace::new();
    work.write("a.xml", account("a")).write("b.xml", account("b"));
    let source = work.open(json!({})).await;
    assert_eq!(fetched(&source).await, ["a", "b"]);
    work.write("b.xml", account("c"));
    assert_eq!(fetched(&source).await, ["a", "c"], "the same length, perhaps the same tick");
    work.write("d.xml", account("d"));
    fs::remove_file(work.path().join("accounts/a.xml")).unwrap();
    assert_eq!(fetched(&source).await, ["c", "d"]);
    work.write("d.xml", "<");
    assert_eq!(source.fetch().await.unwrap().warnings.len(), 1);
    work.write("d.xml", account("e"));
    assert_eq!(fetched(&source).await, ["c", "e"]);
}

#[tokio::test]
async fn lookup_serves_what_filters_leave_out() {
    let work = Workspace::new();
    work.write("a.xml", account("a"));
    let wanted = ["a", "nobody"].map(|id| AccountId::new(id).unwrap());
    let source = work.open(json!({"min_packs": 5})).await;
    for _ in 0..2 {
        let found = source.lookup(&wanted).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id()).collect::<Vec<_>>(), ["a"]);
        assert!(fetched(&source).await.is_empty());
    }
}

#[tokio::test]
async fn a_missing_folder_is_unavailable_until_it_is_there() {
    let work = Workspace::new();
    let source = work.open_directory("accounts/later", json!({})).await;
    let error = source.fetch().await.unwrap_err();
    let expected =
        "accounts/later: there is no such folder; create it, or correct `directory` in the pool's definition";
    assert_eq!(error, SourceError::Unavailable(expected.to_owned()));
    work.write("later/a.xml", account("a"));
    assert_eq!(fetched(&source).await, ["a"]);
    work.write("file", "");
    let error = work.open_directory("accounts/file", json!({})).await.fetch().await.unwrap_err();
    assert!(error.to_string().contains("isn't a folder"), "{error}");
}

#[tokio::test]
async fn a_folder_outside_the_workspace_is_the_users_choice() {
    let (work, other) = (Workspace::new(), Workspace::new());
    other.write("a.xml", account("a"));
    let directory = other.path().join("accounts");
    let source = work.open_directory(directory.to_str().unwrap(), json!({})).await;
    let selection = source.fetch().await.unwrap();
    let account = selection.accounts[0].unpack().unwrap();
    assert_eq!(account.get("xml_path"), Some(&json!(directory.join("a.xml"))));
}

#[test]
fn a_file_pool_takes_no_config() {
    let definition = json!({"name": "P", "type": "file", "directory": "x", "config": {"a": 1}});
    let definition: PoolDefinition = serde_json::from_value(definition).unwrap();
    assert_eq!(FilePoolType::new("/w").problems(&definition)[0].path, "config");
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn links_that_lead_out_are_told_and_not_followed() {
        let (work, other) = (Workspace::new(), Workspace::new());
        other.write("secret.xml", account("secret")).write("note.txt", "x");
        work.write("a.xml", account("a"));
        let folder = work.path().join("accounts");
        symlink(other.path().join("accounts"), folder.join("out")).unwrap();
        symlink(other.path().join("accounts/secret.xml"), folder.join("out.xml")).unwrap();
        symlink(other.path().join("accounts/note.txt"), folder.join("note.txt")).unwrap();
        symlink("nowhere", folder.join("dangling.xml")).unwrap();
        let selection = work.open(json!({})).await.fetch().await.unwrap();
        assert_eq!(ids(&selection), ["a"]);
        let warnings: Vec<_> = selection.warnings.iter().map(|w| w.split(',').next().unwrap()).collect();
        assert_eq!(
            warnings,
            [
                "accounts/dangling.xml: is a link that leads nowhere",
                "accounts/out: is a link that leads out of the folder",
                "accounts/out.xml: is a link that leads out of the folder"
            ]
        );
    }

    #[tokio::test]
    async fn loops_end_and_links_inside_add_nothing() {
        let work = Workspace::new();
        work.write("sub/a.xml", account("a")).write("sub/data.bin", account("b"));
        let folder = work.path().join("accounts");
        symlink(&folder, folder.join("sub/up")).unwrap();
        symlink("self.xml", folder.join("self.xml")).unwrap();
        symlink("sub/a.xml", folder.join("latest.xml")).unwrap();
        symlink("sub/data.bin", folder.join("other.xml")).unwrap();
        let selection = work.open(json!({})).await.fetch().await.unwrap();
        assert_eq!(ids(&selection), ["a", "b"]);
        assert_eq!(selection.warnings.len(), 1, "{:?}", selection.warnings);
        assert!(selection.warnings[0].starts_with("accounts/self.xml: is a link that leads nowhere"));
    }

    #[tokio::test]
    async fn the_folder_itself_may_be_a_link_and_a_pipe_does_not_hang() {
        let (work, other) = (Workspace::new(), Workspace::new());
        other.write("a.xml", account("a"));
        symlink(other.path().join("accounts"), work.path().join("linked")).unwrap();
        let pipe = other.path().join("accounts/pipe.xml");
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let source = work.open_directory("linked", json!({})).await;
        assert_eq!(fetched(&source).await, ["a"]);
    }
}
