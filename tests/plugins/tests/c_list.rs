//! `plugins/c_list`, built by its Makefile, in the real host.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write;

use lariat_plugin_tests::{Workspace, ids, pool};
use serde_json::json;

#[tokio::test]
async fn ids_are_served_in_the_files_order() {
    let workspace = Workspace::default();
    let text = "\u{feff}# who plays\na1\r\n\n  a 2\t\n#a3\nZoë \"x\\y\"\na1\nlast";
    workspace.write("Spielerliste \"ä😀\".txt", text);
    let source = pool(&workspace.c("c_list"), json!({"file": "Spielerliste \"ä😀\".txt"})).await;
    assert_eq!(ids(&source).await, ["a1", "a 2", "Zoë \"x\\y\"", "last"]);
}

#[tokio::test]
async fn lines_that_are_no_text_are_told() {
    let workspace = Workspace::default();
    let lines: [&[u8]; 6] = [b"a1", b"\xFF", b"\xC0\xAF", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"a2"];
    workspace.write("list.txt", lines.join(&b'\n'));
    let source = pool(&workspace.c("c_list"), json!({"file": "list.txt"})).await;
    let selection = source.fetch().await.unwrap();
    assert_eq!(selection.warnings.len(), 4);
    assert_eq!(selection.warnings[0], "line 2 isn't UTF-8; it was passed over");
    assert_eq!(ids(&source).await, ["a1", "a2"]);
}

#[tokio::test]
async fn nothing_much_and_nothing_at_all() {
    let workspace = Workspace::default();
    let mut text = String::new();
    for n in 0..100_000 {
        writeln!(text, "a{n}").unwrap();
    }
    workspace.write("much.txt", text);
    workspace.write("empty.txt", "");
    let plugin = workspace.c("c_list");
    assert_eq!(ids(&pool(&plugin, json!({"file": "empty.txt"})).await).await, [""; 0]);
    let much = ids(&pool(&plugin, json!({"file": "much.txt"})).await).await;
    assert_eq!((much.len(), much.last().unwrap().as_str()), (100_000, "a99999"));
    let told = pool(&plugin, json!({"file": "gone.txt"})).await.fetch().await.unwrap_err().to_string();
    assert!(
        told.contains("plugin c_list 0.1.0: list.fetch: ") && told.contains("gone.txt: No such file"),
        "{told}"
    );
}
