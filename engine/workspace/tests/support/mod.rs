//! A workspace in a temporary folder.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_core::definition::Catalog;
use lariat_workspace::Definitions;
use tempfile::TempDir;

pub struct Sandbox {
    dir: TempDir,
    pub definitions: Definitions,
}

impl Sandbox {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let definitions = Definitions::new(dir.path());
        Self { dir, definitions }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    pub fn discover(&self) -> Arc<Catalog> {
        self.definitions.discover().unwrap()
    }
}

pub fn fixture(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file)).unwrap()
}

/// A file pool with more lines.
pub fn pool(name: &str, more: &str) -> String {
    format!("name: {name}\ntype: file\ndirectory: d\n{more}")
}
