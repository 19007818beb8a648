//! From files that changed to what runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_console::{Code, PluginOrder, Reloaded, ServiceError};
use lariat_core::event::EventBus;
use lariat_core::orchestrator::{FollowReport, Orchestrator};
use lariat_core::pool::PoolManager;
use lariat_workspace::watch::{Area, Changes};
use lariat_workspace::workspace::CONFIG_FILE;
use lariat_workspace::{Definitions, Watch, Workspace};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::live_config::{Change, LiveConfig};
use super::live_instances::LiveInstances;
use super::live_plugins::LivePlugins;
use super::live_scripts::{LiveScripts, ScriptsChanged};

/// Puts what was edited in force. One at a time.
pub struct Reloader {
    workspace: Workspace,
    definitions: Arc<Definitions>,
    pools: Arc<PoolManager>,
    orchestrator: Orchestrator,
    events: EventBus,
    config: Arc<Mutex<LiveConfig>>,
    scripts: Arc<Mutex<LiveScripts>>,
    plugins: Arc<LivePlugins>,
    instances: LiveInstances,
    busy: tokio::sync::Mutex<()>,
    watched: tokio::sync::Mutex<BTreeSet<PathBuf>>,
}

impl Reloader {
    /// One over these parts.
    pub fn new(
        workspace: Workspace,
        definitions: Arc<Definitions>,
        orchestrator: Orchestrator,
        events: EventBus,
        scripts: LiveScripts,
        plugins: LivePlugins,
        instances: LiveInstances,
    ) -> Self {
        let config = Arc::new(Mutex::new(LiveConfig::new(workspace.config().clone())));
        let pools = orchestrator.pool_manager().clone();
        let (scripts, plugins) = (Arc::new(Mutex::new(scripts)), Arc::new(plugins));
        let (busy, watched) = Default::default();
        Self {
            workspace,
            definitions,
            pools,
            orchestrator,
            events,
            config,
            scripts,
            plugins,
            instances,
            busy,
            watched,
        }
    }

    /// Puts what changed in force.
    pub async fn follow(&self, changes: &Changes) {
        let touched = |area: &Area| changes.files.iter().any(|change| change.area == *area);
        let what = What {
            config: touched(&Area::Config),
            scripts: touched(&Area::Scripts),
            plugins: touched(&Area::Plugins).then_some(Plugins::All),
            definitions: touched(&Area::Pools) || touched(&Area::Groups),
        };
        if let Err(error) = self.reload(what).await {
            tracing::warn!("{error}");
        }
        let folders: BTreeSet<&Path> = changes
            .files
            .iter()
            .filter_map(|change| match &change.area {
                Area::Accounts(folder) => Some(folder.as_path()),
                _ => None,
            })
            .collect();
        self.refresh_over(&folders).await;
    }

    /// Reads everything again.
    pub async fn everything(&self) -> Result<Reloaded, ServiceError> {
        let all = What { config: true, scripts: true, plugins: Some(Plugins::All), definitions: true };
        self.reload(all).await
    }

    /// Does something about one plugin, and to all that uses it.
    pub async fn plugin(&self, id: &str, order: PluginOrder) -> Result<Reloaded, ServiceError> {
        let plugins = Some(Plugins::One(id.to_owned(), order));
        self.reload(What { config: false, scripts: false, plugins, definitions: false }).await
    }

    /// The plugins, as they are listed.
    pub async fn plugins(&self) -> Result<Vec<Value>, ServiceError> {
        let plugins = self.plugins.clone();
        tokio::task::spawn_blocking(move || plugins.listing()).await.map_err(broke)
    }

    async fn reload(&self, what: What) -> Result<Reloaded, ServiceError> {
        let _one_at_a_time = self.busy.lock().await;
        let mut done = Reloaded::default();
        if what.config {
            match self.config.lock().reload(&self.workspace, &self.orchestrator, &self.events) {
                Change::None => {}
                Change::Reloaded(generation) => {
                    done.reloaded.push(format!("lariat.yaml (generation {generation})"));
                }
                Change::Problem(problem) => done.problems.push(problem),
            }
        }
        let (mut pool_types, mut providers) = (BTreeSet::new(), false);
        if let Some(which) = what.plugins {
            let plugins = self.plugins.clone();
            let work = move || match which {
                Plugins::All => Ok(plugins.reload()),
                Plugins::One(id, order) => plugins.order(&id, order),
            };
            let changed = tokio::task::spawn_blocking(work).await.map_err(broke)??;
            providers |= changed.providers;
            pool_types.extend(note(&mut done, changed));
        }
        if what.scripts {
            let scripts = self.scripts.clone();
            let changed = tokio::task::spawn_blocking(move || scripts.lock().reload()).await;
            let changed = changed.map_err(broke)?;
            providers |= changed.providers;
            pool_types.extend(note(&mut done, changed));
        }
        let config = self.config.lock().now();
        done.problems.extend(self.instances.follow(&config.instances, providers).err());
        if what.definitions || !pool_types.is_empty() {
            let (definitions, again) = (self.definitions.clone(), !pool_types.is_empty());
            let read = move || if again { definitions.recheck() } else { definitions.discover() };
            let read = tokio::task::spawn_blocking(read).await.map_err(broke)?;
            read.map_err(|error| ServiceError::new(Code::Failed, error.to_string()))?;
            add(&mut done, self.orchestrator.follow_definitions().await);
        }
        for pool_type in pool_types {
            add(&mut done, self.orchestrator.follow_pool_type(&pool_type).await);
        }
        done.needs_restart = self.needs_restart();
        Ok(done)
    }

