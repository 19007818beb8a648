//! Native plugins of all kinds, put into the registries they belong to.
//!
//! [`listing`] is how they are listed.

pub mod listing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use lariat_core::hook::Hook;
use lariat_core::kv::KeyValueStore;
use lariat_core::registry::Registry;
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;
use lariat_native::{
    Candidate, DeclaredHook, DeclaredPoolType, DeclaredRoutine, ExtensionInfo, ExtensionKind, NativeError,
    NativeHost, NativeOptions, NativeProvider, Plugin, PluginSetting, Runner,
};
use lariat_workspace::Workspace;
use lariat_workspace::config::Isolation;
use parking_lot::Mutex;

use crate::scripts::{Scripts, is_taken};

/// Loads a plugin, unless it is loaded.
type Load = Box<dyn Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync>;

/// The plugins of a workspace: what there is, and what became of it.
pub struct Plugins {
    root: PathBuf,
    host: Arc<NativeHost>,
    /// By the name of the folder, or the key in `lariat.yaml`. The host keeps what is in force:
    /// a generation that was replaced goes with the last one who uses it.
    loaded: Vec<(String, Result<Weak<Plugin>, NativeError>)>,
    /// Those that are only known from their plugin.toml; each is loaded when it is used.
    declared: Vec<Candidate>,
    /// One is loaded once, whoever uses it first.
    one_at_a_time: Arc<Mutex<()>>,
}

impl Plugins {
    /// Loads what there is; `apart`: each in a process of its own, whatever lariat.yaml says.
    pub fn load(workspace: &Workspace, kv: Arc<dyn KeyValueStore>, apart: bool) -> Self {
        let host = Arc::new(host_of(workspace, kv, apart));
        make_room(&host, workspace);
        let loaded = host.load().into_iter().map(weak).collect();
        Self {
            root: workspace.root().to_owned(),
            host,
            loaded,
            declared: Vec::new(),
            one_at_a_time: Arc::default(),
        }
    }

    /// Runs none that tells in a plugin.toml what it offers: it is loaded when something of it is
    /// used.
    pub fn declared(workspace: &Workspace, kv: Arc<dyn KeyValueStore>) -> Self {
        let host = Arc::new(host_of(workspace, kv, false));
        make_room(&host, workspace);
        let (mut loaded, mut declared) = (Vec::new(), Vec::new());
        for (name, result) in host.declared() {
            match result {
                Ok(candidate) => declared.push(candidate),
                Err(error) => loaded.push((name, Err(error))),
            }
        }
        loaded.extend(host.load_those(|candidate| candidate.manifest.is_none()).into_iter().map(weak));
        Self { root: workspace.root().to_owned(), host, loaded, declared, one_at_a_time: Arc::default() }
    }

    /// Loads those of which something will be used, so that what is wrong with them is told before.
    pub fn load_needed(&mut self, is_needed: impl Fn(&ExtensionInfo) -> bool) {
        let needed = |candidate: &Candidate| {
            candidate.manifest.iter().flat_map(|manifest| &manifest.extensions).any(&is_needed)
        };
        let (now, later) = std::mem::take(&mut self.declared).into_iter().partition::<Vec<_>, _>(needed);
        let wanted = |candidate: &Candidate| now.iter().any(|one| one.library == candidate.library);
        self.loaded.extend(self.host.load_those(wanted).into_iter().map(weak));
        self.declared = later;
    }

    /// What loaded them, and loads them anew.
    pub fn host(&self) -> &NativeHost {
        &self.host
    }

    /// The workspace's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Each plugin that was loaded at the start and is there still, or why it wasn't loaded.
    pub fn all(&self) -> Vec<(String, Result<Arc<Plugin>, NativeError>)> {
        let there = |(name, result): &(String, Result<Weak<Plugin>, NativeError>)| match result {
            Ok(plugin) => Some((name.clone(), Ok(plugin.upgrade()?))),
            Err(error) => Some((name.clone(), Err(error.clone()))),
        };
        self.loaded.iter().filter_map(there).collect()
    }

    fn plugins(&self) -> impl Iterator<Item = Arc<Plugin>> {
        self.loaded.iter().filter_map(|(_, result)| result.as_ref().ok()?.upgrade())
    }

    /// How many are sources that wait to be built, which is no failure.
    pub fn not_built(&self) -> usize {
        let waits = |result: &Result<_, NativeError>| matches!(result, Err(NativeError::NotBuilt { .. }));
        self.loaded.iter().filter(|(_, result)| waits(result)).count()
    }

    /// What couldn't be loaded at all.
    pub fn failures(&self) -> Scripts {
        let failed = |(name, result): &(String, Result<_, NativeError>)| match result {
            Ok(_) | Err(NativeError::NotBuilt { .. }) => None,
            Err(error) => Some((name.clone(), format!("plugin {name}: {error}"))),
        };
        Scripts { loaded: Vec::new(), failed: self.loaded.iter().filter_map(failed).collect() }
    }

    /// Registers the extensions of one kind; of two that have one name the first is used.
    fn register<T: ?Sized>(
        &self,
        noun: &str,
        registry: &Registry<T>,
        kind: ExtensionKind,
        offered: impl Fn(&Arc<Plugin>) -> Vec<(String, Arc<T>)>,
        declared: impl Fn(&ExtensionInfo, &Path, Load) -> (String, Arc<T>),
    ) -> Scripts {
        let mut scripts = Scripts::default();
        for (name, error) in self.failures().failed {
            registry.note_failure(name, error);
        }
        for plugin in self.plugins() {
            add(&mut scripts, noun, registry, plugin.file(), offered(&plugin));
        }
        for Candidate { library, manifest, .. } in &self.declared {
            let infos = manifest.iter().flat_map(|it| &it.extensions).filter(|info| info.kind == kind);
            let offered = infos.map(|info| declared(info, library, self.load_later(library)));
            add(&mut scripts, noun, registry, library, offered.collect());
        }
        scripts
    }

