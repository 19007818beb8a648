//! Where scripts and plugins of a running engine are put, by kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use lariat_core::hook::Hook;
use lariat_core::registry::Registry;
use lariat_core::routine::Routine;
use lariat_core::source::PoolType;
use lariat_lua::{LuaProvider, ScriptKind};

use crate::instances::Providers;

/// The registries that scripts and plugins are put into.
#[derive(Clone)]
pub struct Registries {
    pub routines: Arc<Registry<dyn Routine>>,
    pub types: Arc<Registry<dyn PoolType>>,
    pub hooks: Arc<Registry<dyn Hook>>,
    pub providers: Providers,
}

/// A script that was loaded.
pub enum Made {
    Routine(Arc<dyn Routine>),
    Pool(Arc<dyn PoolType>),
    Hook(Arc<dyn Hook>),
    Provider(Arc<LuaProvider>),
}

impl Made {
    /// The name that it gives itself.
    pub fn name(&self) -> String {
        match self {
            Self::Routine(made) => made.info().name.clone(),
            Self::Pool(made) => made.name().to_owned(),
            Self::Hook(made) => made.info().name.clone(),
            Self::Provider(made) => made.info().name.clone(),
        }
    }
}

impl Registries {
    /// Puts a script in force; gives its generation.
    pub fn register(&self, name: &str, origin: &str, made: Made) -> u64 {
        match made {
            Made::Routine(made) => self.routines.register(name, origin, made),
            Made::Pool(made) => self.types.register(name, origin, made),
            Made::Hook(made) => self.hooks.register(name, origin, made),
            Made::Provider(made) => self.providers.scripts.register(name, origin, made),
        }
    }

    /// Takes a script out of force.
    pub fn remove(&self, kind: ScriptKind, name: &str) {
        match kind {
            ScriptKind::Routine => self.routines.remove(name),
            ScriptKind::Pool => self.types.remove(name),
            ScriptKind::Hook => self.hooks.remove(name),
            ScriptKind::Provider => self.providers.scripts.remove(name),
        };
    }

    /// Notes why a plugin can't be loaded, which may have held anything; or that it can.
    pub fn note_plugin(&self, name: &str, error: Option<&str>) {
        note(&self.routines, name, error);
        note(&self.types, name, error);
        note(&self.hooks, name, error);
        note(&self.providers.native, name, error);
    }

    /// Notes why a file can't be loaded, or that it can.
    pub fn note(&self, kind: ScriptKind, origin: &str, error: Option<&str>) {
        match kind {
            ScriptKind::Routine => note(&self.routines, origin, error),
            ScriptKind::Pool => note(&self.types, origin, error),
            ScriptKind::Hook => note(&self.hooks, origin, error),
            ScriptKind::Provider => note(&self.providers.scripts, origin, error),
        }
    }

    /// Where what has a name comes from, and its generation.
    pub fn find(&self, kind: ScriptKind, name: &str) -> Option<(String, u64)> {
        fn find<T: ?Sized>(registry: &Registry<T>, name: &str) -> Option<(String, u64)> {
            registry.get(name).ok().map(|found| (found.origin, found.generation))
        }
        match kind {
            ScriptKind::Routine => find(&self.routines, name),
            ScriptKind::Pool => find(&self.types, name),
            ScriptKind::Hook => find(&self.hooks, name),
            ScriptKind::Provider => find(&self.providers.scripts, name),
        }
    }

    /// The names in force by the file they come from.
    pub fn by_origin(&self, kind: ScriptKind) -> BTreeMap<String, String> {
        fn names<T: ?Sized>(registry: &Registry<T>) -> BTreeMap<String, String> {
            registry.list().into_iter().map(|(name, entry)| (entry.origin, name)).collect()
        }
        match kind {
            ScriptKind::Routine => names(&self.routines),
            ScriptKind::Pool => names(&self.types),
            ScriptKind::Hook => names(&self.hooks),
            ScriptKind::Provider => names(&self.providers.scripts),
        }
    }
}

fn note<T: ?Sized>(registry: &Registry<T>, origin: &str, error: Option<&str>) {
    match error {
        Some(error) => registry.note_failure(origin, error),
        None => registry.clear_failure(origin),
    }
}
