//! A new workspace is right as it comes.
#![allow(clippy::unwrap_used)]

mod support;

use lariat_workspace::{Definitions, Workspace, init};
use support::Sandbox;

#[test]
fn everything_in_a_new_workspace_loads() {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("new");
    let created = init::init(&dir).unwrap();
    assert!(created.iter().all(|file| dir.join(file).is_file()), "{created:?}");
    let workspace = Workspace::open(&dir).unwrap();
    assert_eq!(workspace.config().instances[0].ids.0.len(), 6);
    let catalog = Definitions::new(&dir).discover().unwrap();
    assert!(catalog.broken_pools.is_empty() && catalog.broken_groups.is_empty(), "{catalog:?}");
    assert_eq!((catalog.pools.len(), catalog.groups.len()), (2, 1));
    let group = &catalog.groups.values().next().unwrap().definition;
    assert!(catalog.pool(group.account_pool.as_ref().unwrap().as_str()).is_ok());
}

#[test]
fn what_is_there_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("lariat.yaml", "# mine\n");
    let created = init::init(sandbox.root()).unwrap();
    assert!(!created.iter().any(|file| file.ends_with("lariat.yaml")));
    assert_eq!(sandbox.text("lariat.yaml"), "# mine\n");
    assert!(init::init(sandbox.root()).unwrap().is_empty());
}

#[test]
fn generated_files_follow_the_program() {
    let sandbox = Sandbox::new();
    let made =
        |text: &str| init::init_with(sandbox.root(), &[("scripts/.types/x.lua", text.to_owned())]).unwrap();
    assert!(made("one").iter().any(|file| file.ends_with("x.lua")));
    assert!(made("one").is_empty());
    assert_eq!(made("two").len(), 1);
    assert_eq!(sandbox.text("scripts/.types/x.lua"), "two");
}
