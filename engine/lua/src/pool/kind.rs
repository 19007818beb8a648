//! A script as core's [`PoolType`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::limits::{Calls, LimitedSource};
use lariat_core::params::{ParamKind, ParamSpecs};
use lariat_core::source::{AccountSource, PoolType, SourceError};
use serde_json::{Map, Value};

use super::source::LuaSource;
use crate::script::Script;

/// What a pool type says about itself.
#[derive(Debug, Clone)]
pub struct PoolTypeInfo {
    /// The word for it in a definition's `type`.
    pub name: String,
    /// For people.
    pub description: String,
    /// What a definition's `config` holds.
    pub params: ParamSpecs,
    /// Whether it has a `claim`.
    pub claims: bool,
    /// Whether it has a `settle`.
    pub settles: bool,
    /// The file it was read from.
    pub file: PathBuf,
}

/// A pool type whose `fetch`, `claim` and `settle` are a script's.
pub struct LuaPoolType {
    pub(crate) info: PoolTypeInfo,
    pub(crate) script: Script,
}

impl LuaPoolType {
    /// What it says about itself.
    pub fn info(&self) -> &PoolTypeInfo {
        &self.info
    }

    fn checked(&self, definition: &PoolDefinition) -> Result<Map<String, Value>, Vec<Problem>> {
        self.info.params.check("config", &definition.config)
    }
}

#[async_trait]
impl PoolType for LuaPoolType {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn description(&self) -> &str {
        &self.info.description
    }

    fn params(&self) -> Option<&ParamSpecs> {
        Some(&self.info.params)
    }

    fn calls(&self) -> Option<Calls> {
        Some(self.script.turns.calls())
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        self.checked(definition).err().unwrap_or_default()
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let mut params = self.checked(definition).map_err(SourceError::Invalid)?;
        resolve(&self.info.params, &mut params, &self.script.host.workspace);
        let source = LuaSource {
            pool: definition.name.clone(),
            params: Arc::new(params),
            claims: self.info.claims,
            settles: self.info.settles,
            script: self.script.clone(),
        };
        Ok(Arc::new(LimitedSource::new(Arc::new(source), self.script.turns.clone())))
    }
}

/// Paths are meant from the workspace on, wherever the engine was started.
fn resolve(specs: &ParamSpecs, params: &mut Map<String, Value>, workspace: &Path) {
    for (name, value) in params {
        let is_path = specs.0.get(name).is_some_and(|spec| spec.kind == ParamKind::Path);
        if let Value::String(path) = value
            && is_path
        {
            *path = workspace.join(&*path).to_string_lossy().into_owned();
        }
    }
}
