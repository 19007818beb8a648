//! A workspace with its store open and an orchestrator over it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use lariat_console::{Imported, NotUp, Service};
use lariat_core::clock::{SharedClock, SystemClock};
use lariat_core::event::{DEFAULT_CAPACITY, EventBus};
use lariat_core::hook::{Hook, Hooks};
use lariat_core::ids::{AccountId, GroupName};
use lariat_core::instance::Instances;
use lariat_core::kv::{DraftKv, KeyValueStore, PatientKv};
use lariat_core::ledger::Ledger;
use lariat_core::orchestrator::{Orchestrator, OrchestratorParts, TemplateCheck};
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::registry::Registry;
use lariat_core::routine::{Routine, RoutineInfo};
use lariat_store::accounts::ImportAccount;
use lariat_store::{Durability, Store, StoreError, StoreOptions};
use lariat_workspace::Workspace;
use lariat_workspace::config::Durability as ConfiguredDurability;

use crate::args::Global;
use crate::exit::{CliError, Exit};
use crate::home::Home;
use crate::instances::Providers;
use crate::keeping::Keeping;
use crate::scripts::{self, OtherPools, Scripts};
use crate::upkeep::Upkeep;

/// What a command wants from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look; beside a running engine too.
    Read,
    /// To change it, as the only one.
    Write,
}

/// Whether a command may run bots, which need instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bots {
    Never,
    May,
}

/// How long a command waits for another short one that has the store.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where the fingerprint of the imported files is kept.
const IMPORT_OWNER: &str = "lariat";
const IMPORT_KEY: &str = "import_fingerprint";

/// An open workspace.
pub struct App {
    home: Home,
    pub store: Arc<Store>,
    pub pools: Arc<PoolManager>,
    pub orchestrator: Orchestrator,
    /// The verbs, for a command that no engine does.
    pub service: Arc<Service>,
    pub keeping: Arc<Keeping>,
    pub routines: Arc<Registry<dyn Routine>>,
    pub hooks: Arc<Registry<dyn Hook>>,
    pub providers: Providers,
    pub instances: Arc<Instances>,
    /// The script files that couldn't be loaded, and why.
    pub script_failures: BTreeMap<String, String>,
    /// Ends with the engine.
    upkeep: Option<Upkeep>,
}

impl std::ops::Deref for App {
    type Target = Home;
    fn deref(&self) -> &Home {
        &self.home
    }
}

impl App {
    /// Opens the workspace for what runs no bot: reads it, opens the store, returns the leases
    /// of an engine that died, takes in changed account files, loads the scripts. Plugins are
    /// loaded as far as pools are opened; there are no instances.
    pub async fn open_for_pools(global: &Global, access: Access) -> Result<Self, CliError> {
        Self::over(Home::open_declared(global)?, access, new_bus(), Bots::Never).await
    }

    /// The same for launches of some groups: plugins are loaded as far as those use them.
    pub async fn open_for(
        global: &Global,
        access: Access,
        events: EventBus,
        groups: impl Fn(&GroupName) -> bool,
    ) -> Result<Self, CliError> {
        Self::over(Home::open_for(global, groups)?, access, events, Bots::May).await
    }

    /// The same with all that plugins offer, and with a bus that somebody may listen to already.
    pub async fn open_on(global: &Global, access: Access, events: EventBus) -> Result<Self, CliError> {
        Self::over(Home::open(global)?, access, events, Bots::May).await
    }

