//! A workspace with one of the repository's plugins in it, loaded by the real host.

#![allow(clippy::unwrap_used, clippy::panic)] // only tests use it

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lariat_core::account::Account;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
use lariat_core::kv::MemoryKv;
use lariat_core::routine::{Progress, RoutineRun};
use lariat_core::source::AccountSource;
use lariat_native::{NativeHost, NativeOptions, Plugin};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A workspace.
pub struct Workspace {
    folder: TempDir,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }
}

impl Workspace {
    /// A path in it.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file in it.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Puts a Rust plugin into `plugins/`, as a user would, and loads it.
    pub fn rust(&self, name: &str) -> Arc<Plugin> {
        let library = format!("liblariat_{name}.so");
        // Cargo leaves libraries of path dependencies beside the test's own program.
        let built = std::env::current_exe().unwrap().with_file_name(&library);
        self.copy(&source(name).join("plugin.toml"), &format!("plugins/{name}/plugin.toml"));
        self.copy(&built, &format!("plugins/{name}/{library}"));
        self.load()
    }

    /// Builds a C plugin by its Makefile, into `plugins/`, and loads it.
    pub fn c(&self, name: &str) -> Arc<Plugin> {
        let into = self.path(&format!("plugins/{name}"));
        let mut make = Command::new("make");
        make.arg("install").arg("-C").arg(source(name));
        let made = make_into(&mut make, &into);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        self.load()
    }

    fn copy(&self, from: &Path, to: &str) {
        let content = std::fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        self.write(to, content);
    }

    fn load(&self) -> Arc<Plugin> {
        let host = NativeHost::new(NativeOptions::new(self.folder.path(), Arc::<MemoryKv>::default()));
        let mut loaded = host.load();
        assert_eq!(loaded.len(), 1);
        loaded.remove(0).1.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn make_into(make: &mut Command, into: &Path) -> std::process::Output {
    let build = TempDir::new().unwrap();
    make.arg(format!("BUILD={}", build.path().display())).arg(format!("DESTINATION={}", into.display()));
    make.output().unwrap_or_else(|error| panic!("make: {error}; install make and a C compiler"))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins").join(name)
}

/// Opens a plugin's only pool type.
pub async fn pool(plugin: &Arc<Plugin>, config: Value) -> Arc<dyn AccountSource> {
    let kind = plugin.pool_types().remove(0);
    let definition = json!({"name": "P", "type": kind.name(), "config": config});
    kind.open(&serde_json::from_value(definition).unwrap()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What a pool selects: ids, in their order.
pub async fn ids(source: &Arc<dyn AccountSource>) -> Vec<String> {
    let selection = source.fetch().await.unwrap_or_else(|error| panic!("{error}"));
    selection.accounts.iter().map(|row| row.id().to_owned()).collect()
}

/// An account with fields: an object.
pub fn account(id: &str, fields: Value) -> Account {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    Account::new(AccountId::new(id).unwrap(), fields)
}

/// One run of a routine, whose parameters were checked.
pub fn run(account: Option<Account>, params: Value) -> RoutineRun {
    let Value::Object(params) = params else { panic!("parameters are an object") };
    RoutineRun {
        account: account.map(Arc::new),
        params: Arc::new(params),
        launch: LaunchId::random(),
        group: GroupName::new("G").unwrap(),
        instance: InstanceId(0),
        generation: 1,
        stopping: CancellationToken::new(),
        progress: Progress::new(|_, _| {}),
    }
}
