//! Extensions that are known from a `plugin.toml`: what is asked about them only is known without
//! running their library.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::hook::{Hook, HookCall, HookError, HookInfo, Verdict};
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamSpecs;
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use lariat_core::source::{AccountSource, PoolType, SourceError};
use tokio::sync::OnceCell;

use crate::load::ExtensionInfo;
use crate::{NativeError, Plugin};

/// Loads the plugin that declared it, or gives it, if it is loaded. May block.
pub(super) type Load = dyn Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync;

/// What a plugin has under a name, once it is loaded; or why there is nothing.
async fn loaded<T>(load: &Arc<Load>, wanted: impl Fn(&Arc<Plugin>) -> Option<T>) -> Result<T, String> {
    let load = load.clone();
    let loaded = tokio::task::spawn_blocking(move || load()).await;
    let plugin = loaded.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    // What a library offers is compared with its plugin.toml before it is used.
    wanted(&plugin).ok_or_else(|| "its plugin doesn't have it any more".into())
}

/// A pool type whose library is loaded when the first pool of it is opened.
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
        let named = |plugin: &Arc<Plugin>| {
            plugin.pool_types().into_iter().find(|pool_type| pool_type.name() == self.info.name)
        };
        let failed = |message| SourceError::Extension { extension: self.info.name.clone(), message };
        loaded(&self.load, named).await.map_err(failed)?.open(definition).await
    }
}

/// A routine whose library is loaded with its first run.
pub struct DeclaredRoutine {
    info: RoutineInfo,
    load: Arc<Load>,
    routine: OnceCell<Arc<dyn Routine>>,
}

impl DeclaredRoutine {
    /// The routine of the library in `file` that this is said about.
    pub fn new(
        info: &ExtensionInfo,
        file: &Path,
        load: impl Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync + 'static,
    ) -> Self {
        Self { info: info.as_routine(file), load: Arc::new(load), routine: OnceCell::new() }
    }
}

#[async_trait]
impl Routine for DeclaredRoutine {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        let named = |plugin: &Arc<Plugin>| {
            plugin.routines().into_iter().find(|routine| routine.info().name == self.info.name)
        };
        let routine = self.routine.get_or_try_init(|| loaded(&self.load, named)).await;
        let routine = routine.map_err(|message| RoutineError::Raised { message, traceback: None })?;
        routine.run(run).await
    }
}

/// A hook whose library is loaded when it is first asked, within its timeout.
pub struct DeclaredHook {
    info: HookInfo,
    load: Arc<Load>,
    hook: OnceCell<Arc<dyn Hook>>,
}

impl DeclaredHook {
    /// The hook of the library in `file` that this is said about.
    pub fn new(
        info: &ExtensionInfo,
        file: &Path,
        load: impl Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync + 'static,
    ) -> Self {
        Self { info: info.as_hook(file), load: Arc::new(load), hook: OnceCell::new() }
    }
}

#[async_trait]
impl Hook for DeclaredHook {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let named =
            |plugin: &Arc<Plugin>| plugin.hooks().into_iter().find(|hook| hook.info().name == self.info.name);
        let hook = self.hook.get_or_try_init(|| loaded(&self.load, named)).await;
        hook.map_err(HookError::new)?.run(call).await
    }
}
