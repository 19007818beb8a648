//! Plugins by generation: a library that was replaced is loaded beside the old one, which
//! those who use it keep until they are done. One that can't be loaded changes nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use lariat_core::event::{EventBus, EventKind};
use lariat_core::registry::Registry;
use lariat_native::{NativeError, Plugin};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::live_scripts::ScriptsChanged;
use super::registries::Registries;
use crate::plugins::Plugins;

/// The plugins of a running engine.
pub struct LivePlugins {
    plugins: Arc<Plugins>,
    registries: Registries,
    events: EventBus,
    /// Those that can't be loaded at all, and what was told of them.
    told: Mutex<BTreeSet<(String, String)>>,
}

impl LivePlugins {
    /// Those that were loaded at the start.
    pub fn new(plugins: Arc<Plugins>, registries: Registries, events: EventBus) -> Self {
        let told = plugins.failures().failed.into_iter().collect();
        Self { plugins, registries, events, told: Mutex::new(told) }
    }

    /// Looks at every library; blocks while those that are others now are loaded.
    pub fn reload(&self) -> ScriptsChanged {
        let mut changed = ScriptsChanged::default();
        for old in self.plugins.host().plugins() {
            let extension = old.id().to_owned();
            match self.plugins.host().reload(&extension) {
                Ok(new) if new.generation() == old.generation() => {}
                Ok(new) => {
                    let generation = new.generation();
                    self.register(&new, &mut changed);
                    changed.reloaded.push(format!("plugin {extension} (generation {generation})"));
                    self.events.publish(EventKind::ExtensionLoaded { extension, generation });
                }
                Err(error) => {
                    let error = format!("plugin {extension} stays as it was: {error}");
                    tracing::warn!("{error}");
                    changed.problems.push(error.clone());
                    let generation = Some(old.generation());
                    self.events.publish(EventKind::ExtensionFailed { extension, generation, error });
                }
            }
        }
        self.load_new(&mut changed);
        changed
    }

    /// Loads what has come since.
    fn load_new(&self, changed: &mut ScriptsChanged) {
        let mut failed = BTreeSet::new();
        for (extension, result) in self.plugins.host().load() {
            match result {
                Ok(plugin) => {
                    let (extension, generation) = (plugin.id().to_owned(), plugin.generation());
                    self.register(&plugin, changed);
                    changed.reloaded.push(format!("plugin {extension} (generation {generation})"));
                    self.events.publish(EventKind::ExtensionLoaded { extension, generation });
                }
                Err(NativeError::NotBuilt { .. }) => {}
                Err(error) => {
                    let error = format!("plugin {extension}: {error}");
                    let new = !self.told.lock().contains(&(extension.clone(), error.clone()));
                    failed.insert((extension.clone(), error.clone()));
                    if new {
                        tracing::warn!("{error}");
                        changed.problems.push(error.clone());
                        self.events.publish(EventKind::ExtensionFailed {
                            extension,
                            generation: None,
                            error,
                        });
                    }
                }
            }
        }
        *self.told.lock() = failed;
    }

    /// All plugins, as they are listed with the scripts; files are told from `root` on.
    pub fn listing(&self, root: &Path) -> Vec<Value> {
        let told = self.told.lock().clone();
        let loaded = self.plugins.host().plugins().into_iter().map(|plugin| {
            let file = plugin.file().strip_prefix(root).unwrap_or(plugin.file()).display().to_string();
            json!({
                "kind": "plugin", "name": plugin.id(), "file": file, "generation": plugin.generation(),
                "state": "ready", "error": null,
            })
        });
        let failed = told.iter().map(|(name, error)| {
            json!({
                "kind": "plugin", "name": name, "file": "", "generation": null, "state": "failed",
                "error": error,
            })
        });
        loaded.chain(failed).collect()
    }

    /// Puts what a plugin offers in the place of what its last generation offered; notes
    /// the pool types and providers that are others now, or gone.
    fn register(&self, plugin: &Arc<Plugin>, changed: &mut ScriptsChanged) {
        let origin = plugin.file().display().to_string();
        let named = plugin.routines().into_iter().map(|it| (it.info().name.clone(), it));
        put(&self.registries.routines, &origin, named.collect());
        let named = plugin.hooks().into_iter().map(|it| (it.info().name.clone(), it));
        put(&self.registries.hooks, &origin, named.collect());
        let named = plugin.pool_types().into_iter().map(|it| (it.name().to_owned(), it));
        changed.pool_types.extend(put(&self.registries.types, &origin, named.collect()));
        let named = plugin.providers().into_iter().map(|it| (it.name().to_owned(), it));
        changed.providers |= !put(&self.registries.providers.native, &origin, named.collect()).is_empty();
    }
}

/// Registers these in the place of what comes from the same file; a name that somebody else
/// has is left to them. Gives the names that were touched.
fn put<T: ?Sized>(registry: &Registry<T>, origin: &str, offered: Vec<(String, Arc<T>)>) -> BTreeSet<String> {
    let of_file = registry.list().into_iter().filter(|(_, entry)| entry.origin == origin);
    let mut touched: BTreeSet<String> = of_file.map(|(name, _)| name).collect();
    for name in touched.iter().filter(|name| offered.iter().all(|(offered, _)| offered != *name)) {
        registry.remove(name);
    }
    for (name, extension) in offered {
        if registry.get(&name).is_ok_and(|other| other.origin != origin) {
            continue;
        }
        registry.register(name.clone(), origin.to_owned(), extension);
        touched.insert(name);
    }
    touched
}
