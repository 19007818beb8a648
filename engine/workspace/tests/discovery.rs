//! Which files count, what stays in force when one turns bad, and who owns a name.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use lariat_core::definition::{Direction, Operator, RefreshPolicy, SortMethod};
use lariat_core::duration::Span;
use lariat_workspace::Definitions;
use serde_json::json;
use support::{Sandbox, fixture, pool};

#[test]
fn the_missions_files_load_unchanged() {
    let sandbox = Sandbox::new();
    for file in [
        "pools/premium_accounts.yaml",
        "pools/manual_list.yaml",
        "pools/peer_family.yaml",
        "pools/peer_spelling.yaml",
        "groups/premium_farmers.yaml",
    ] {
        sandbox.write(file, fixture(file));
    }
    let catalog = sandbox.discover();
    assert!(catalog.broken_pools.is_empty() && catalog.broken_groups.is_empty(), "{catalog:?}");

    let premium = &catalog.pool("Premium Farmers Pool").unwrap().definition;
    let query = premium.query.as_ref().unwrap();
    assert!(query.select.as_ref().unwrap().ends_with("ORDER BY pack_count DESC\nLIMIT ?\n"));
    let values: Vec<_> = query.parameters.iter().map(|parameter| parameter.value.clone()).collect();
    assert_eq!(values, [json!("available"), json!("skipped"), json!(10), json!(3), json!(100)]);
    assert_eq!(premium.pool_config.refresh_interval, Span::from_secs(30));

    let manual = &catalog.pool("Manual Account List").unwrap().definition;
    assert_eq!(
        (manual.directory.as_deref(), manual.pool_config.max_failures),
        (Some("./accounts/manual"), 1)
    );

    let peer = &catalog.pool("Fresh Accounts Pool").unwrap().definition;
    let query = peer.query.as_ref().unwrap();
    assert_eq!((query.filters[1].operator, query.sort[0].direction), (Operator::In, Direction::Desc));
    assert_eq!(peer.version, Some(json!("1.0")));
    assert_eq!(peer.include[1].as_str(), "007");
    assert_eq!(peer.pool_config.max_wait_time, Span::from_secs(300));
    assert_eq!(peer.gui_config.as_ref().unwrap()["display"]["columns"], json!(["id", "pack_count"]));

    let spelled = &catalog.pool("hand-picked").unwrap().definition.pool_config;
    assert_eq!((spelled.sort_method, spelled.max_failures), (Some(SortMethod::ModifiedAsc), 0));
    assert_eq!((spelled.buffer_size, spelled.refresh_interval), (Some(50), Span::from_secs(30)));
    assert!(spelled.wait_for_accounts && spelled.auto_refresh == Some(false));

    let group = &catalog.group("Premium Farmers").unwrap().definition;
    assert_eq!(group.launch.refresh_pool, Some(RefreshPolicy::IfOlderThan(Span::from_secs(300))));
}

#[test]
fn the_samples_of_the_repository_are_right() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let catalog = Definitions::new(root).discover().unwrap();
    assert!(catalog.broken_pools.is_empty() && catalog.broken_groups.is_empty(), "{catalog:?}");
}

#[test]
fn folders_may_be_missing_and_only_yaml_counts() {
    let sandbox = Sandbox::new();
    assert!(sandbox.discover().pools.is_empty());
    for file in ["a.yaml", "b.yml", "sub/deep/c.yaml", "D.YAML"] {
        sandbox.write(&format!("pools/{file}"), pool(file, ""));
    }
    for file in
        [".hidden.yaml", "a.yaml~", ".a.yaml.swp", "x.yaml.example", "notes.txt", ".git/x.yaml", "#a.yaml#"]
    {
        sandbox.write(&format!("pools/{file}"), "][");
    }
    std::fs::create_dir(sandbox.path("pools/folder.yaml")).unwrap();
    let catalog = sandbox.discover();
    assert_eq!(catalog.pools.len(), 4);
    assert!(catalog.broken_pools.is_empty(), "{:?}", catalog.broken_pools);
}

