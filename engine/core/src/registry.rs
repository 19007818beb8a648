//! What extensions there are of one kind, by name. One registry serves all kinds.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::definition::problem::unknown;

/// A loaded extension.
#[derive(Debug)]
pub struct Registered<T: ?Sized> {
    /// Counts what was loaded under this name, from 1.
    pub generation: u64,
    /// Where it comes from: `built-in`, or a file.
    pub origin: String,
    /// The extension.
    pub extension: Arc<T>,
}

impl<T: ?Sized> Clone for Registered<T> {
    fn clone(&self) -> Self {
        Self { generation: self.generation, origin: self.origin.clone(), extension: self.extension.clone() }
    }
}

/// The extensions of one kind. Whoever took one out keeps it, whatever is
/// registered under its name afterwards.
#[derive(Debug)]
pub struct Registry<T: ?Sized> {
    noun: &'static str,
    entries: RwLock<BTreeMap<String, Registered<T>>>,
    /// The last generation under each name that ever was.
    generations: RwLock<BTreeMap<String, u64>>,
    /// What couldn't be loaded: origin and why.
    failed: RwLock<BTreeMap<String, String>>,
}

/// Nothing is registered under that name; the message names what is near.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotRegistered(pub String);

impl<T: ?Sized> Registry<T> {
    /// An empty registry of things called `noun`.
    pub fn new(noun: &'static str) -> Self {
        Self { noun, entries: RwLock::default(), generations: RwLock::default(), failed: RwLock::default() }
    }

    /// Puts an extension in force under a name and returns its generation.
    pub fn register(&self, name: impl Into<String>, origin: impl Into<String>, extension: Arc<T>) -> u64 {
        let name = name.into();
        let mut entries = self.entries.write();
        let generation = {
            let mut generations = self.generations.write();
            let last = generations.entry(name.clone()).or_default();
            *last += 1;
            *last
        };
        entries.insert(name, Registered { generation, origin: origin.into(), extension });
        generation
    }

    /// Remembers that something couldn't be loaded, for whoever asks for what it may
    /// have held.
    pub fn note_failure(&self, origin: impl Into<String>, error: impl Into<String>) {
        self.failed.write().insert(origin.into(), error.into());
    }

    /// What couldn't be loaded, and why.
    pub fn failures(&self) -> Vec<String> {
        self.failed.read().values().cloned().collect()
    }

    /// Forgets it: it could be loaded now, or isn't there any more.
    pub fn clear_failure(&self, origin: &str) {
        self.failed.write().remove(origin);
    }

    /// The generation in force under a name; cheap.
    pub fn generation(&self, name: &str) -> Option<u64> {
        self.entries.read().get(name).map(|entry| entry.generation)
    }

    /// Takes an extension out of force. What is registered under its name later has a
    /// generation of its own all the same.
    pub fn remove(&self, name: &str) -> bool {
        self.entries.write().remove(name).is_some()
    }

    /// The extension in force under a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<Registered<T>, NotRegistered> {
        let entries = self.entries.read();
        entries.get(name).cloned().ok_or_else(|| {
            let mut message = unknown(self.noun, name, entries.keys().map(String::as_str));
            for error in self.failed.read().values() {
                message.push_str(&format!("; couldn't be loaded: {error}"));
            }
            NotRegistered(message)
        })
    }

    /// All names with what is in force under them.
    pub fn list(&self) -> Vec<(String, Registered<T>)> {
        self.entries.read().iter().map(|(name, entry)| (name.clone(), entry.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_loaded_is_told_to_whoever_misses_it() {
        let registry: Registry<str> = Registry::new("routine");
        registry.note_failure("r.lua", "r.lua:3: syntax error");
        let told = registry.get("R").unwrap_err().to_string();
        assert_eq!(
            told,
            "unknown routine \"R\"; there is none yet; couldn't be loaded: r.lua:3: syntax error"
        );
    }

    #[test]
    fn a_new_generation_leaves_the_old_to_its_holders() {
        let registry: Registry<str> = Registry::new("routine");
        assert_eq!(registry.register("OpenPacks", "a.lua", Arc::from("one")), 1);
        let pinned = registry.get("OpenPacks").unwrap();
        assert_eq!(registry.register("OpenPacks", "a.lua", Arc::from("two")), 2);
        assert_eq!(&*pinned.extension, "one");
        assert_eq!(&*registry.get("OpenPacks").unwrap().extension, "two");
        let told = registry.get("OpenPack").unwrap_err().to_string();
        assert_eq!(told, "unknown routine \"OpenPack\"; did you mean \"OpenPacks\"?");
        registry.remove("OpenPacks");
        assert_eq!(registry.register("OpenPacks", "a.lua", Arc::from("three")), 3);
    }
}
