//! A plugin that is loaded.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use lariat_core::hook::Hook;
use lariat_core::limits::{LimitedHook, LimitedRoutine};
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;

use super::{Budget, Budgets, ExtensionInfo, ExtensionKind, ExtensionUsage, Library};
use crate::adapters::{NativeHook, NativePoolType, NativeProvider, NativeRoutine};
use crate::call::Door;
use crate::host::HostSide;
use crate::options::Deadlines;

/// One generation of a plugin: a library that is mapped, and what it offers. Whoever holds on
/// to one of its extensions keeps that generation in use.
pub struct Plugin {
    pub(crate) library: Library,
    pub(crate) host: &'static HostSide,
    pub(crate) workspace: PathBuf,
    pub(crate) deadlines: Deadlines,
    pub(crate) budgets: Budgets,
    pub(crate) permits: Permits,
    pub(crate) info: PluginInfo,
    pub(crate) abandoned: AtomicU64,
    /// Calls that were given up and are still inside.
    pub(crate) stuck: AtomicU64,
    /// Why nobody may use it any more.
    pub(crate) barred: OnceLock<String>,
}

/// How many calls may be inside of all plugins at once.
#[derive(Clone)]
pub(crate) struct Permits {
    /// Runs of routines, which may be long.
    pub(crate) runs: Arc<tokio::sync::Semaphore>,
    /// Everything else, so that no run stands in its way.
    pub(crate) answers: Arc<tokio::sync::Semaphore>,
}

/// What is known of a generation.
pub(crate) struct PluginInfo {
    pub(crate) generation: u64,
    pub(crate) file: PathBuf,
    pub(crate) sha256: String,
    pub(crate) description: String,
    pub(crate) extensions: Vec<ExtensionInfo>,
}

impl Plugin {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.library.id
    }

    /// Its own version.
    pub fn version(&self) -> &str {
        &self.library.version
    }

    /// The ABI it was built for, major and minor.
    pub fn abi(&self) -> (u32, u32) {
        self.library.abi
    }

    /// Counts what was loaded under its id, from 1.
    pub fn generation(&self) -> u64 {
        self.info.generation
    }

    /// The library as it was found.
    pub fn file(&self) -> &PathBuf {
        &self.info.file
    }

    /// The library's SHA-256 in hex.
    pub fn sha256(&self) -> &str {
        &self.info.sha256
    }

    /// For people.
    pub fn description(&self) -> &str {
        &self.info.description
    }

    /// What it offers.
    pub fn extensions(&self) -> &[ExtensionInfo] {
        &self.info.extensions
    }

    /// Of a plugin in a process of its own: how often that died in a row, and whether it isn't
    /// started any more.
    pub fn deaths(&self) -> Option<(u32, bool)> {
        self.library.child().map(|child| child.told())
    }

    /// Of a plugin in a process of its own: how often that died since it was loaded.
    pub fn crashes(&self) -> u64 {
        self.library.child().map_or(0, |child| child.deaths())
    }

    /// How many calls were given up and are still inside of it.
    pub fn stuck(&self) -> u64 {
        match self.library.child() {
            Some(child) => child.hanging(),
            None => self.stuck.load(Ordering::Relaxed),
        }
    }

    /// How its extensions were used since it was loaded.
    pub fn usage(&self) -> Vec<ExtensionUsage> {
        let told = |((kind, name), budget): (&(ExtensionKind, String), &Budget)| ExtensionUsage {
            kind: *kind,
            name: name.clone(),
            calls: budget.turns.calls(),
        };
        self.budgets.iter().map(told).collect()
    }

    /// How many calls were given up since they didn't end in time.
    pub fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// How many answers came that nobody waited for: late, or a second time.
    pub fn dropped(&self) -> u64 {
        self.host.dropped()
    }

    /// Refuses every question from now on; a process of its own is ended, so that what it works
    /// on is given back.
    pub(crate) fn bar(&self, why: &str) {
        let _ = self.barred.set(why.to_owned());
        if let Some(child) = self.library.child() {
            child.bar();
        }
    }

    /// What one of its extensions may use.
    pub(crate) fn budget(&self, kind: ExtensionKind, name: &str) -> Budget {
        self.budgets.get(&(kind, name.to_owned())).cloned().unwrap_or_default()
    }

    fn of(&self, kind: ExtensionKind) -> impl Iterator<Item = &ExtensionInfo> {
        self.info.extensions.iter().filter(move |info| info.kind == kind)
    }

    /// Its pool types.
    pub fn pool_types(self: &Arc<Self>) -> Vec<Arc<dyn PoolType>> {
        let made = |info: &ExtensionInfo| NativePoolType { plugin: self.clone(), info: info.clone() };
        self.of(ExtensionKind::Pool).map(|info| Arc::new(made(info)) as Arc<dyn PoolType>).collect()
    }

    /// Its routines.
    pub fn routines(self: &Arc<Self>) -> Vec<Arc<dyn Routine>> {
        let made = |info: &ExtensionInfo| NativeRoutine {
            info: info.as_routine(&self.info.file),
            door: Door::plain(self.clone(), ExtensionKind::Routine, &info.name),
        };
        let within = |info: &ExtensionInfo| -> Arc<dyn Routine> {
            let turns = self.budget(ExtensionKind::Routine, &info.name).turns;
            Arc::new(LimitedRoutine::new(Arc::new(made(info)), turns))
        };
        self.of(ExtensionKind::Routine).map(within).collect()
    }

    /// Its hooks.
    pub fn hooks(self: &Arc<Self>) -> Vec<Arc<dyn Hook>> {
        let made = |info: &ExtensionInfo| NativeHook {
            info: info.as_hook(&self.info.file),
            door: Door::plain(self.clone(), ExtensionKind::Hook, &info.name),
        };
        let within = |info: &ExtensionInfo| -> Arc<dyn Hook> {
            let turns = self.budget(ExtensionKind::Hook, &info.name).turns;
            Arc::new(LimitedHook::new(Arc::new(made(info)), turns))
        };
        self.of(ExtensionKind::Hook).map(within).collect()
    }

    /// Its providers of instances.
    pub fn providers(self: &Arc<Self>) -> Vec<Arc<NativeProvider>> {
        let made = |info: &ExtensionInfo| NativeProvider::of_plugin(self.clone(), info.clone());
        self.of(ExtensionKind::Provider).map(|info| Arc::new(made(info))).collect()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(child) = self.library.child() {
            child.retire();
        }
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} (generation {})", self.id(), self.version(), self.generation())
    }
}