#[cfg(unix)]
#[test]
fn links_to_files_count_and_circles_and_pipes_do_not_hang() {
    let sandbox = Sandbox::new();
    sandbox.write("elsewhere.yaml", pool("Linked", ""));
    std::fs::create_dir(sandbox.path("pools")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("elsewhere.yaml"), sandbox.path("pools/link.yaml")).unwrap();
    std::os::unix::fs::symlink(sandbox.path("pools"), sandbox.path("pools/circle")).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.path("pools/dangling.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("pools/pipe.yaml")).status().unwrap();
    assert!(made.success());
    let catalog = sandbox.discover();
    assert!(catalog.pool("Linked").is_ok());
    assert_eq!(catalog.broken_pools.len(), 1);
    assert_eq!(catalog.broken_pools[0].message, "pools/pipe.yaml: is not a file");
}

#[test]
fn a_bad_file_keeps_what_it_was_and_blocks_nobody() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/a.yaml", pool("A", "")).write("pools/b.yaml", pool("B", ""));
    let first = sandbox.discover();
    assert_eq!(first.pool("A").unwrap().generation, 1);

    sandbox.write("pools/a.yaml", pool("A", "oops: 1\n")).write("pools/b.yaml", pool("B", "limit: 1\n"));
    sandbox.write("pools/c.yaml", pool("C", ""));
    let second = sandbox.discover();
    let a = second.pool("A").unwrap();
    let stale = a.stale.clone().unwrap();
    assert!(stale.message.starts_with("pools/a.yaml:4:1: oops: unknown key"), "{}", stale.message);
    assert_eq!(a.generation, 1);
    assert!(Arc::ptr_eq(&a.definition, &first.pool("A").unwrap().definition));
    assert!(second.pool("C").is_ok() && second.broken_pools.is_empty());
    assert!(first.pool("A").unwrap().stale.is_none(), "a snapshot never changes");

    sandbox.write("pools/a.yaml", "name: [");
    let third = sandbox.discover().pool("A").unwrap().stale.clone().unwrap();
    assert_eq!(third.since, stale.since);
    assert_ne!(third.message, stale.message);

    sandbox.write("pools/a.yaml", pool("A", "description: better\n"));
    let fourth = sandbox.discover();
    let a = fourth.pool("A").unwrap();
    assert_eq!((a.generation, a.stale.is_none()), (2, true));
    assert_eq!(a.definition.description.as_deref(), Some("better"));

    std::fs::remove_file(sandbox.path("pools/a.yaml")).unwrap();
    assert!(sandbox.discover().pool("A").is_err());
    sandbox.write("pools/a2.yaml", pool("A", ""));
    assert_eq!(sandbox.discover().pool("A").unwrap().generation, 3, "a generation never comes twice");
}

#[test]
fn the_same_content_is_the_same_generation() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/a.yaml", pool("A", ""));
    let first = sandbox.discover();
    sandbox.write("pools/a.yaml", pool("A", ""));
    let second = sandbox.discover();
    assert_eq!(second.pool("A").unwrap().generation, 1);
    assert!(Arc::ptr_eq(&first.pool("A").unwrap().definition, &second.pool("A").unwrap().definition));
    std::fs::rename(sandbox.path("pools/a.yaml"), sandbox.path("pools/z.yaml")).unwrap();
    assert_eq!(sandbox.discover().pool("A").unwrap().generation, 1);
}

#[test]
fn of_two_files_with_one_name_the_first_by_path_counts() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/b.yaml", pool("Twin", "description: b\n"));
    sandbox.write("pools/c.yaml", pool("\"Twin\"", "description: c\n"));
    let catalog = sandbox.discover();
    assert_eq!(catalog.pool("Twin").unwrap().file.as_ref().unwrap().to_str(), Some("pools/b.yaml"));
    let broken = &catalog.broken_pools[0];
    assert_eq!(broken.name.as_deref(), Some("Twin"));
    assert_eq!(
        broken.message,
        "pools/c.yaml:1:7: name: there is already a pool \"Twin\" in pools/b.yaml; give this one another name"
    );

    sandbox.write("pools/b.yaml", "name: Twin\n");
    let catalog = sandbox.discover();
    let twin = catalog.pool("Twin").unwrap();
    assert_eq!(twin.file.as_ref().unwrap().to_str(), Some("pools/c.yaml"), "good comes before stale");
    assert_eq!((twin.generation, catalog.broken_pools.len()), (2, 1));
}

#[test]
fn a_file_that_never_was_good_is_told_by_the_name_it_claims() {
    let sandbox = Sandbox::new();
    sandbox.write("pools/a.yaml", "name: \"Half\"\ntype: [");
    sandbox.write("pools/b.yaml", pool("Wrong", "x: 1\n"));
    let catalog = sandbox.discover();
    for name in ["Half", "Wrong"] {
        let error = catalog.pool(name).unwrap_err().to_string();
        assert!(error.starts_with(&format!("pool \"{name}\" can't be used: pools/")), "{error}");
    }
}

#[test]
fn other_rules_judge_the_same_files_again() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let sandbox = Sandbox::new();
    sandbox.write("pools/a.yaml", "name: A\ntype: csv\n");
    let known = Arc::new(AtomicBool::new(false));
    let seen = known.clone();
    let definitions = Definitions::new(sandbox.root()).with_pool_check(move |pool| {
        let missing = pool.pool_type == "csv" && !seen.load(Ordering::Relaxed);
        missing.then(|| lariat_core::definition::Problem::at("type", "unknown")).into_iter().collect()
    });
    assert_eq!(definitions.discover().unwrap().broken_pools.len(), 1);
    known.store(true, Ordering::Relaxed);
    assert_eq!(definitions.discover().unwrap().broken_pools.len(), 1, "the file is the same");
    assert!(definitions.recheck().unwrap().pool("A").is_ok());
}
