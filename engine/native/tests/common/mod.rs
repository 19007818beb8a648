//! A workspace whose plugins are compiled by the test.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lariat_core::kv::MemoryKv;
use lariat_native::{Deadlines, NativeHost, NativeOptions, Plugin};
use tempfile::TempDir;

pub struct Bench {
    folder: TempDir,
    pub kv: Arc<MemoryKv>,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), kv: Arc::default() }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn options(&self) -> NativeOptions {
        let mut options = NativeOptions::new(self.folder.path(), self.kv.clone());
        options.deadlines = Deadlines { grace: Duration::from_millis(20), ..Deadlines::default() };
        options
    }

    pub fn host(&self) -> NativeHost {
        NativeHost::new(self.options())
    }

    /// Compiles the fixture into `plugins/NAME/plugin.so`, and writes its plugin.toml.
    pub fn plugin(&self, name: &str, defines: &[&str]) -> PathBuf {
        let id = value(defines, "ID").unwrap_or("fixture");
        let version = value(defines, "VERSION").unwrap_or("1.0.0");
        self.manifest(name, id, version);
        self.compile(name, defines)
    }

    pub fn manifest(&self, name: &str, id: &str, version: &str) {
        let text = format!(
            "id = \"{id}\"\nversion = \"{version}\"\nabi = \"1.0\"\nlibrary = \"plugin.so\"\n\n\
             [[extension]]\nkind = \"pool\"\nname = \"{id}\"\n\n\
             [[extension]]\nkind = \"routine\"\nname = \"Run_{id}\"\n\n\
             [[extension]]\nkind = \"provider\"\nname = \"boxes_{id}\"\n\n\
             [[extension]]\nkind = \"hook\"\nname = \"hook_{id}\"\non = [\"before:validate\"]\n"
        );
        self.write(&format!("plugins/{name}/plugin.toml"), text);
    }

    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Compiles the fixture, as an author would.
    pub fn compile(&self, name: &str, defines: &[&str]) -> PathBuf {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let library = self.path(&format!("plugins/{name}/plugin.so"));
        std::fs::create_dir_all(library.parent().unwrap()).unwrap();
        let out = Command::new("cc")
            .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
            .arg(here.join("../../sdk/c/include"))
            .args(defines.iter().map(|define| format!("-D{define}")))
            .arg(here.join("tests/fixtures/pool.c"))
            .arg("-o")
            .arg(&library)
            .output()
            .expect("install a C compiler");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        library
    }
}

fn value<'a>(defines: &[&'a str], name: &str) -> Option<&'a str> {
    let found = defines.iter().find_map(|define| define.strip_prefix(name)?.strip_prefix('='));
    found.map(|text| text.trim_matches('"'))
}

/// The one plugin that there is.
pub fn only(host: &NativeHost) -> Arc<Plugin> {
    let mut loaded = host.load();
    assert_eq!(loaded.len(), 1);
    loaded.remove(0).1.unwrap()
}
