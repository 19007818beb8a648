//! What keeps a workspace in order: its scripts checked, its store copied, the doctor asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Service;
use super::error::ServiceError;

/// The kinds of scripts that are checked by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Script {
    /// `scripts/routines/`
    Routine,
    /// `scripts/pools/`
    Pool,
    /// `scripts/hooks/`
    Hook,
}

/// What came of checking scripts.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Checked {
    /// How many were checked.
    pub scripts: usize,
    /// Whether none of them must be mended.
    pub ok: bool,
    /// What there is to say: `file`, `line`, `severity`, `message`, `hint`.
    pub findings: Vec<Map<String, Value>>,
}

/// A copy of the store that was made.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Backup {
    /// Its file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// How many accounts are in it.
    pub accounts: u64,
    /// Older ones that were removed.
    pub removed: Vec<String>,
}

impl Service {
    /// Compiles and checks scripts of a kind without running them: those of these names, or all
    /// with what they share.
    ///
    /// # Errors
    /// When there is no such script.
    pub async fn check_scripts(&self, kind: Script, names: Vec<String>) -> Result<Checked, ServiceError> {
        self.keeper.check_scripts(kind, names).await
    }

    /// Writes a copy of the store, of one moment, among the backups; keeps that many.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn back_up(&self, keep: Option<u32>) -> Result<Backup, ServiceError> {
        self.keeper.back_up(keep).await
    }

    /// Looks at everything in the workspace: what was found, with what to do.
    ///
    /// # Errors
    /// When the workspace can't be read at all.
    pub async fn examine(&self) -> Result<Vec<Map<String, Value>>, ServiceError> {
        self.keeper.examine().await
    }
}