    /// Has the folders of the open file pools watched, and no others.
    pub async fn watch_folders(&self, watch: &Arc<Watch>) {
        let mut watched = self.watched.lock().await;
        let folders = self.pools.open_pools().into_iter().filter_map(|pool| {
            let definition = pool.definition();
            (definition.pool_type == "file").then(|| definition.directory.clone().map(PathBuf::from))?
        });
        let folders: BTreeSet<PathBuf> = folders.collect();
        if *watched == folders {
            return;
        }
        let before = std::mem::replace(&mut *watched, folders.clone());
        let (watch, wanted) = (watch.clone(), folders.clone());
        // Ends with the watch at the latest.
        let _ = tokio::task::spawn_blocking(move || watch.account_folders(wanted)).await;
        // What came between the selection and the watch would be missed.
        self.refresh_over(&folders.difference(&before).map(PathBuf::as_path).collect()).await;
    }

    /// Has the open pools over these folders select anew.
    async fn refresh_over(&self, folders: &BTreeSet<&Path>) {
        for pool in self.pools.open_pools() {
            let folder = pool.definition().directory.clone();
            if folder.is_some_and(|folder| folders.contains(Path::new(&folder))) {
                // A failure is logged, kept in the statistics and told as an event.
                let _ = pool.refresh().await;
            }
        }
    }

    /// All scripts, as they are listed; and `lariat.yaml`, while it isn't what is in force.
    pub fn extensions(&self) -> Vec<Value> {
        let mut rows = self.scripts.lock().listing();
        rows.extend(self.plugins.among_scripts(self.workspace.root()));
        let settings = self.config.lock().stale.clone();
        for (kind, stale) in [("settings", settings), ("instances", self.instances.stale())] {
            rows.extend(stale.map(|stale| {
                json!({
                    "kind": kind, "name": CONFIG_FILE, "file": CONFIG_FILE,
                    "generation": null, "state": "stale", "error": stale.to_string(),
                })
            }));
        }
        rows
    }

    /// The kinds of instance provider in force, and what is wrong with their files.
    pub fn provider_types(&self) -> Vec<Value> {
        let entries = self.config.lock().now();
        let mut rows = self.instances.types(&entries.instances, self.workspace.root());
        let files = self.scripts.lock().listing();
        for file in files.iter().filter(|file| file.get("kind") == Some(&json!("provider"))) {
            let (state, error) = (file.get("state"), file.get("error").filter(|error| !error.is_null()));
            let Some((state, error)) = state.zip(error) else { continue };
            let known = rows.iter_mut().find(|row| row.get("file") == file.get("file"));
            match known.and_then(Value::as_object_mut) {
                Some(row) => {
                    row.insert("state".into(), state.clone());
                    row.insert("error".into(), error.clone());
                }
                None => rows.push(json!({
                    "name": null, "file": file.get("file"), "instances": [], "state": state, "error": error,
                })),
            }
        }
        rows
    }

    /// What was changed and acts only after a restart.
    pub fn needs_restart(&self) -> Vec<String> {
        let config = self.config.lock().needs_restart();
        let keys = config.into_iter().map(|key| format!("lariat.yaml: {key}"));
        keys.collect()
    }
}

/// What is read again.
struct What {
    config: bool,
    scripts: bool,
    plugins: Option<Plugins>,
    definitions: bool,
}

/// Which plugins, and what about them.
enum Plugins {
    /// Each that is another one now is loaded again.
    All,
    /// What somebody wants of this one.
    One(String, PluginOrder),
}

/// Notes what became of extensions; gives the pool types that are others now.
fn note(done: &mut Reloaded, changed: ScriptsChanged) -> BTreeSet<String> {
    let ScriptsChanged { reloaded, removed, problems, pool_types, providers: _ } = changed;
    done.reloaded.extend(reloaded);
    done.removed.extend(removed);
    done.problems.extend(problems);
    pool_types
}

fn add(done: &mut Reloaded, report: FollowReport) {
    done.reloaded.extend(report.reloaded);
    done.removed.extend(report.removed);
    done.problems.extend(report.problems);
}

fn broke(error: tokio::task::JoinError) -> ServiceError {
    ServiceError::new(Code::Failed, format!("reloading broke: {error}"))
}
