//! Scripts by generation: a file that was edited is loaded anew, and one that can't be
//! loaded leaves the generation before in force.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::definition::Stale;
use lariat_core::event::{EventBus, EventKind};
use lariat_lua::{LuaHost, ScriptKind};
use lariat_workspace::hash::ContentHash;
use serde_json::{Value, json};

use super::registries::{Made, Registries};
use crate::scripts::is_taken;

/// The scripts' contents before they were loaded: whatever is different later was edited.
pub struct Contents(BTreeMap<PathBuf, ContentHash>);

/// A file's content, and whether it requires others.
fn read(path: &Path) -> Option<(ContentHash, bool)> {
    let bytes = std::fs::read(path).ok()?;
    let requires = bytes.windows(7).any(|part| part == b"require");
    Some((ContentHash::of(&bytes), requires))
}

/// The scripts of a workspace, and what they share, relative to it.
fn files(root: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![PathBuf::from("scripts")]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if lariat_lua::is_test(&path) {
                // Nothing is loaded from it.
            } else if path.extension().is_some_and(|end| end == "lua" || end == "luau") {
                found.insert(path);
            }
        }
    }
    found
}

impl Contents {
    /// As they are now.
    pub fn of(root: &Path) -> Self {
        let hashed = |file: PathBuf| read(&root.join(&file)).map(|(hash, _)| (file, hash));
        Self(files(root).into_iter().filter_map(hashed).collect())
    }
}

#[derive(Default)]
struct Kept {
    hash: Option<ContentHash>,
    requires: bool,
    /// What it gives, or gave when it was last good.
    name: Option<String>,
    bad: Option<(Timestamp, String)>,
}

/// What became of scripts that were edited.
#[derive(Debug, Default)]
pub struct ScriptsChanged {
    pub reloaded: Vec<String>,
    pub removed: Vec<String>,
    pub problems: Vec<String>,
    /// Pool types that are others now, or gone.
    pub pool_types: BTreeSet<String>,
    /// Whether a provider is another one now, or gone.
    pub providers: bool,
}

impl ScriptsChanged {
    /// Notes what others have to follow.
    fn touched(&mut self, kind: ScriptKind, name: &str) {
        match kind {
            ScriptKind::Pool => drop(self.pool_types.insert(name.to_owned())),
            ScriptKind::Provider => self.providers = true,
            ScriptKind::Routine | ScriptKind::Hook => {}
        }
    }
}

/// The scripts of a running engine.
pub struct LiveScripts {
    root: PathBuf,
    lua: Arc<LuaHost>,
    registries: Registries,
    events: EventBus,
    files: BTreeMap<PathBuf, Kept>,
}

impl LiveScripts {
    /// As they were loaded at the start, from `contents` or newer ones.
    pub fn new(
        root: &Path,
        lua: Arc<LuaHost>,
        registries: Registries,
        events: EventBus,
        contents: Contents,
        failures: &BTreeMap<String, String>,
    ) -> Self {
        let by_origin: Vec<_> =
            ScriptKind::ALL.into_iter().map(|kind| (kind, registries.by_origin(kind))).collect();
        let mut files = BTreeMap::new();
        for (file, hash) in contents.0 {
            let origin = file.display().to_string();
            let kind = lua.kind_of(&root.join(&file));
            let names = kind.and_then(|kind| by_origin.iter().find(|(other, _)| *other == kind));
            let name = names.and_then(|(_, names)| names.get(&origin).cloned());
            let bad = failures.get(&origin).map(|error| (Timestamp::now(), error.clone()));
            let requires = read(&root.join(&file)).is_some_and(|(_, requires)| requires);
            files.insert(file, Kept { hash: Some(hash), requires, name, bad });
        }
        Self { root: root.to_owned(), lua, registries, events, files }
    }

    /// Loads what is different since the last time. Blocks.
    pub fn reload(&mut self) -> ScriptsChanged {
        let mut changed = ScriptsChanged::default();
        let there = files(&self.root);
        let gone: Vec<PathBuf> = self.files.keys().filter(|file| !there.contains(*file)).cloned().collect();
        let mut shared = false;
        for file in gone {
            shared |= self.is_shared(&file);
            self.remove(&file, &mut changed);
        }
        let mut edited = Vec::new();
        for file in &there {
            let Some((hash, requires)) = read(&self.root.join(file)) else { continue };
            let kept = self.files.entry(file.clone()).or_default();
            if kept.hash != Some(hash) {
                (kept.hash, kept.requires) = (Some(hash), requires);
                edited.push(file.clone());
            }
        }
        shared |= edited.iter().any(|file| self.is_shared(file));
        if shared {
            // What others share was edited: whoever requires anything is loaded anew.
            let users = self.files.iter().filter(|(_, kept)| kept.requires).map(|(file, _)| file.clone());
            edited.extend(users.collect::<Vec<_>>());
            edited.sort();
            edited.dedup();
        }
        for file in &edited {
            self.load(file, &mut changed);
        }
        if !changed.removed.is_empty() || !edited.is_empty() {
            self.load_freed(&edited, &mut changed);
        }
        changed
    }

