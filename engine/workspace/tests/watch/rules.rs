//! What becomes of names when files are edited, told by generations.

use std::fs;

use lariat_core::definition::DefinitionError;
use lariat_workspace::Definitions;

use crate::put;

fn pool(name: &str, folder: &str) -> String {
    format!("name: {name}\ntype: file\ndirectory: {folder}\n")
}

fn workspace() -> (tempfile::TempDir, Definitions) {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("pools/gold.yaml"), &pool("Gold", "a"));
    let definitions = Definitions::new(folder.path());
    definitions.discover().unwrap();
    (folder, definitions)
}

#[test]
fn a_broken_file_keeps_its_last_good_content_and_clears_itself() {
    let (folder, definitions) = workspace();
    let path = folder.path().join("pools/gold.yaml");
    fs::write(&path, "name: Gold\ntype: file\ndirectory: [\n").unwrap();
    let catalog = definitions.discover().unwrap();
    let gold = catalog.pool("Gold").unwrap();
    assert_eq!((gold.generation, gold.definition.directory.as_deref()), (1, Some("a")));
    let stale = gold.stale.clone().unwrap();
    assert!(stale.message.starts_with("pools/gold.yaml:"), "{}", stale.message);

    // Another mistake: since when it is stale stays.
    fs::write(&path, "name: Gold\ntype: file\n").unwrap();
    let catalog = definitions.discover().unwrap();
    assert_eq!(catalog.pool("Gold").unwrap().stale.as_ref().unwrap().since, stale.since);

    fs::write(&path, pool("Gold", "b")).unwrap();
    let catalog = definitions.discover().unwrap();
    let gold = catalog.pool("Gold").unwrap();
    assert_eq!((gold.generation, gold.stale.is_none()), (2, true));
}

#[test]
fn a_first_load_that_was_broken_is_mended_later() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("pools/gold.yaml"), "name: Gold\ntype: [\n");
    let definitions = Definitions::new(folder.path());
    let catalog = definitions.discover().unwrap();
    assert!(matches!(catalog.pool("Gold"), Err(DefinitionError::Broken { .. })));
    fs::write(folder.path().join("pools/gold.yaml"), pool("Gold", "a")).unwrap();
    assert_eq!(definitions.discover().unwrap().pool("Gold").unwrap().generation, 1);
}

#[test]
fn renaming_a_pool_inside_its_file_takes_the_old_name_away() {
    let (folder, definitions) = workspace();
    fs::write(folder.path().join("pools/gold.yaml"), pool("Silver", "a")).unwrap();
    let catalog = definitions.discover().unwrap();
    assert!(matches!(catalog.pool("Gold"), Err(DefinitionError::NotFound { .. })));
    assert_eq!(catalog.pool("Silver").unwrap().generation, 1);
    // And back: the third content under that name counts on.
    fs::write(folder.path().join("pools/gold.yaml"), pool("Gold", "b")).unwrap();
    assert_eq!(definitions.discover().unwrap().pool("Gold").unwrap().generation, 2);
}

#[test]
fn of_two_files_with_one_name_the_first_in_order_is_used_and_the_other_told() {
    let (folder, definitions) = workspace();
    put(&folder.path().join("pools/zinc.yaml"), &pool("Gold", "z"));
    let catalog = definitions.discover().unwrap();
    assert_eq!(catalog.pool("Gold").unwrap().definition.directory.as_deref(), Some("a"));
    let told = &catalog.broken_pools[0].message;
    assert!(
        told.contains("zinc.yaml") && told.contains("already a pool \"Gold\" in pools/gold.yaml"),
        "{told}"
    );
    fs::remove_file(folder.path().join("pools/gold.yaml")).unwrap();
    let catalog = definitions.discover().unwrap();
    let gold = catalog.pool("Gold").unwrap();
    assert_eq!((gold.generation, gold.definition.directory.as_deref()), (2, Some("z")));
    assert!(catalog.broken_pools.is_empty());
}
