//! A workspace without its store: settings, definitions, scripts, plugins.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_accounts::FilePoolType;
use lariat_core::clock::SystemClock;
use lariat_core::definition::{Catalog, Problem};
use lariat_core::ids::GroupName;
use lariat_core::kv::KeyValueStore;
use lariat_core::registry::Registry;
use lariat_core::source::PoolType;
use lariat_lua::LuaHost;
use lariat_native::ExtensionKind;
use lariat_store::sql::{DatabaseRef, GuardLimits, MAIN, SqlPoolType};
use lariat_workspace::{Definitions, Workspace, WorkspaceError};

use crate::args::Global;
use crate::exit::{CliError, Exit};
use crate::plugins::Plugins;
use crate::scripts::{self, ScriptKv, Scripts};

/// A workspace's folder with what is written in it.
pub struct Home {
    pub workspace: Workspace,
    pub definitions: Arc<Definitions>,
    pub types: Arc<Registry<dyn PoolType>>,
    /// What became of the scripts in `scripts/pools/`, and of the plugins' pool types.
    pub pool_scripts: Arc<Scripts>,
    plugins: Arc<Plugins>,
    lua: Arc<LuaHost>,
    kv: Arc<ScriptKv>,
}

impl Home {
    /// Finds and reads the workspace.
    pub fn open(global: &Global) -> Result<Self, CliError> {
        Self::open_with(global, |workspace, kv| Plugins::load(workspace, kv, false), |_, _| {})
    }

    /// The same without running plugins that declare what they offer: one is loaded when
    /// something of it is used.
    pub fn open_declared(global: &Global) -> Result<Self, CliError> {
        Self::open_with(global, |workspace, kv| Plugins::declared(workspace, kv), |_, _| {})
    }

    /// The same for launches of groups: loads what hooks there are, and the routines of `groups`,
    /// so that what is wrong with one is told before anything begins.
    pub fn open_for(global: &Global, groups: impl Fn(&GroupName) -> bool) -> Result<Self, CliError> {
        Self::open_with(
            global,
            |workspace, kv| Plugins::declared(workspace, kv),
            |catalog, plugins| {
                let launched = catalog.groups.iter().filter(|(name, _)| groups(name));
                let routines: BTreeSet<&str> =
                    launched.map(|(_, group)| group.definition.routine.as_str()).collect();
                plugins.load_needed(|extension| match extension.kind {
                    ExtensionKind::Hook => true,
                    ExtensionKind::Routine => routines.contains(extension.name.as_str()),
                    // Loaded when they are opened, which a launch does before it begins.
                    ExtensionKind::Pool | ExtensionKind::Provider => false,
                });
            },
        )
    }

    /// The same, with each plugin in a process of its own: one that breaks while it is loaded
    /// breaks nothing here.
    pub fn open_apart(global: &Global) -> Result<Self, CliError> {
        Self::open_with(global, |workspace, kv| Plugins::load(workspace, kv, true), |_, _| {})
    }

    fn open_with(
        global: &Global,
        plugins: impl FnOnce(&Workspace, Arc<ScriptKv>) -> Plugins,
        load_needed: impl FnOnce(&Catalog, &mut Plugins),
    ) -> Result<Self, CliError> {
        let root = find(global)?;
        let workspace = Workspace::open(&root)?;
        let kv = Arc::new(ScriptKv::default());
        let lua = Arc::new(lua(&workspace, kv.clone())?);
        let types = pool_types(&workspace);
        let mut plugins = plugins(&workspace, kv.clone());
        let pool_scripts = Arc::new(scripts::pool_types(&lua, &types).and(plugins.pool_types(&types)));
        let (known, tried, unloaded) = (types.clone(), pool_scripts.clone(), plugins.failures());
        let definitions = Definitions::new(workspace.root()).with_pool_check(move |pool| {
            match known.get(&pool.pool_type) {
                Ok(found) => found.extension.problems(pool),
                Err(unknown) => {
                    let unknown = unknown.to_string();
                    let why = tried.why_missing(&pool.pool_type);
                    let why = why.or_else(|| unloaded.why_missing(&pool.pool_type));
                    let told = why.map(str::to_owned).unwrap_or(unknown);
                    vec![Problem::at("type", told)]
                }
            }
        });
        definitions.discover()?;
        load_needed(&definitions.catalog(), &mut plugins);
        let plugins = Arc::new(plugins);
        Ok(Self { workspace, definitions: Arc::new(definitions), types, pool_scripts, plugins, lua, kv })
    }