    /// Loads a library when it is called.
    fn load_later(&self, library: &Path) -> Load {
        let (host, library, turn) = (self.host.clone(), library.to_owned(), self.one_at_a_time.clone());
        Box::new(move || {
            let _turn = turn.lock();
            loaded(&host, &library)
        })
    }

    /// The pool types, beside those that are there.
    pub fn pool_types(&self, registry: &Registry<dyn PoolType>) -> Scripts {
        let named = |it: Arc<dyn PoolType>| (it.name().to_owned(), it);
        let offered = |plugin: &Arc<Plugin>| plugin.pool_types().into_iter().map(named).collect();
        self.register("pool type", registry, ExtensionKind::Pool, offered, |info, _, load| {
            named(Arc::new(DeclaredPoolType::new(info.clone(), load)))
        })
    }

    /// The routines.
    pub fn routines(&self, registry: &Registry<dyn Routine>) -> Scripts {
        let named = |it: Arc<dyn Routine>| (it.info().name.clone(), it);
        let offered = |plugin: &Arc<Plugin>| plugin.routines().into_iter().map(named).collect();
        self.register("routine", registry, ExtensionKind::Routine, offered, |info, file, load| {
            named(Arc::new(DeclaredRoutine::new(info, file, load)))
        })
    }

    /// The hooks.
    pub fn hooks(&self, registry: &Registry<dyn Hook>) -> Scripts {
        let named = |it: Arc<dyn Hook>| (it.info().name.clone(), it);
        let offered = |plugin: &Arc<Plugin>| plugin.hooks().into_iter().map(named).collect();
        self.register("hook", registry, ExtensionKind::Hook, offered, |info, file, load| {
            named(Arc::new(DeclaredHook::new(info, file, load)))
        })
    }

    /// The providers of instances.
    pub fn providers(&self, registry: &Registry<NativeProvider>) -> Scripts {
        let named = |it: Arc<NativeProvider>| (it.name().to_owned(), it);
        let offered = |plugin: &Arc<Plugin>| plugin.providers().into_iter().map(named).collect();
        self.register("provider", registry, ExtensionKind::Provider, offered, |info, _, load| {
            named(Arc::new(NativeProvider::declared(info.clone(), load)))
        })
    }
}

/// Registers the extensions of one file; of two that have one name the first is used.
fn add<T: ?Sized>(
    scripts: &mut Scripts,
    noun: &str,
    registry: &Registry<T>,
    file: &Path,
    offered: Vec<(String, Arc<T>)>,
) {
    let file = file.display().to_string();
    for (name, extension) in offered {
        if let Ok(other) = registry.get(&name) {
            let error = is_taken(&file, noun, &name, &other.origin);
            scripts.failed.push((name, error));
        } else {
            let generation = registry.register(name.clone(), file.clone(), extension);
            scripts.loaded.push((name, generation));
        }
    }
}

/// A library's plugin, loaded unless it is.
fn loaded(host: &NativeHost, library: &Path) -> Result<Arc<Plugin>, NativeError> {
    if let Some((_, result)) = host.load_those(|candidate| candidate.library == library).into_iter().next() {
        return result;
    }
    let there = host.plugins().into_iter().find(|plugin| plugin.file() == library);
    there
        .ok_or_else(|| NativeError::NoLibrary { library: library.to_owned(), named_in: "plugin.toml".into() })
}

fn weak(
    (name, result): (String, Result<Arc<Plugin>, NativeError>),
) -> (String, Result<Weak<Plugin>, NativeError>) {
    (name, result.map(|plugin| Arc::downgrade(&plugin)))
}

/// Makes the folder that copies of libraries go into.
fn make_room(host: &NativeHost, workspace: &Workspace) {
    if !host.discover().is_empty()
        && let Err(error) = workspace.create_state_dir()
    {
        tracing::warn!("{error}");
    }
}

/// A host for a workspace that has loaded nothing yet.
pub fn host(workspace: &Workspace, kv: Arc<dyn KeyValueStore>) -> NativeHost {
    host_of(workspace, kv, false)
}

fn host_of(workspace: &Workspace, kv: Arc<dyn KeyValueStore>, apart: bool) -> NativeHost {
    let mut options = NativeOptions::new(workspace.root(), kv);
    options.apart = apart;
    options.plugins_dir = workspace.plugins_dir();
    options.copies_dir = workspace.state_dir().join("plugins");
    for (name, plugin) in &workspace.config().plugins {
        let setting = PluginSetting {
            path: plugin.path.clone(),
            sha256: plugin.sha256.clone(),
            process: plugin.isolation == Isolation::Process,
        };
        options.settings.insert(name.clone(), setting);
    }
    options.limits = workspace.config().limit_table();
    options.runner = runner();
    NativeHost::new(options)
}

/// How this program runs a plugin in a process of its own.
pub fn runner() -> Option<Runner> {
    let program = std::env::current_exe().ok()?;
    Some(Runner { program, arguments: vec!["plugin-runner".into()] })
}

/// A path as people like to see it: from the workspace on, if it is inside.
pub fn relative(path: &Path, workspace: &Workspace) -> String {
    path.strip_prefix(workspace.root()).unwrap_or(path).display().to_string()
}
