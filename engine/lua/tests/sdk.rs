//! The files of `sdk/lua` and the reference in `scripts/README.md` are those of the
//! description. `UPDATE_SDK=1 cargo test -p lariat-lua --test sdk` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use lariat_lua::sdk;

fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("UPDATE_SDK").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is out of date; run `UPDATE_SDK=1 cargo test -p lariat-lua --test sdk`");
}

#[test]
fn the_annotations_are_up_to_date() {
    compare("sdk/lua/lariat.lua", &sdk::luals());
    compare("sdk/lua/lariat.d.luau", &sdk::luau());
}

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/README.md");
    let text = fs::read_to_string(path).unwrap();
    let made = sdk::reference(&text).expect("scripts/README.md has lost the marks of its reference");
    compare("scripts/README.md", &made);
}