    /// All definitions in force.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.definitions.catalog()
    }

    /// A path as people like to see it: from the workspace on, if it is inside.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(self.workspace.root()).unwrap_or(path).display().to_string()
    }

    /// What loads and runs the scripts.
    pub fn lua(&self) -> &Arc<LuaHost> {
        &self.lua
    }

    /// The native plugins.
    pub fn plugins(&self) -> &Arc<Plugins> {
        &self.plugins
    }

    /// Keeps `ctx.store` in this store from now on.
    pub fn keep_in(&self, store: Arc<dyn KeyValueStore>) {
        self.kv.keep_in(store);
    }
}

fn lua(workspace: &Workspace, kv: Arc<dyn KeyValueStore>) -> Result<LuaHost, CliError> {
    let config = workspace.config();
    let options = lariat_lua::LuaOptions {
        budgets: lariat_lua::Budgets {
            cpu: config.lua.cpu.as_duration(),
            fetch: config.lua.fetch.as_duration(),
            memory: usize::try_from(config.lua.memory.bytes()).unwrap_or(usize::MAX),
            ..lariat_lua::Budgets::default()
        },
        limits: config.limit_table(),
        vm_threads: config.lua.threads as usize,
        http: lariat_lua::HttpPolicy {
            allow: config.http.allow.clone(),
            only_listed: config.http.only_listed,
        },
        scripts_dir: workspace.scripts_dir(),
        kv,
        clock: Arc::new(SystemClock),
    };
    LuaHost::new(options).map_err(|error| CliError::new(Exit::Failed, error.to_string()))
}

/// The workspace's folder.
pub fn find(global: &Global) -> Result<PathBuf, CliError> {
    let here = std::env::current_dir()
        .map_err(|error| CliError::new(Exit::Failed, format!("the current folder: {error}")))?;
    let named = std::env::var("LARIAT_WORKSPACE").ok();
    Ok(Workspace::find(global.workspace.as_deref(), named.as_deref(), &here)?)
}

fn pool_types(workspace: &Workspace) -> Arc<Registry<dyn PoolType>> {
    let config = workspace.config();
    let mut databases =
        std::collections::BTreeMap::from([(MAIN.to_owned(), DatabaseRef::from(workspace.store_path()))]);
    for (name, url) in &config.databases {
        if let Ok(database) = DatabaseRef::parse(url.reveal(), workspace.root()) {
            databases.insert(name.clone(), database);
        }
    }
    let limits = GuardLimits {
        deadline: config.query.deadline.as_duration(),
        rows: usize::try_from(config.query.max_rows).unwrap_or(usize::MAX),
        ..GuardLimits::default()
    };
    let types: Arc<Registry<dyn PoolType>> = Arc::new(Registry::new("pool type"));
    types.register("sql", "built-in", Arc::new(SqlPoolType::new(databases).with_limits(limits)));
    types.register("file", "built-in", Arc::new(FilePoolType::new(workspace.root())));
    types
}

impl From<WorkspaceError> for CliError {
    fn from(error: WorkspaceError) -> Self {
        let exit = match &error {
            WorkspaceError::NoWorkspace { .. } | WorkspaceError::NotAFolder { .. } => Exit::NotFound,
            WorkspaceError::Config(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        match error {
            WorkspaceError::Definition(error) => error.into(),
            other => Self::new(exit, other.to_string()),
        }
    }
}
