//! What the program keeps for its service, whether it stays up or does one command: the
//! workspace's files, the store, the scripts.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_accounts::AccountError;
use lariat_accounts::export::{self, Format};
use lariat_console::{Backup, Checked, Code, Imported, Keeper, Script, ServiceError};
use lariat_core::account::Account;
use lariat_core::kv::KeyValueStore as _;
use lariat_core::records::Records;
use lariat_lua::{LuaHost, ScriptKind, Severity};
use lariat_store::Store;
use lariat_workspace::{Definitions, Workspace};
use serde_json::{Map, Value, json};

use crate::app;
use crate::commands::{backup, check, plugin};
use crate::exit::CliError;
use crate::logging;

/// What the program keeps.
pub struct Keeping {
    pub workspace: Workspace,
    pub definitions: Arc<Definitions>,
    pub store: Arc<Store>,
    pub lua: Arc<LuaHost>,
}

fn failed(error: impl ToString) -> ServiceError {
    ServiceError::new(Code::Failed, error.to_string())
}

/// What would be printed, as an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[async_trait]
impl Keeper for Keeping {
    fn definitions(&self) -> Option<Arc<Definitions>> {
        Some(self.definitions.clone())
    }

    fn records(&self) -> Option<Arc<dyn Records>> {
        Some(self.store.clone())
    }

    async fn probe_store(&self) -> Result<(), String> {
        let now = jiff::Timestamp::now().to_string().into();
        self.store.set("lariat", "probe", now).await.map_err(|error| error.to_string())
    }

    fn store_queue(&self) -> Option<(usize, usize)> {
        self.store.queue()
    }

    async fn import_accounts(&self, paths: Vec<PathBuf>) -> Result<Imported, ServiceError> {
        if let Some(missing) = paths.iter().find(|path| !self.workspace.root().join(path).exists()) {
            let told = format!("{}: there is no such file or folder", missing.display());
            return Err(ServiceError::new(Code::NotFound, told));
        }
        Ok(app::import(&self.workspace, &self.store, &paths).await?)
    }

    async fn export_accounts(
        &self,
        accounts: Vec<Account>,
        format: &str,
        reveal: bool,
    ) -> Result<Vec<u8>, ServiceError> {
        let invalid = |error: AccountError| ServiceError::new(Code::Invalid, error.to_string());
        let format: Format = format.parse().map_err(invalid)?;
        let written = tokio::task::spawn_blocking(move || export::to_text(&accounts, format, reveal)).await;
        written.map_err(failed)?.map(String::into_bytes).map_err(invalid)
    }

    fn folders(&self) -> Vec<PathBuf> {
        self.workspace.config().console.folders.clone()
    }

    fn logs_dir(&self) -> Option<PathBuf> {
        Some(self.workspace.logs_dir())
    }

    fn flush_logs(&self) {
        logging::file::flush();
    }

    async fn check_scripts(&self, kind: Script, names: Vec<String>) -> Result<Checked, ServiceError> {
        let kind = match kind {
            Script::Routine => ScriptKind::Routine,
            Script::Pool => ScriptKind::Pool,
            Script::Hook => ScriptKind::Hook,
        };
        let (workspace, lua) = (self.workspace.clone(), self.lua.clone());
        let look = move || check::look(&workspace, &lua, kind, &names);
        let (scripts, findings) = tokio::task::spawn_blocking(look).await.map_err(failed)??;
        Ok(Checked {
            scripts,
            ok: findings.iter().all(|finding| finding.severity != Severity::Error),
            findings: findings.iter().map(|finding| object(json!(finding))).collect(),
        })
    }

    async fn back_up(&self, keep: Option<u32>) -> Result<Backup, ServiceError> {
        Ok(backup::make(&self.workspace, None, keep).await?)
    }

    /// In a process of its own: the doctor loads everything anew, whatever is broken.
    async fn examine(&self) -> Result<Vec<Map<String, Value>>, ServiceError> {
        let program = std::env::current_exe().map_err(failed)?;
        let mut doctor = std::process::Command::new(program);
        doctor.args(["doctor", "--json", "--quiet", "--workspace"]).arg(self.workspace.root());
        doctor.stdin(Stdio::null()).stderr(Stdio::null());
        let told = tokio::task::spawn_blocking(move || doctor.output()).await.map_err(failed)?;
        let told = told.map_err(failed)?.stdout;
        serde_json::from_slice(&told).map_err(|_| {
            let why: Value = serde_json::from_slice(&told).unwrap_or_default();
            let why = why.get("error").and_then(Value::as_str);
            failed(why.unwrap_or("the doctor said nothing; `lariat doctor` shows why"))
        })
    }

    async fn inspect_plugin(&self, name: &str) -> Result<Map<String, Value>, ServiceError> {
        let (workspace, name) = (self.workspace.clone(), name.to_owned());
        let looked = tokio::task::spawn_blocking(move || plugin::inspect::look(&workspace, &name)).await;
        Ok(object(json!(looked.map_err(failed)??)))
    }
}

impl From<CliError> for ServiceError {
    fn from(error: CliError) -> Self {
        Self::new(error.exit.code(), error.message)
    }
}