    /// A name may be free now for a file that claimed it in vain.
    fn load_freed(&mut self, just: &[PathBuf], changed: &mut ScriptsChanged) {
        let waiting = |(file, kept): (&PathBuf, &Kept)| {
            (kept.name.is_none() && kept.bad.is_some() && !just.contains(file)).then(|| file.clone())
        };
        for file in self.files.iter().filter_map(waiting).collect::<Vec<_>>() {
            self.load(&file, changed);
        }
    }

    fn is_shared(&self, file: &Path) -> bool {
        self.lua.kind_of(&self.root.join(file)).is_none()
    }

    fn remove(&mut self, file: &Path, changed: &mut ScriptsChanged) {
        let Some(kept) = self.files.remove(file) else { return };
        let origin = file.display().to_string();
        let Some(kind) = self.lua.kind_of(&self.root.join(file)) else { return };
        self.registries.note(kind, &origin, None);
        if let Some(name) = kept.name {
            self.take_away(kind, &name, &origin, changed);
        }
    }

    fn take_away(&self, kind: ScriptKind, name: &str, origin: &str, changed: &mut ScriptsChanged) {
        if self.registries.find(kind, name).is_some_and(|(other, _)| other == origin) {
            self.registries.remove(kind, name);
            changed.removed.push(format!("{} \"{name}\"", kind.word()));
            tracing::info!(extension = name, "is gone; launches under way keep it");
            changed.touched(kind, name);
        }
    }

    fn load(&mut self, file: &Path, changed: &mut ScriptsChanged) {
        let (path, origin) = (self.root.join(file), file.display().to_string());
        let Some(kind) = self.lua.kind_of(&path) else { return };
        let made = match kind {
            ScriptKind::Routine => self.lua.load_file(&path).map(Made::Routine),
            ScriptKind::Pool => self.lua.load_pool_file(&path).map(|made| Made::Pool(made)),
            ScriptKind::Hook => self.lua.load_hook_file(&path).map(Made::Hook),
            ScriptKind::Provider => self.lua.load_provider_file(&path).map(Made::Provider),
        };
        let made = made.map_err(|error| error.to_string()).and_then(|made| {
            let name = made.name();
            match self.registries.find(kind, &name) {
                Some((other, _)) if other != origin => Err(is_taken(&origin, kind.word(), &name, &other)),
                _ => Ok((name, made)),
            }
        });
        match made {
            Ok((name, made)) => {
                let before = self.files.get_mut(file).and_then(|kept| {
                    kept.bad = None;
                    kept.name.replace(name.clone())
                });
                if let Some(before) = before.filter(|before| *before != name) {
                    self.take_away(kind, &before, &origin, changed);
                }
                self.registries.note(kind, &origin, None);
                let generation = self.registries.register(&name, &origin, made);
                tracing::info!(extension = name, generation, "loaded");
                changed.reloaded.push(format!("{} \"{name}\" (generation {generation})", kind.word()));
                changed.touched(kind, &name);
                self.events.publish(EventKind::ExtensionLoaded { extension: name, generation });
            }
            Err(error) => {
                let Some(kept) = self.files.get_mut(file) else { return };
                let since = kept.bad.as_ref().map_or_else(Timestamp::now, |(since, _)| *since);
                let known = kept.bad.replace((since, error.clone())).is_some_and(|(_, old)| old == error);
                if known {
                    return;
                }
                let extension = kept.name.clone().unwrap_or_else(|| origin.clone());
                let generation =
                    kept.name.as_ref().and_then(|name| self.registries.find(kind, name)).map(|(_, at)| at);
                if generation.is_none() {
                    self.registries.note(kind, &origin, Some(&error));
                }
                tracing::warn!(generation, "{error}");
                changed.problems.push(error.clone());
                self.events.publish(EventKind::ExtensionFailed { extension, generation, error });
            }
        }
    }

    /// All scripts, as they are listed.
    pub fn listing(&self) -> Vec<Value> {
        let row = |(file, kept): (&PathBuf, &Kept)| {
            let kind = self.lua.kind_of(&self.root.join(file))?;
            let found = kept.name.as_ref().and_then(|name| self.registries.find(kind, name));
            let state = match (&kept.bad, &found) {
                (None, _) => "ready",
                (Some(_), Some(_)) => "stale",
                (Some(_), None) => "failed",
            };
            let error = kept.bad.as_ref().map(|(since, error)| match state {
                "stale" => Stale { since: *since, message: error.clone() }.to_string(),
                _ => error.clone(),
            });
            Some(json!({
                "kind": kind.word(), "name": kept.name, "file": file.display().to_string(),
                "generation": found.map(|(_, generation)| generation), "state": state, "error": error,
            }))
        };
        self.files.iter().filter_map(row).collect()
    }
}
