//! Loads what there is, and again when it changed.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, Weak};

use lariat_core::definition::problem::unknown;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::child::{ProcessLimits, Supervisor, quarantine_file};
use crate::host::HostSide;
use crate::load::{
    Candidate, Found, Library, Manifest, Permits, Plugin, PluginInfo, discover, fingerprint, is_id,
    of_extensions, of_process,
};
use crate::{NativeError, NativeOptions};

/// All plugins of a workspace.
pub struct NativeHost {
    options: NativeOptions,
    permits: Permits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is in force, by id.
    plugins: BTreeMap<String, Arc<Plugin>>,
    /// Everything that was ever mapped.
    mapped: Vec<Mapped>,
    /// What was mapped in vain in the place of one in force, by its id.
    in_vain: BTreeMap<String, InVain>,
}

/// A library that isn't what its `plugin.toml` says; the same two aren't looked at twice, since each
/// time would stay mapped.
struct InVain {
    sha256: String,
    manifest: Option<Manifest>,
    error: NativeError,
}

struct Mapped {
    id: String,
    generation: u64,
    bytes: u64,
    plugin: Weak<Plugin>,
}

/// A generation that is mapped; it stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// The plugin.
    pub id: String,
    /// Its generation.
    pub generation: u64,
    /// How large its file is.
    pub bytes: u64,
    /// Whether somebody holds on to one of its extensions.
    pub in_use: bool,
}

impl NativeHost {
    /// A host that has loaded nothing yet.
    pub fn new(options: NativeOptions) -> Self {
        let permits = Permits {
            runs: Arc::new(Semaphore::new(options.runs.max(1))),
            answers: Arc::new(Semaphore::new(options.concurrency.max(1))),
        };
        Self { options, permits, state: Mutex::default() }
    }

    /// What there is, without running anything of it.
    pub fn discover(&self) -> Vec<Found> {
        discover(&self.options)
    }

    /// Loads everything that there is and isn't in force yet. What can't be loaded doesn't
    /// touch the others. [`NativeHost::reload`] loads one anew.
    pub fn load(&self) -> Vec<(String, Result<Arc<Plugin>, NativeError>)> {
        self.load_found(|_| true)
    }

    /// What can be known of each plugin without running anything of it, because it has a
    /// `plugin.toml`, or why it can't be loaded. Those without aren't among it.
    pub fn declared(&self) -> Vec<(String, Result<Candidate, NativeError>)> {
        let told = |Found { name, result }: Found| match result {
            Err(error) => Some((name, Err(error))),
            Ok(candidate) => {
                let free = self.is_free(&candidate.manifest.as_ref()?.id, &candidate.library);
                Some((name, free.map(|()| candidate)))
            }
        };
        self.discover().into_iter().filter_map(told).collect()
    }

    /// As [`NativeHost::load`], but only these candidates; what isn't one isn't told.
    pub fn load_those(
        &self,
        wanted: impl Fn(&Candidate) -> bool,
    ) -> Vec<(String, Result<Arc<Plugin>, NativeError>)> {
        self.load_found(|found| found.as_ref().is_ok_and(&wanted))
    }

    fn load_found(
        &self,
        wanted: impl Fn(&Result<Candidate, NativeError>) -> bool,
    ) -> Vec<(String, Result<Arc<Plugin>, NativeError>)> {
        let mut loaded: Vec<(String, Result<Arc<Plugin>, NativeError>)> = Vec::new();
        let in_force: Vec<PathBuf> = self.plugins().iter().map(|plugin| plugin.file().clone()).collect();
        for Found { name, result } in self.discover() {
            let library = match &result {
                Ok(candidate) => Some(&candidate.library),
                Err(NativeError::NoLibrary { library, .. } | NativeError::NotALibrary { library, .. }) => {
                    Some(library)
                }
                Err(_) => None,
            };
            if !wanted(&result) || library.is_some_and(|library| in_force.contains(library)) {
                continue;
            }
            // Of one in force that is told when it is to be loaded anew.
            if let Err(error) = &result
                && in_force.iter().any(|library| is_manifest_of(error, library))
            {
                continue;
            }
            let taken = |id: &str| {
                let other = self.state.lock().plugins.get(id).map(|plugin| plugin.file().clone());
                other.map(|first| (id.to_owned(), first))
            };
            let result = result.and_then(|candidate| {
                // Told by its plugin.toml, a second one isn't even mapped.
                let twice = candidate.manifest.as_ref().and_then(|manifest| taken(&manifest.id));
                if let Some((id, first)) = twice {
                    return Err(NativeError::DuplicateId { id, first, second: candidate.library });
                }
                let plugin = self.map(&candidate, 1)?;
                if let Some((id, first)) = taken(plugin.id()) {
                    return Err(NativeError::DuplicateId { id, first, second: candidate.library });
                }
                self.state.lock().plugins.insert(plugin.id().to_owned(), plugin.clone());
                Ok(plugin)
            });
            loaded.push((name, result));
        }
        loaded
    }

