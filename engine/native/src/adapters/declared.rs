//! A pool type that is known from a `plugin.toml`.

use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::params::ParamSpecs;
use lariat_core::source::{AccountSource, PoolType, SourceError};

use crate::load::ExtensionInfo;
use crate::{NativeError, Plugin};

/// Loads the plugin that declared it, or gives it, if it is loaded. May block.
type Load = dyn Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync;

/// A pool type whose library is loaded when the first pool of it is opened: what is asked
/// about definitions only is known without running it.
pub struct DeclaredPoolType {
    info: ExtensionInfo,
    load: Arc<Load>,
}

impl DeclaredPoolType {
    /// The pool type that this is said about.
    pub fn new(
        info: ExtensionInfo,
        load: impl Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync + 'static,
    ) -> Self {
        Self { info, load: Arc::new(load) }
    }
}

#[async_trait]
impl PoolType for DeclaredPoolType {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn description(&self) -> &str {
        &self.info.description
    }

    fn params(&self) -> Option<&ParamSpecs> {
        Some(&self.info.params)
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        self.info.problems(definition)
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let failed = |message: String| SourceError::Extension { extension: self.info.name.clone(), message };
        let load = self.load.clone();
        let loaded = tokio::task::spawn_blocking(move || load()).await;
        let plugin =
            loaded.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        let named = plugin.pool_types().into_iter().find(|it| it.name() == self.info.name);
        // What a library offers is compared with its plugin.toml before it is used.
        let pool_type = named.ok_or_else(|| failed("its plugin doesn't have it any more".into()))?;
        pool_type.open(definition).await
    }
}
