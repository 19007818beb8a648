//! What the program writes itself isn't told; what somebody else wrote meanwhile isn't
//! overwritten.

use std::fs;
use std::path::Path;
use std::sync::mpsc;

use lariat_core::definition::PoolDefinition;
use lariat_core::ids::PoolName;
use lariat_workspace::hash::ContentHash;
use lariat_workspace::watch::Options;
use lariat_workspace::watch::What::Changed;
use lariat_workspace::{Definitions, Seen, Watch, WorkspaceError};

use crate::{POOL, Watched, put};

#[test]
fn own_writes_do_not_come_back() {
    let mut it = Watched::with(&[("pools/gold.yaml", POOL)]);
    let text = "name: Gold\ntype: file\ndirectory: mine\n";
    it.own.expect(Path::new("pools/gold.yaml"), Some(ContentHash::of(text.as_bytes())));
    fs::write(it.path("pools/gold.yaml"), text).unwrap();
    assert_eq!(it.rest(), []);
    // What somebody else makes of it then does.
    fs::write(it.path("pools/gold.yaml"), POOL).unwrap();
    it.tells(&[("pools/gold.yaml", Changed)]);
    // And what somebody else writes over an own write within a moment.
    it.own.expect(Path::new("pools/gold.yaml"), Some(ContentHash::of(text.as_bytes())));
    fs::write(it.path("pools/gold.yaml"), text).unwrap();
    fs::write(it.path("pools/gold.yaml"), "name: Theirs\n").unwrap();
    it.tells(&[("pools/gold.yaml", Changed)]);
}

#[test]
fn definitions_tell_the_watch_what_they_write() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder.path().join("pools/gold.yaml"), POOL);
    let definitions = Definitions::new(folder.path());
    definitions.discover().unwrap();
    let (tell, told) = mpsc::channel();
    let tell = move |changes| drop(tell.send(changes));
    let watch = Watch::start(folder.path(), Options::default(), definitions.own_writes(), tell).unwrap();
    let name = PoolName::new("Gold").unwrap();
    let mut pool = (*definitions.catalog().pool("Gold").unwrap().definition).clone();
    pool.directory = Some("elsewhere".into());
    definitions.save_pool(&name, &pool, None).unwrap();
    let new = PoolDefinition { name: PoolName::new("New").unwrap(), ..pool.clone() };
    definitions.save_new_pool(&new, None).unwrap();
    definitions.remove_pool(&name, None).unwrap();
    watch.rescan();
    assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Empty));
}

#[test]
fn the_later_save_that_was_based_on_an_older_content_is_refused_with_a_diff() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pools/gold.yaml");
    put(&path, POOL);
    let definitions = Definitions::new(folder.path());
    let catalog = definitions.discover().unwrap();
    let name = PoolName::new("Gold").unwrap();
    let seen = definitions.pool_content(&name).unwrap();
    let mut mine = (*catalog.pool("Gold").unwrap().definition).clone();
    mine.directory = Some("mine".into());

    // An editor was quicker, and the engine has read it already.
    fs::write(&path, POOL.replace("accounts", "theirs")).unwrap();
    definitions.discover().unwrap();
    let refused = definitions.save_pool(&name, &mine, Seen::Content(seen)).unwrap_err();
    let WorkspaceError::Changed { difference: Some(difference), .. } = &refused else { panic!("{refused}") };
    assert!(difference.contains("-directory: theirs\n+directory: mine"), "{difference}");
    assert!(fs::read_to_string(&path).unwrap().contains("theirs"));

    // An editor was quicker, and nobody has read it.
    let seen = definitions.pool_content(&name).unwrap();
    fs::write(&path, POOL.replace("accounts", "others")).unwrap();
    let refused = definitions.save_pool(&name, &mine, Seen::Content(seen)).unwrap_err();
    assert!(refused.to_string().contains("-directory: others"), "{refused}");

    // Who looks again may.
    definitions.discover().unwrap();
    let seen: ContentHash = definitions.pool_content(&name).unwrap().to_string().parse().unwrap();
    definitions.save_pool(&name, &mine, Seen::Content(seen)).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("mine"));
}
