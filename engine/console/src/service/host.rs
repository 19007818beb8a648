//! What the program around the engine does for its service: what it keeps, and what only one
//! that stays up can do.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use lariat_core::launch::StopMode;
use lariat_core::records::{AttemptRecord, Records};
use lariat_workspace::Definitions;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::accounts::Imported;
use super::attempts::RunLog;
use super::error::{Code, ServiceError};
use super::upkeep::{Backup, Checked, Script};

/// What the program keeps: definitions as files, the account table, log files. A command that
/// works in a process of its own keeps the same.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// The definitions as files, if it keeps them so.
    fn definitions(&self) -> Option<Arc<Definitions>> {
        None
    }

    /// The account table and the record of runs, if it keeps them.
    fn records(&self) -> Option<Arc<dyn Records>> {
        None
    }

    /// What was logged of a run.
    async fn log_of(&self, _: &AttemptRecord) -> RunLog {
        RunLog::default()
    }

    /// Takes account files and folders into the table; relative paths begin at the
    /// workspace.
    ///
    /// # Errors
    /// When a path doesn't exist, or the store failed.
    async fn import_accounts(&self, _: Vec<PathBuf>) -> Result<Imported, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine keeps no account table"))
    }

    /// Accounts as a file of a format that it knows (`csv`, `json`, …), secrets masked unless
    /// `reveal`.
    ///
    /// # Errors
    /// When the format isn't known, or can't hold them.
    async fn export_accounts(
        &self,
        _: Vec<Account>,
        _format: &str,
        _reveal: bool,
    ) -> Result<Vec<u8>, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine keeps no account table"))
    }

    /// Folders, besides the workspace, among whose folders people may choose one for a pool;
    /// relative ones begin at the workspace.
    fn folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The folder of the log files, if it keeps any.
    fn logs_dir(&self) -> Option<PathBuf> {
        None
    }

    /// Writes something small to the store, and waits until it is there.
    ///
    /// # Errors
    /// When the store can't be written.
    async fn probe_store(&self) -> Result<(), String> {
        Ok(())
    }

    /// How many requests wait for the store's writer, and how many may.
    fn store_queue(&self) -> Option<(usize, usize)> {
        None
    }

    /// Checks scripts of a kind without running them: those of these names, or all.
    ///
    /// # Errors
    /// When there is no such script.
    async fn check_scripts(&self, _: Script, _: Vec<String>) -> Result<Checked, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine runs no scripts"))
    }

    /// Writes a copy of the store among the backups; keeps that many.
    ///
    /// # Errors
    /// When it can't be written.
    async fn back_up(&self, _keep: Option<u32>) -> Result<Backup, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine keeps no store as a file"))
    }

    /// Looks at everything in the workspace: `level`, `about`, `message`, `cure`.
    ///
    /// # Errors
    /// When the workspace can't be read at all.
    async fn examine(&self) -> Result<Vec<Map<String, Value>>, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine has no workspace"))
    }

    /// What a plugin's files say of it; nothing of it is run.
    ///
    /// # Errors
    /// When there is no such plugin, or it can't be read.
    async fn inspect_plugin(&self, _name: &str) -> Result<Map<String, Value>, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine loads no plugins"))
    }
}

/// The program around an engine that stays up. It knows scripts, files and signals; the
/// service doesn't.
#[async_trait]
pub trait Host: Send + Sync {
    /// Reads everything again, now, and puts it in force.
    ///
    /// # Errors
    /// When the workspace can't be read at all.
    async fn reload(&self) -> Result<Reloaded, ServiceError>;

    /// How it notices that files were edited.
    fn watching(&self) -> Watching;

    /// The extensions in force, and those that couldn't be loaded, as they are listed:
    /// `{kind, name, file, generation, state, error}`.
    fn extensions(&self) -> Vec<Value>;

    /// The kinds of instance provider that `lariat.yaml` may name, and those that couldn't be
    /// loaded: `{name, description, params, file, generation, instances, state, error}`.
    fn provider_types(&self) -> Vec<Value> {
        Vec::new()
    }

    /// The native plugins: those in force with what is counted of them, and why others aren't.
    ///
    /// # Errors
    /// When this engine has none.
    async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        Err(ServiceError::new(Code::Refused, "this engine loads no plugins"))
    }

    /// Does something about a plugin; says what came of it.
    ///
    /// # Errors
    /// When there is no such plugin, or it couldn't be done.
    async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        let _ = (id, order);
        Err(ServiceError::new(Code::Refused, "this engine loads no plugins"))
    }

    /// Notes that somebody was shown an account's secrets.
    fn revealed(&self, who: &str, account: &AccountId) {
        tracing::warn!(who, %account, "was shown the secrets of an account");
    }

    /// Notes that somebody took the secrets of so many accounts away.
    fn revealed_in_a_file(&self, who: &str, accounts: usize) {
        tracing::warn!(who, accounts, "took away the secrets of accounts, in a file");
    }

    /// What was changed in `lariat.yaml` and acts only after a restart.
    fn needs_restart(&self) -> Vec<String>;

    /// Whether the engine is ending.
    fn is_ending(&self) -> bool;

    /// Ends the engine.
    fn shut_down(&self, mode: StopMode);
}

/// Why something can't be done without an engine that stays up.
pub const NO_ENGINE: &str = "no engine runs in this workspace; `lariat up` starts one";

/// No engine stays up: a command does what it was asked for, and ends.
#[derive(Debug, Clone, Copy)]
pub struct NotUp;

impl NotUp {
    fn told<T>() -> Result<T, ServiceError> {
        Err(ServiceError::new(Code::Busy, NO_ENGINE))
    }
}

#[async_trait]
impl Host for NotUp {
    async fn reload(&self) -> Result<Reloaded, ServiceError> {
        Self::told()
    }

    fn watching(&self) -> Watching {
        Watching { mode: "off", trouble: None }
    }

    fn extensions(&self) -> Vec<Value> {
        Vec::new()
    }

    async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        Self::told()
    }

    async fn plugin(&self, _: &str, _: PluginOrder) -> Result<Reloaded, ServiceError> {
        Self::told()
    }

    /// Whoever runs the command may read the store's file.
    fn revealed(&self, _: &str, _: &AccountId) {}

    fn revealed_in_a_file(&self, _: &str, _: usize) {}

    fn needs_restart(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_ending(&self) -> bool {
        false
    }

    fn shut_down(&self, _: StopMode) {}
}

/// What is done about a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginOrder {
    /// Its library is loaded again, if it is another one now.
    Reload,
    /// Nobody uses it any more, for this reason.
    Quarantine(String),
    /// It is used again.
    Lift,
}

/// How an engine notices that files were edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Watching {
    /// `auto`: the system tells; `poll`: it looks now and then; `off`.
    pub mode: &'static str,
    /// What went wrong with it, with what to do.
    pub trouble: Option<String>,
}

/// What became of edited files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reloaded {
    /// What is in force anew: `pool "Gold" (generation 3)`.
    pub reloaded: Vec<String>,
    /// What isn't there any more.
    pub removed: Vec<String>,
    /// What can't be used, and why; what was in force stays.
    pub problems: Vec<String>,
    /// What acts only after a restart.
    pub needs_restart: Vec<String>,
}
