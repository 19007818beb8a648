//! A server of an engine whose definitions are files, with accounts and runs to look at.
#![allow(clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use lariat_console::server::access::Keys;
use lariat_console::server::{Shared, router};
use lariat_console::{
    Backup, Checked, Code, Host, Imported, Keeper, PluginOrder, Reloaded, Script, Service, ServiceError,
    Watching,
};
use lariat_core::account::{Account, AccountRow};
use lariat_core::clock::SystemClock;
use lariat_core::definition::PoolDefinition;
use lariat_core::event::EventBus;
use lariat_core::hook::Hooks;
use lariat_core::ids::AccountId;
use lariat_core::instance::{Instances, StaticProvider};
use lariat_core::launch::StopMode;
use lariat_core::ledger::MemoryLedger;
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::outcome::Outcome;
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::records::{MemoryRecords, Records};
use lariat_core::registry::Registry;
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use lariat_core::source::{AccountSource, PoolType, Selection, SourceError};
use lariat_workspace::Definitions;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::Answer;

pub const RIGHT: (&str, &str) = ("authorization", "Bearer right");
pub const LOOK: (&str, &str) = ("authorization", "Bearer look");

/// Pools of type `list`: the accounts that `config.ids` names. One that is `forbidden`
/// is refused, as a query is that would write.
struct List(Vec<String>);

#[async_trait]
impl PoolType for List {
    fn name(&self) -> &str {
        "list"
    }
    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        if definition.config.contains_key("forbidden") {
            return Err(SourceError::Refused("a list may only be read".into()));
        }
        let ids = definition.config.get("ids").cloned().unwrap_or_default();
        Ok(Arc::new(Self(serde_json::from_value(ids).unwrap_or_default())))
    }
}

#[async_trait]
impl AccountSource for List {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let fields = Map::from_iter([("password".to_owned(), json!("canary"))]);
        let row = |id: &String| AccountRow::new(AccountId::new(id).unwrap(), fields.clone());
        Ok(Selection { accounts: self.0.iter().map(row).collect(), warnings: Vec::new() })
    }
}

/// A routine that is done at once.
struct Done(RoutineInfo);

#[async_trait]
impl Routine for Done {
    fn info(&self) -> &RoutineInfo {
        &self.0
    }
    async fn run(&self, _: RoutineRun) -> Result<Outcome, RoutineError> {
        Ok(Outcome::Completed(Map::new()))
    }
}

/// A routine that runs until it is stopped.
struct Stays(RoutineInfo);

#[async_trait]
impl Routine for Stays {
    fn info(&self) -> &RoutineInfo {
        &self.0
    }
    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        run.stopping.cancelled().await;
        Ok(Outcome::Returned { reason: "stopped".into() })
    }
}

/// What the engine's program keeps and is told.
struct Program {
    definitions: Arc<Definitions>,
    records: Arc<MemoryRecords>,
    revealed: Arc<Mutex<Vec<(String, String)>>>,
    broken: Arc<AtomicBool>,
    ordered: Arc<Mutex<Vec<(String, PluginOrder)>>>,
}

#[async_trait]
impl Keeper for Program {
    fn definitions(&self) -> Option<Arc<Definitions>> {
        Some(self.definitions.clone())
    }
    fn records(&self) -> Option<Arc<dyn Records>> {
        Some(self.records.clone())
    }
    async fn import_accounts(&self, paths: Vec<PathBuf>) -> Result<Imported, ServiceError> {
        let problems = paths.iter().map(|path| path.display().to_string()).collect();
        Ok(Imported { problems, ..Imported::default() })
    }
    async fn export_accounts(
        &self,
        accounts: Vec<Account>,
        format: &str,
        reveal: bool,
    ) -> Result<Vec<u8>, ServiceError> {
        let rows: Vec<_> = accounts.iter().map(|account| account.shown(reveal)).collect();
        let lines = rows.iter().map(|row| json!(row).to_string()).collect::<Vec<_>>();
        Ok(if format == "json" { json!(rows).to_string() } else { lines.join("\n") }.into_bytes())
    }
    fn logs_dir(&self) -> Option<PathBuf> {
        Some(self.definitions.root().join("logs"))
    }
    async fn check_scripts(&self, _: Script, names: Vec<String>) -> Result<Checked, ServiceError> {
        let finding = json!({"file": "scripts/routines/r.lua", "line": 3, "severity": "warning"});
        let findings = vec![finding.as_object().unwrap().clone()];
        Ok(Checked { scripts: names.len(), ok: true, findings })
    }
    async fn back_up(&self, _: Option<u32>) -> Result<Backup, ServiceError> {
        Ok(Backup { path: ".lariat/backups/one.db".into(), bytes: 4096, ..Backup::default() })
    }
    async fn examine(&self) -> Result<Vec<Map<String, Value>>, ServiceError> {
        let finding = json!({"level": "ok", "about": "workspace", "message": "there"});
        Ok(vec![finding.as_object().unwrap().clone()])
    }
    async fn inspect_plugin(&self, name: &str) -> Result<Map<String, Value>, ServiceError> {
        Ok(json!({"name": name, "library": "plugins/csv/libcsv.so"}).as_object().unwrap().clone())
    }
    async fn probe_store(&self) -> Result<(), String> {
        if self.broken.load(Ordering::SeqCst) { Err("the disk is full".into()) } else { Ok(()) }
    }
    fn store_queue(&self) -> Option<(usize, usize)> {
        Some((3, 1024))
    }
}

