//! Plugins by generation: a library that was replaced is loaded beside the old one, which
//! those who use it keep until they are done. One that can't be loaded changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use lariat_console::{Code, PluginOrder, ServiceError};
use lariat_core::definition::Stale;
use lariat_core::definition::problem::unknown;
use lariat_core::event::{EventBus, EventKind};
use lariat_core::registry::Registry;
use lariat_native::{Found, NativeError, Plugin};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::live_scripts::ScriptsChanged;
use super::registries::Registries;
use crate::plugins::{Plugins, listing};
use crate::scripts::is_taken;

/// The plugins of a running engine.
pub struct LivePlugins {
    plugins: Arc<Plugins>,
    registries: Registries,
    events: EventBus,
    /// Those that can't be loaded at all, and why; each was told.
    failed: Mutex<BTreeMap<String, NativeError>>,
    /// Those that serve while what lies in their place can't be loaded, by id; each was told.
    stale: Mutex<BTreeMap<String, Stale>>,
}

impl LivePlugins {
    /// Those that were loaded at the start.
    pub fn new(plugins: Arc<Plugins>, registries: Registries, events: EventBus) -> Self {
        let failed = plugins.all().into_iter().filter_map(|(name, result)| Some((name, result.err()?)));
        let failed = Mutex::new(failed.collect());
        Self { plugins, registries, events, failed, stale: Mutex::default() }
    }

    /// Looks at every library; blocks while those that are others now are loaded.
    pub fn reload(&self) -> ScriptsChanged {
        let mut changed = ScriptsChanged::default();
        for old in self.plugins.host().plugins() {
            self.reload_one(&old, &mut changed);
        }
        self.load_new(&mut changed);
        changed
    }

    /// Looks at one library.
    fn reload_one(&self, old: &Arc<Plugin>, changed: &mut ScriptsChanged) {
        let extension = old.id().to_owned();
        let reloaded = self.plugins.host().reload(&extension);
        let known = self.stale.lock().remove(&extension);
        match reloaded {
            Ok(new) if new.generation() == old.generation() => {}
            Ok(new) => {
                let generation = new.generation();
                self.register(&new, changed);
                changed.reloaded.push(format!("plugin {extension} (generation {generation})"));
                self.events.publish(EventKind::ExtensionLoaded { extension, generation });
            }
            Err(error) => {
                let error = format!("plugin {extension} stays as it was: {error}");
                changed.problems.push(error.clone());
                let is_news = known.as_ref().is_none_or(|known| known.message != error);
                let since = known.map_or_else(Timestamp::now, |known| known.since);
                self.stale.lock().insert(extension.clone(), Stale { since, message: error.clone() });
                if !is_news {
                    return;
                }
                tracing::warn!("{error}");
                let generation = Some(old.generation());
                self.events.publish(EventKind::ExtensionFailed { extension, generation, error });
            }
        }
    }

    /// Does something about one of them; blocks.
    ///
    /// # Errors
    /// When there is no such plugin, or it couldn't be done.
    pub fn order(&self, id: &str, order: PluginOrder) -> Result<ScriptsChanged, ServiceError> {
        let mut changed = ScriptsChanged::default();
        let host = self.plugins.host();
        match order {
            PluginOrder::Reload => {
                let known = host.plugins();
                let old = known.iter().find(|plugin| plugin.id() == id).ok_or_else(|| self.unknown(id))?;
                self.reload_one(old, &mut changed);
                if let Some(problem) = changed.problems.first() {
                    return Err(ServiceError::new(Code::Failed, problem.clone()));
                }
            }
            PluginOrder::Quarantine(reason) => {
                let name = |found: &Found| found.name == id;
                if !self.is_in_force(id) && !host.discover().iter().any(name) {
                    return Err(self.unknown(id));
                }
                if let Some(plugin) = host.quarantine(id, &reason).map_err(failed)? {
                    self.withdraw(&plugin, &mut changed);
                }
                changed.removed.push(format!("plugin {id}"));
                // It is among those that can't be loaded from now on, and told as such.
                self.load_new(&mut changed);
                changed.problems.clear();
            }
            PluginOrder::Lift => {
                if !host.lift(id).map_err(failed)? {
                    let told = format!("no plugin \"{id}\" is quarantined");
                    return Err(ServiceError::new(Code::NotFound, told));
                }
                self.load_new(&mut changed);
                if self.is_in_force(id) && changed.reloaded.is_empty() {
                    changed.reloaded.push(format!("plugin {id}"));
                }
            }
        }
        Ok(changed)
    }

    fn is_in_force(&self, id: &str) -> bool {
        self.plugins.host().plugins().iter().any(|plugin| plugin.id() == id)
    }

    fn unknown(&self, id: &str) -> ServiceError {
        let known = self.plugins.host().plugins();
        let known = known.iter().map(|plugin| plugin.id());
        ServiceError::new(Code::NotFound, unknown("plugin", id, known))
    }

    /// All of them, as they are listed, with what can't be loaded.
    pub fn listing(&self) -> Vec<Value> {
        let host = self.plugins.host();
        let root = self.plugins.root();
        let retained = host.retained();
        let stale = self.stale.lock().clone();
        let row = |plugin: &Arc<Plugin>| listing::ready(plugin, &retained, root, stale.get(plugin.id()));
        let mut rows: Vec<Value> = host.plugins().iter().map(row).collect();
        rows.extend(self.failed.lock().iter().map(|(name, error)| listing::failed(name, error, root)));
        rows
    }