    /// The plugins in force.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        self.state.lock().plugins.values().cloned().collect()
    }

    /// Loads a plugin anew: copies it, checks it, maps it beside the old, asks what it offers,
    /// and only then puts it in force here. The caller registers its extensions; who holds
    /// extensions of the old generation keeps them, and they are closed when the last one is
    /// let go. With the same content as before, what is in force stays.
    ///
    /// # Errors
    /// As for loading; what is in force then stays so. That holds too while its `plugin.toml` already
    /// speaks of another version than the library is of, or the other way round: an update may come
    /// in pieces.
    pub fn reload(&self, id: &str) -> Result<Arc<Plugin>, NativeError> {
        let old = {
            let state = self.state.lock();
            state.plugins.get(id).cloned().ok_or_else(|| {
                NativeError::Unknown(unknown("plugin", id, state.plugins.keys().map(String::as_str)))
            })?
        };
        let is_it = |candidate: &Candidate| candidate.library == *old.file();
        let found = self.discover().into_iter().find_map(|found| match found.result {
            Ok(candidate) => is_it(&candidate).then_some(Ok(candidate)),
            Err(NativeError::NoLibrary { library, named_in }) if library == *old.file() => {
                Some(Err(NativeError::NoLibrary { library, named_in }))
            }
            Err(NativeError::NotALibrary { library, why }) if library == *old.file() => {
                Some(Err(NativeError::NotALibrary { library, why }))
            }
            Err(error) => is_manifest_of(&error, old.file()).then_some(Err(error)),
        });
        let gone =
            || NativeError::NoLibrary { library: old.file().clone(), named_in: "its plugin.toml".into() };
        let candidate = found.unwrap_or_else(|| Err(gone()))?;
        let sha256 = fingerprint(&candidate.library)?.sha256;
        if sha256 == old.sha256() {
            self.state.lock().in_vain.remove(id);
            agree(&candidate, &old.library, old.extensions())?;
            return Ok(old);
        }
        if let Some(known) = self.state.lock().in_vain.get(id)
            && (&known.sha256, &known.manifest) == (&sha256, &candidate.manifest)
        {
            return Err(known.error.clone());
        }
        let plugin = self.map(&candidate, old.generation() + 1).inspect_err(|error| {
            let manifest = candidate.manifest.clone();
            let mut state = self.state.lock();
            match error {
                NativeError::Mismatch { .. } => {
                    state.in_vain.insert(id.to_owned(), InVain { sha256, manifest, error: error.clone() })
                }
                _ => state.in_vain.remove(id),
            };
        })?;
        if plugin.id() != id {
            return Err(NativeError::Mismatch {
                file: candidate.library,
                what: "the id",
                library: plugin.id().to_owned(),
                manifest: id.to_owned(),
            });
        }
        let mut state = self.state.lock();
        state.in_vain.remove(id);
        state.plugins.insert(id.to_owned(), plugin.clone());
        drop(state);
        Ok(plugin)
    }

    /// Everything that is mapped, old generations too.
    pub fn retained(&self) -> Vec<Retained> {
        let state = self.state.lock();
        let told = |mapped: &Mapped| Retained {
            id: mapped.id.clone(),
            generation: mapped.generation,
            bytes: mapped.bytes,
            in_use: mapped.plugin.strong_count() > 0,
        };
        state.mapped.iter().map(told).collect()
    }

    /// Has nobody use a plugin any more, in this process from now on and in every other from its
    /// start on, until it is lifted. Gives what was in force, whose calls are refused now.
    ///
    /// # Errors
    /// When its id can't be one, or its mark can't be written.
    pub fn quarantine(&self, id: &str, why: &str) -> Result<Option<Arc<Plugin>>, NativeError> {
        if !is_id(id) {
            let known: Vec<String> = self.plugins().iter().map(|it| it.id().to_owned()).collect();
            return Err(NativeError::Unknown(unknown("plugin", id, known.iter().map(String::as_str))));
        }
        let folder = &self.options.copies_dir;
        let mark = quarantine_file(folder, id);
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| std::fs::write(&mark, format!("{why}\n")))
            .map_err(|error| NativeError::io(mark, &error))?;
        let plugin = self.state.lock().plugins.remove(id);
        if let Some(plugin) = &plugin {
            plugin.bar(why);
        }
        Ok(plugin)
    }

    /// Lets a quarantined plugin be used again, from its next [`NativeHost::load`] on. Whether it
    /// was quarantined.
    ///
    /// # Errors
    /// When its mark can't be removed.
    pub fn lift(&self, id: &str) -> Result<bool, NativeError> {
        let mark = quarantine_file(&self.options.copies_dir, id);
        let plugin = self.state.lock().plugins.get(id).cloned();
        if let Some(child) = plugin.as_ref().and_then(|plugin| plugin.library.child()) {
            child.lift();
        }
        match std::fs::remove_file(&mark) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(NativeError::io(mark, &error)),
        }
    }

    /// # Errors
    /// When a plugin is quarantined.
    fn is_free(&self, id: &str, library: &Path) -> Result<(), NativeError> {
        let mark = quarantine_file(&self.options.copies_dir, id);
        match std::fs::read_to_string(mark) {
            Ok(why) => Err(NativeError::Quarantined {
                id: id.to_owned(),
                library: library.to_owned(),
                why: why.trim().to_owned(),
            }),
            Err(_) => Ok(()),
        }
    }

    /// Maps a library here, or in a child; and what it offers, as it says it.
    fn code(
        &self,
        candidate: &Candidate,
        copy: &Path,
        id: &str,
        limits: &ProcessLimits,
    ) -> Result<(Library, Vec<u8>), NativeError> {
        let file = &candidate.library;
        let mark = quarantine_file(&self.options.copies_dir, id);
        let Some(runner) = self.options.runner.clone().filter(|_| candidate.process || self.options.apart)
        else {
            let library = Library::map(copy, file)?;
            let described = library.describe_raw(file)?;
            return Ok((library, described));
        };
        let (supervisor, hello, described) = Supervisor::start(
            runner,
            copy.to_owned(),
            file.clone(),
            mark,
            limits.clone(),
            self.options.restarts,
        )?;
        Ok((Library::in_child(supervisor, hello), described))
    }

    fn map(&self, candidate: &Candidate, generation: u64) -> Result<Arc<Plugin>, NativeError> {
        let file = &candidate.library;
        let content = fingerprint(file)?;
        if let Some(expected) = &candidate.sha256
            && !expected.eq_ignore_ascii_case(&content.sha256)
        {
            return Err(NativeError::WrongHash {
                library: file.clone(),
                expected: expected.clone(),
                found: content.sha256,
            });
        }
        let called = candidate.manifest.as_ref().map(|manifest| manifest.id.as_str());
        let stem = || file.file_stem().unwrap_or_default().to_string_lossy().replace('.', "_");
        let called = called.map_or_else(stem, str::to_owned);
        let limits = of_process(&self.options.limits, candidate, &called)?;
        self.is_free(&called, file)?;
        let copy = content.copy_to(&self.options.copies_dir, &called, generation)?;
        let (library, described) = self.code(candidate, &copy, &called, &limits)?;
        // Without a plugin.toml its id is known only now.
        self.is_free(&library.id, file)?;
        let mut state = self.state.lock();
        state.mapped.push(Mapped {
            id: library.id.clone(),
            generation,
            bytes: content.len(),
            plugin: Weak::new(),
        });
        let place = state.mapped.len() - 1;
        drop(state);
        let described = Library::described(&described, file)?;
        agree(candidate, &library, &described.extensions)?;
        let budgets =
            of_extensions(&self.options.limits, candidate, &library.id, &limits, &described.extensions)?;
        let host = HostSide::new(library.id.clone(), self.options.kv.clone());
        if let Some(child) = library.child() {
            child.serve(host);
        }
        let plugin = Arc::new(Plugin {
            host,
            library,
            workspace: self.options.workspace.clone(),
            deadlines: self.options.deadlines,
            budgets,
            permits: self.permits.clone(),
            info: PluginInfo {
                generation,
                file: file.clone(),
                sha256: content.sha256.clone(),
                description: described.description,
                extensions: described.extensions.clone(),
            },
            abandoned: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            barred: OnceLock::new(),
        });
        if let Some(mapped) = self.state.lock().mapped.get_mut(place) {
            mapped.plugin = Arc::downgrade(&plugin);
        }
        Ok(plugin)
    }
}