    /// The same of a workspace that was read already.
    pub async fn over(home: Home, access: Access, events: EventBus, bots: Bots) -> Result<Self, CliError> {
        let store = Arc::new(open_store(&home.workspace, access).await?);
        let clock: SharedClock = Arc::new(SystemClock);
        let pools = PoolManager::new(PoolParts {
            definitions: home.definitions.clone(),
            types: home.types.clone(),
            ledger: store.clone(),
            events: events.clone(),
            clock: clock.clone(),
        });
        let kv = Arc::new(PatientKv::new(store.clone(), pools.health().clone()));
        match access {
            Access::Write => home.keep_in(kv),
            // Pools are asked and hooks rehearsed, and nothing of that may last.
            Access::Read => {
                home.keep_in(Arc::new(DraftKv::over(kv)));
                home.lua().fetch_once();
            }
        }
        let (routines, routine_scripts) = scripts::routines(home.lua());
        let (hooks, hook_scripts) = hooks(&home);
        let (providers, provider_scripts) = Providers::load(&home);
        let why_missing = |name: &str| provider_scripts.why_missing(name).map(str::to_owned);
        let instances = Instances::new(match bots {
            Bots::Never => Vec::new(),
            Bots::May => providers.of(&home.workspace.config().instances, why_missing)?,
        });
        let native_routines = home.plugins().routines(&routines);
        let unloaded = home.plugins().failures();
        for scripts in [
            &unloaded,
            &routine_scripts,
            &native_routines,
            &home.pool_scripts,
            &hook_scripts,
            &provider_scripts,
        ] {
            scripts.announce(&events);
        }
        let (known_routines, known_hooks) = (routines.clone(), hooks.registry.clone());
        home.lua().look_into(Arc::new(OtherPools(Arc::downgrade(&pools))));
        let mut script_failures = BTreeMap::new();
        for scripts in [&routine_scripts, &home.pool_scripts, &hook_scripts, &provider_scripts] {
            script_failures.extend(scripts.failures().map(|(file, why)| (file.to_owned(), why.to_owned())));
        }
        let config = home.workspace.config().clone();
        let orchestrator = Orchestrator::new(OrchestratorParts {
            hooks,
            definitions: home.definitions.clone(),
            pools: pools.clone(),
            routines,
            instances: instances.clone(),
            ledger: store.clone(),
            events: events.clone(),
            clock,
            templates: Arc::new(Templates(home.workspace.scripts_dir())),
            defaults: config.launch.clone(),
            drain_timeout: config.drain_timeout.as_duration(),
        });
        let keeping = Arc::new(Keeping {
            workspace: home.workspace.clone(),
            definitions: home.definitions.clone(),
            store: store.clone(),
            lua: home.lua().clone(),
        });
        let service = Service::new(orchestrator.clone(), events, keeping.clone(), Arc::new(NotUp));
        let mut app = Self {
            home,
            store,
            pools,
            orchestrator,
            service,
            keeping,
            routines: known_routines,
            hooks: known_hooks,
            providers,
            instances,
            script_failures,
            upkeep: None,
        };
        if !app.store.is_read_only() {
            app.begin().await?;
        }
        if access == Access::Write {
            app.upkeep = Some(Upkeep::start(app.store.clone(), &app.workspace));
        }
        Ok(app)
    }

    /// What the store's owner does first.
    async fn begin(&self) -> Result<(), CliError> {
        let returned =
            self.store.rescue().await.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        if !returned.is_empty() {
            tracing::warn!(
                leases = returned.len(),
                "returned the accounts of an engine that ended without settling them"
            );
        }
        let config = self.workspace.config();
        if config.accounts.import.is_empty() {
            return Ok(());
        }
        let (root, paths) = (self.workspace.root().to_owned(), texts(&config.accounts.import));
        let fingerprint = Value::String(lariat_accounts::fingerprint(&root, &paths));
        let known = self.store.get(IMPORT_OWNER, IMPORT_KEY).await.ok().flatten();
        if known.as_ref() == Some(&fingerprint) {
            return Ok(());
        }
        let report = import(&self.workspace, &self.store, &config.accounts.import).await?;
        for problem in &report.problems {
            tracing::warn!("{problem}");
        }
        tracing::info!(added = report.added, updated = report.updated, "took account files in");
        let kept = self.store.set(IMPORT_OWNER, IMPORT_KEY, fingerprint).await;
        kept.map_err(|error| CliError::new(Exit::Failed, error.to_string()))
    }

    /// Closes what is open; what was acknowledged is durable already.
    pub async fn close(self) {
        drop(self.upkeep);
        // Closing writes nothing today, so that there is nothing to fail.
        drop(self.pools.close_all());
        self.store.close().await;
    }
}