#[async_trait]
impl Host for Program {
    async fn reload(&self) -> Result<Reloaded, ServiceError> {
        Ok(Reloaded::default())
    }
    fn watching(&self) -> Watching {
        Watching { mode: "off", trouble: None }
    }
    fn extensions(&self) -> Vec<Value> {
        Vec::new()
    }
    async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        Ok(vec![
            json!({"id": "csv", "state": "ready", "generation": 1}),
            json!({"id": "looper", "state": "quarantined", "error": "it loops"}),
        ])
    }
    async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        if id != "csv" && id != "looper" {
            return Err(ServiceError::new(Code::NotFound, format!("unknown plugin \"{id}\"")));
        }
        self.ordered.lock().push((id.to_owned(), order));
        Ok(Reloaded { reloaded: vec![format!("plugin {id} (generation 2)")], ..Reloaded::default() })
    }
    fn revealed(&self, who: &str, account: &AccountId) {
        self.revealed.lock().push((who.to_owned(), account.to_string()));
    }
    fn needs_restart(&self) -> Vec<String> {
        Vec::new()
    }
    fn is_ending(&self) -> bool {
        false
    }
    fn shut_down(&self, _: StopMode) {}
}

/// The server, and what is behind it.
pub struct World {
    folder: TempDir,
    pub shared: Shared,
    pub router: Router,
    pub records: Arc<MemoryRecords>,
    /// Who was shown the secrets of which account.
    pub revealed: Arc<Mutex<Vec<(String, String)>>>,
    /// Whether its store can't be written.
    pub broken: Arc<AtomicBool>,
    /// What was done about which plugin.
    pub ordered: Arc<Mutex<Vec<(String, PluginOrder)>>>,
}

impl World {
    /// With these files, by their place in the workspace.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for sub in ["pools", "groups"] {
            std::fs::create_dir(folder.path().join(sub)).unwrap();
        }
        for (file, text) in files {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let definitions = Arc::new(Definitions::new(folder.path()));
        definitions.discover().unwrap();
        let clock = Arc::new(SystemClock);
        let (events, ledger) = (EventBus::new(clock.clone(), 64), Arc::new(MemoryLedger::new(clock.clone())));
        let types: Registry<dyn PoolType> = Registry::new("pool type");
        types.register("list", "test", Arc::new(List(Vec::new())));
        let routines: Registry<dyn Routine> = Registry::new("routine");
        let info = RoutineInfo { name: "Done".into(), ..RoutineInfo::default() };
        routines.register("Done", "test", Arc::new(Done(info)));
        let info = RoutineInfo { name: "Stays".into(), ..RoutineInfo::default() };
        routines.register("Stays", "test", Arc::new(Stays(info)));
        let pools = PoolManager::new(PoolParts {
            definitions: definitions.clone(),
            types: Arc::new(types),
            ledger: ledger.clone(),
            events: events.clone(),
            clock: clock.clone(),
        });
        let orchestrator = Orchestrator::new(OrchestratorParts {
            hooks: Hooks::default(),
            definitions: definitions.clone(),
            pools,
            routines: Arc::new(routines),
            instances: Instances::new(vec![Arc::new(StaticProvider::any())]),
            ledger,
            events: events.clone(),
            clock,
            templates: Arc::new(NoTemplates),
            defaults: Default::default(),
            drain_timeout: std::time::Duration::from_secs(1),
        });
        let (records, revealed) = (Arc::new(MemoryRecords::default()), Arc::default());
        let broken = Arc::new(AtomicBool::new(false));
        let ordered: Arc<Mutex<Vec<_>>> = Arc::default();
        let program = Arc::new(Program {
            definitions,
            records: records.clone(),
            revealed: Arc::clone(&revealed),
            broken: broken.clone(),
            ordered: ordered.clone(),
        });
        let service = Service::new(orchestrator, events, program.clone(), program);
        let shared = Shared::new(service, Keys::new("right", "look"), "127.0.0.1:7420".parse().unwrap());
        Self { folder, router: router(shared.clone()), shared, records, revealed, broken, ordered }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// What a file holds.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// The names of a folder's files.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let names = |path: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(path).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let mut names = names(&self.path(folder));
        names.sort();
        names
    }

    /// Asks `/api/v1/PATH` as a program with the full token.
    pub async fn ask(&self, method: &str, path: &str, body: impl ToString) -> Answer {
        self.ask_with(method, path, &[RIGHT], body).await
    }

    /// As [`World::ask`], as somebody else or with more headers.
    pub async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl ToString,
    ) -> Answer {
        super::ask(&self.router, method, &format!("/api/v1/{path}"), headers, &body.to_string()).await
    }
}

/// That an answer is a problem detail of this status and exit code; gives its words.
pub fn problem(answer: &Answer, status: u16, exit: i32) -> String {
    let told = answer.json();
    assert_eq!((answer.status.as_u16(), told["exit"].as_i64()), (status, Some(exit.into())), "{told}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{told}");
    assert_eq!(told["status"], status, "{told}");
    assert_eq!(told["detail"], told["error"], "{told}");
    told["detail"].as_str().unwrap().to_owned()
}
