//! `plugins/csv` in the real host.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use lariat_core::source::SourceError;
use lariat_plugin_tests::{Workspace, ids, pool};
use serde_json::json;

#[tokio::test]
async fn a_file_of_the_workspace_is_served() {
    let workspace = Workspace::default();
    workspace.write("accounts/players.csv", "id,packs\na,3\nb,9\nb,1\nc,5\n");
    let plugin = workspace.rust("csv");
    let source = pool(&plugin, json!({"file": "accounts/players.csv", "sort": "-packs"})).await;
    assert_eq!(ids(&source).await, ["b", "c", "a"]);
    let selection = source.fetch().await.unwrap();
    assert_eq!(selection.accounts[1].unpack().unwrap().get("packs"), Some(&json!(5)));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let workspace = Workspace::default();
    let plugin = workspace.rust("csv");
    let source = pool(&plugin, json!({"file": "gone.csv"})).await;
    let told = source.fetch().await.unwrap_err().to_string();
    assert!(
        told.contains("plugin csv 0.1.0: csv.fetch: ") && told.contains("/gone.csv: No such file"),
        "{told}"
    );
    let definition = json!({"name": "P", "type": "csv", "config": {"file": "a", "delimiter": "é"}});
    let told = plugin.pool_types()[0].open(&serde_json::from_value(definition).unwrap()).await.err().unwrap();
    assert!(
        matches!(&told, SourceError::Invalid(problems) if problems[0].to_string().contains("ASCII")),
        "{told}"
    );
}