/// A bus by the machine's clock.
pub fn new_bus() -> EventBus {
    EventBus::new(Arc::new(SystemClock), DEFAULT_CAPACITY)
}

/// Takes files and folders into the account table.
pub async fn import(workspace: &Workspace, store: &Store, paths: &[PathBuf]) -> Result<Imported, CliError> {
    let (root, paths) = (workspace.root().to_owned(), texts(paths));
    let read = tokio::task::spawn_blocking(move || lariat_accounts::read_paths(&root, &paths)).await;
    let set = read.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let mut origins: HashMap<AccountId, PathBuf> = HashMap::with_capacity(set.accounts.len());
    let accounts = set
        .accounts
        .into_iter()
        .map(|account| {
            origins.insert(account.id.clone(), account.origin);
            let mut fields = account.fields;
            if let Some(path) = account.xml_path {
                fields.insert("xml_path".into(), Value::String(path));
            }
            if let Some(modified) = account.last_modified
                && !fields.contains_key("last_modified")
            {
                fields.insert("last_modified".into(), Value::String(format!("{modified:.3}")));
            }
            ImportAccount { id: account.id, fields }
        })
        .collect();
    let report = store.import(accounts).await?;
    let passed_over = report.passed_over.iter().map(|account| {
        let file = origins
            .get(&account.id)
            .map(|file| file.strip_prefix(workspace.root()).unwrap_or(file).display().to_string())
            .unwrap_or_default();
        format!("{file}: account \"{}\": {}; it was passed over", account.id, account.message)
    });
    let problems =
        set.problems.iter().chain(&set.warnings).map(ToString::to_string).chain(passed_over).collect();
    Ok(Imported { added: report.added, updated: report.updated, unchanged: report.unchanged, problems })
}

fn texts(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

/// Opens the store to write; to look, also one that a running engine has.
async fn open_store(workspace: &Workspace, access: Access) -> Result<Store, CliError> {
    let path = workspace.store_path();
    if path.starts_with(workspace.state_dir()) {
        workspace.create_state_dir()?;
    }
    let durability = match workspace.config().ledger.durability {
        ConfiguredDurability::Full => Durability::Full,
        ConfiguredDurability::Fast => Durability::Fast,
    };
    let options = StoreOptions::new(path).durability(durability);
    let began = std::time::Instant::now();
    loop {
        match Store::open(options.clone()).await {
            Err(StoreError::Busy { .. }) if access == Access::Read => {
                match Store::open(options.clone().read_only()).await {
                    // The other one is just making it.
                    Err(StoreError::NotThere { .. } | StoreError::Older { .. })
                        if began.elapsed() < PATIENCE => {}
                    opened => return Ok(opened?),
                }
            }
            // A short command may be about to let go of it.
            Err(StoreError::Busy { .. }) if began.elapsed() < PATIENCE => {}
            opened => return Ok(opened?),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The hooks of a workspace, and what its settings say about them. The built-in ones
/// come with the orchestrator, where a script hasn't taken their name.
pub fn hooks(home: &Home) -> (Hooks, Scripts) {
    let hooks = Hooks { settings: home.workspace.config().hooks.clone(), ..Hooks::default() };
    let scripts = scripts::hooks(home.lua(), &hooks.registry).and(home.plugins().hooks(&hooks.registry));
    (hooks, scripts)
}

/// Looks for templates in `scripts/templates/`.
struct Templates(PathBuf);

#[async_trait]
impl TemplateCheck for Templates {
    async fn problems(&self, templates: &[String]) -> Vec<String> {
        let info = RoutineInfo { templates: templates.to_vec(), ..RoutineInfo::default() };
        lariat_lua::templates_missing(&info, &self.0)
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Busy { .. } => Exit::Busy,
            StoreError::NotThere { .. } | StoreError::NoBackup { .. } => Exit::NotFound,
            StoreError::Exists { .. } => Exit::Refused,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}
