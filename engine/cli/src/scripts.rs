//! Scripts of all kinds, put into the registries they belong to.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use serde_json::Value;

use lariat_core::account::AccountRow;
use lariat_core::event::{EventBus, EventKind};
use lariat_core::hook::Hook;
use lariat_core::kv::{KeyValueStore, KvError, MemoryKv};
use lariat_core::pool::PoolManager;
use lariat_core::registry::Registry;
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;
use lariat_lua::{Loaded, LuaHost, LuaProvider, PoolLookup};

/// What became of the scripts of one kind.
#[derive(Debug, Default)]
pub struct Scripts {
    /// The names in force, with their generations.
    pub(crate) loaded: Vec<(String, u64)>,
    /// The files, or names, that aren't, and why.
    pub(crate) failed: Vec<(String, String)>,
}

impl Scripts {
    /// Tells whoever listens, and the log.
    pub fn announce(&self, events: &EventBus) {
        for (extension, generation) in self.loaded.iter().cloned() {
            events.publish(EventKind::ExtensionLoaded { extension, generation });
        }
        for (extension, error) in self.failed.iter().cloned() {
            tracing::warn!("{error}");
            events.publish(EventKind::ExtensionFailed { extension, generation: None, error });
        }
    }

    /// Both together.
    pub fn and(mut self, others: Self) -> Self {
        self.loaded.extend(others.loaded);
        self.failed.extend(others.failed);
        self
    }

    /// The files that aren't in force, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        // One whose name is taken is noted under its name; its error begins with its file.
        let file = |file: &str, error: &str| !error.starts_with(&format!("{file}:"));
        self.failed.iter().map(move |(key, error)| match error.split_once(':') {
            Some((place, _)) if file(key, error) && place.ends_with(".lua") => (place, error.as_str()),
            _ => (key.as_str(), error.as_str()),
        })
    }

    /// Why nothing has this name, if a file that is called so couldn't be loaded.
    pub fn why_missing(&self, name: &str) -> Option<&str> {
        let stem = |file: &str| std::path::Path::new(file).file_stem().is_some_and(|stem| stem == name);
        self.failed.iter().find(|(file, _)| stem(file)).map(|(_, error)| error.as_str())
    }
}

/// How it is told that somebody else has a name already.
pub fn is_taken(file: &str, noun: &str, name: &str, place: &str) -> String {
    format!("{file}: {noun} \"{name}\" is in {place} already; that one is used")
}

/// Registers what was loaded. Of two that have one name the first is used.
fn register<S: ?Sized, T: ?Sized>(
    noun: &str,
    loaded: Vec<Loaded<S>>,
    registry: &Registry<T>,
    extension: impl Fn(Arc<S>) -> (String, Arc<T>),
) -> Scripts {
    let mut scripts = Scripts::default();
    for script in loaded {
        let file = script.file.display().to_string();
        match script.result.map(&extension) {
            Ok((name, made)) => match registry.get(&name) {
                Ok(other) => {
                    let error = is_taken(&file, noun, &name, &other.origin);
                    scripts.failed.push((name, error));
                }
                Err(_) => {
                    let generation = registry.register(name.clone(), file, made);
                    scripts.loaded.push((name, generation));
                }
            },
            Err(error) => {
                registry.note_failure(file.clone(), error.to_string());
                scripts.failed.push((file, error.to_string()));
            }
        }
    }
    scripts
}

/// The routines.
pub fn routines(lua: &LuaHost) -> (Arc<Registry<dyn Routine>>, Scripts) {
    let registry: Arc<Registry<dyn Routine>> = Arc::new(Registry::new("routine"));
    let scripts = register("routine", lua.load(), &registry, |it| (it.info().name.clone(), it));
    (registry, scripts)
}

/// The pool types, beside those that are there.
pub fn pool_types(lua: &LuaHost, registry: &Registry<dyn PoolType>) -> Scripts {
    register("pool type", lua.load_pools(), registry, |it| (it.info().name.clone(), it as Arc<dyn PoolType>))
}

/// The hooks.
pub fn hooks(lua: &LuaHost, registry: &Registry<dyn Hook>) -> Scripts {
    register("hook", lua.load_hooks(), registry, |it| (it.info().name.clone(), it))
}

/// The providers of instances.
pub fn providers(lua: &LuaHost, registry: &Registry<LuaProvider>) -> Scripts {
    register("provider", lua.load_providers(), registry, |it| (it.info().name.clone(), it))
}

/// What scripts keep: in the store once it is open, before that only as long as the
/// program runs.
#[derive(Default)]
pub struct ScriptKv {
    store: OnceLock<Arc<dyn KeyValueStore>>,
    memory: MemoryKv,
}

impl ScriptKv {
    /// Keeps everything in this store from now on. Only the first call counts.
    pub fn keep_in(&self, store: Arc<dyn KeyValueStore>) {
        let _ = self.store.set(store);
    }

    fn place(&self) -> &dyn KeyValueStore {
        self.store.get().map_or(&self.memory as &dyn KeyValueStore, |store| &**store)
    }
}

#[async_trait]
impl KeyValueStore for ScriptKv {
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError> {
        self.place().get(extension, key).await
    }

    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError> {
        self.place().set(extension, key, value).await
    }

    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError> {
        self.place().keys(extension).await
    }
}

/// The workspace's pools, for scripts that read them. Holds on to nothing: the pools
/// hold the scripts.
pub struct OtherPools(pub Weak<PoolManager>);

#[async_trait]
impl PoolLookup for OtherPools {
    async fn accounts(&self, pool: &str) -> Result<Vec<AccountRow>, String> {
        let pools = self.0.upgrade().ok_or("the engine is shutting down")?;
        pools.select(pool).await.map(|selection| selection.accounts).map_err(|error| error.to_string())
    }
}
