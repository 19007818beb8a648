//! What only the program around the engine can do.

use async_trait::async_trait;
use lariat_core::launch::StopMode;
use serde::Serialize;
use serde_json::Value;

use super::error::ServiceError;

/// The program around the engine. It knows scripts, files and signals; the service
/// doesn't.
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

    /// What was changed in `lariat.yaml` and acts only after a restart.
    fn needs_restart(&self) -> Vec<String>;

    /// Whether the engine is ending.
    fn is_ending(&self) -> bool;

    /// Ends the engine.
    fn shut_down(&self, mode: StopMode);
}

/// How an engine notices that files were edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watching {
    /// `auto`: the system tells; `poll`: it looks now and then; `off`.
    pub mode: &'static str,
    /// What went wrong with it, with what to do.
    pub trouble: Option<String>,
}

/// What became of edited files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