    /// Takes everything that a plugin offers out of force.
    fn withdraw(&self, plugin: &Arc<Plugin>, changed: &mut ScriptsChanged) {
        self.stale.lock().remove(plugin.id());
        let origin = plugin.file().display().to_string();
        put("routine", &self.registries.routines, &origin, Vec::new());
        put("hook", &self.registries.hooks, &origin, Vec::new());
        changed.pool_types.extend(put("pool type", &self.registries.types, &origin, Vec::new()).touched);
        let providers = put("provider", &self.registries.providers.native, &origin, Vec::new());
        changed.providers |= !providers.touched.is_empty();
    }

    /// Loads what has come since.
    fn load_new(&self, changed: &mut ScriptsChanged) {
        let mut failed = BTreeMap::new();
        for (extension, result) in self.plugins.host().load() {
            let error = match result {
                Ok(plugin) => {
                    let (extension, generation) = (plugin.id().to_owned(), plugin.generation());
                    self.register(&plugin, changed);
                    changed.reloaded.push(format!("plugin {extension} (generation {generation})"));
                    self.events.publish(EventKind::ExtensionLoaded { extension, generation });
                    continue;
                }
                Err(error) => error,
            };
            let is_news = self.failed.lock().get(&extension) != Some(&error);
            if is_news && !matches!(error, NativeError::NotBuilt { .. }) {
                let error = format!("plugin {extension}: {error}");
                tracing::warn!("{error}");
                changed.problems.push(error.clone());
                let extension = extension.clone();
                self.events.publish(EventKind::ExtensionFailed { extension, generation: None, error });
            }
            failed.insert(extension, error);
        }
        let before = std::mem::replace(&mut *self.failed.lock(), failed.clone());
        for name in before.keys() {
            self.registries.note_plugin(name, None);
        }
        for (name, error) in failed.iter().filter(is_failure) {
            self.registries.note_plugin(name, Some(&format!("plugin {name}: {error}")));
        }
    }

    /// All plugins, as they are listed with the scripts; files are told from `root` on.
    pub fn among_scripts(&self, root: &Path) -> Vec<Value> {
        let (failed, stale) = (self.failed.lock().clone(), self.stale.lock().clone());
        let loaded = self.plugins.host().plugins().into_iter().map(|plugin| {
            let file = plugin.file().strip_prefix(root).unwrap_or(plugin.file()).display().to_string();
            let stale = stale.get(plugin.id());
            json!({
                "kind": "plugin", "name": plugin.id(), "file": file, "generation": plugin.generation(),
                "state": if stale.is_some() { "stale" } else { "ready" },
                "error": stale.map(ToString::to_string),
            })
        });
        let failed = failed.iter().filter(is_failure).map(|(name, error)| {
            json!({
                "kind": "plugin", "name": name, "file": "", "generation": null, "state": "failed",
                "error": listing::from_root(&format!("plugin {name}: {error}"), root),
            })
        });
        loaded.chain(failed).collect()
    }

    /// Puts what a plugin offers in the place of what its last generation offered; notes
    /// the pool types and providers that are others now, or gone, and tells which names
    /// somebody else has.
    fn register(&self, plugin: &Arc<Plugin>, changed: &mut ScriptsChanged) {
        let origin = plugin.file().display().to_string();
        let named = plugin.routines().into_iter().map(|it| (it.info().name.clone(), it));
        let routines = put("routine", &self.registries.routines, &origin, named.collect());
        let named = plugin.hooks().into_iter().map(|it| (it.info().name.clone(), it));
        let hooks = put("hook", &self.registries.hooks, &origin, named.collect());
        let named = plugin.pool_types().into_iter().map(|it| (it.name().to_owned(), it));
        let types = put("pool type", &self.registries.types, &origin, named.collect());
        let named = plugin.providers().into_iter().map(|it| (it.name().to_owned(), it));
        let providers = put("provider", &self.registries.providers.native, &origin, named.collect());
        changed.providers |= !providers.touched.is_empty();
        changed.pool_types.extend(types.touched);
        for (extension, error) in [routines.taken, hooks.taken, types.taken, providers.taken].concat() {
            tracing::warn!("{error}");
            self.events.publish(EventKind::ExtensionFailed { extension, generation: None, error });
        }
    }
}

/// What became of a file's extensions of one kind.
#[derive(Default)]
struct Placed {
    /// Names that are others now, or gone.
    touched: BTreeSet<String>,
    /// Names that somebody else has, and how that is told.
    taken: Vec<(String, String)>,
}

/// Registers these in the place of what comes from the same file; a name that somebody else
/// has is left to them.
fn put<T: ?Sized>(
    noun: &str,
    registry: &Registry<T>,
    origin: &str,
    offered: Vec<(String, Arc<T>)>,
) -> Placed {
    let of_file = registry.list().into_iter().filter(|(_, entry)| entry.origin == origin);
    let mut placed = Placed { touched: of_file.map(|(name, _)| name).collect(), ..Placed::default() };
    for name in placed.touched.iter().filter(|name| offered.iter().all(|(offered, _)| offered != *name)) {
        registry.remove(name);
    }
    for (name, extension) in offered {
        match registry.get(&name) {
            Ok(other) if other.origin != origin => {
                let told = is_taken(origin, noun, &name, &other.origin);
                placed.taken.push((name, told));
            }
            _ => {
                registry.register(name.clone(), origin.to_owned(), extension);
                placed.touched.insert(name);
            }
        }
    }
    placed
}

fn failed(error: NativeError) -> ServiceError {
    ServiceError::new(Code::Failed, error.to_string())
}

/// Whether something is wrong with a plugin, and not only missing still.
fn is_failure((_, error): &(&String, &NativeError)) -> bool {
    !matches!(error, NativeError::NotBuilt { .. })
}