/// # Errors
/// When a library isn't what its `plugin.toml` says, or says itself that it is something else.
fn agree(
    candidate: &Candidate,
    library: &Library,
    extensions: &[crate::ExtensionInfo],
) -> Result<(), NativeError> {
    let Some(manifest) = &candidate.manifest else { return Ok(()) };
    let names = |all: &[crate::ExtensionInfo]| {
        let mut names: Vec<String> =
            all.iter().map(|info| format!("{} {}", info.kind.as_str(), info.name)).collect();
        names.sort();
        names.join(", ")
    };
    let said = [
        ("the id", library.id.clone(), manifest.id.clone()),
        ("the version", library.version.clone(), manifest.version.clone()),
        ("the extensions", names(extensions), names(&manifest.extensions)),
    ];
    match said.into_iter().find(|(_, ours, theirs)| ours != theirs) {
        None => Ok(()),
        Some((what, library, manifest)) => {
            Err(NativeError::Mismatch { file: candidate.library.clone(), what, library, manifest })
        }
    }
}

/// Whether this is what is wrong with the `plugin.toml` of a library.
fn is_manifest_of(error: &NativeError, library: &Path) -> bool {
    let NativeError::Manifest { file, .. } = error else { return false };
    file.parent().is_some_and(|folder| library.starts_with(folder))
}
