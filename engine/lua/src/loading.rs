//! From the files of `scripts/` to extensions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_core::hook::Hook;
use lariat_core::limits::{LimitedHook, LimitedRoutine, Limits};
use lariat_core::routine::Routine;

use crate::finding::{ScriptError, Severity};
use crate::hook::LuaHook;
use crate::host::LuaHost;
use crate::kind::ScriptKind;
use crate::load::{Declared, Described, Library, Source, describe, display, files_below};
use crate::pool::LuaPoolType;
use crate::provider::LuaProvider;
use crate::routine::LuaRoutine;
use crate::script::Script;

/// A script that was found, and what became of it.
pub struct Loaded<T: ?Sized> {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The extension, or the first thing that is wrong.
    pub result: Result<Arc<T>, ScriptError>,
}

/// A routine that was found.
pub type LoadedScript = Loaded<dyn Routine>;

impl LuaHost {
    /// The files of a kind's folder, at any depth, in the order of their names.
    pub fn files(&self, kind: ScriptKind) -> Vec<PathBuf> {
        files_below(&self.scripts_dir.join(kind.folder()))
    }

    /// The kind whose folder a file lies in.
    pub fn kind_of(&self, path: &Path) -> Option<ScriptKind> {
        ScriptKind::ALL.into_iter().find(|kind| path.starts_with(self.scripts_dir.join(kind.folder())))
    }

    /// Loads every routine. Evaluates each file once, for at most
    /// [`Budgets::load`](crate::Budgets::load); blocks meanwhile.
    pub fn load(&self) -> Vec<LoadedScript> {
        self.all(ScriptKind::Routine, routine)
    }

    /// Loads every pool type. Blocks like [`LuaHost::load`].
    pub fn load_pools(&self) -> Vec<Loaded<LuaPoolType>> {
        self.all(ScriptKind::Pool, pool)
    }

    /// Loads every hook. Blocks like [`LuaHost::load`].
    pub fn load_hooks(&self) -> Vec<Loaded<dyn Hook>> {
        self.all(ScriptKind::Hook, hook)
    }

    /// Loads every provider of instances. Blocks like [`LuaHost::load`].
    pub fn load_providers(&self) -> Vec<Loaded<LuaProvider>> {
        self.all(ScriptKind::Provider, provider)
    }

    /// Loads one routine, with `scripts/lib/` as it is now. Blocks like [`LuaHost::load`].
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load_file(&self, path: &Path) -> Result<Arc<dyn Routine>, ScriptError> {
        self.one(path, ScriptKind::Routine, &self.library(), routine)
    }

    /// Loads one pool type, as [`LuaHost::load_file`] a routine.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load_pool_file(&self, path: &Path) -> Result<Arc<LuaPoolType>, ScriptError> {
        self.one(path, ScriptKind::Pool, &self.library(), pool)
    }

    /// Loads one hook, as [`LuaHost::load_file`] a routine.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load_hook_file(&self, path: &Path) -> Result<Arc<dyn Hook>, ScriptError> {
        self.one(path, ScriptKind::Hook, &self.library(), hook)
    }

    /// Loads one provider of instances, as [`LuaHost::load_file`] a routine.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load_provider_file(&self, path: &Path) -> Result<Arc<LuaProvider>, ScriptError> {
        self.one(path, ScriptKind::Provider, &self.library(), provider)
    }

    /// A limit that a script of this kind can't be held to, in words.
    pub(crate) fn unkept_limit(&self, kind: ScriptKind, name: &str) -> Option<String> {
        let limits = self.inner.limits.get(name)?;
        let asked = matches!(kind, ScriptKind::Pool | ScriptKind::Provider);
        let (word, why) = match limits {
            Limits { files: Some(_), .. } => {
                ("files", "is for plugins; a script opens no files or connections itself")
            }
            Limits { processes: Some(_), .. } => {
                ("processes", "is for plugins; a script can't start processes")
            }
            Limits { retries: Some(_), .. } if !asked => {
                ("retries", "is for pool types and providers; this isn't asked again")
            }
            _ => return None,
        };
        Some(format!("limits.{name}: `{word}` {why}; leave it out"))
    }

    fn all<T: ?Sized>(
        &self,
        kind: ScriptKind,
        make: impl Fn(Maker<'_>, Declared) -> Option<Arc<T>>,
    ) -> Vec<Loaded<T>> {
        let files = self.files(kind);
        if files.is_empty() {
            return Vec::new();
        }
        let library = self.library();
        let load = |path: PathBuf| Loaded {
            file: PathBuf::from(display(&path, &self.scripts_dir)),
            result: self.one(&path, kind, &library, &make),
        };
        files.into_iter().map(load).collect()
    }

    fn one<T: ?Sized>(
        &self,
        path: &Path,
        kind: ScriptKind,
        library: &Arc<Library>,
        make: impl Fn(Maker<'_>, Declared) -> Option<Arc<T>>,
    ) -> Result<Arc<T>, ScriptError> {
        let source = Source::read(path, &self.scripts_dir)?;
        let Described { declared, module, findings } =
            describe(&source, library, &self.inner.budgets, Some(kind));
        if let Some(message) = declared.as_ref().and_then(|it| self.unkept_limit(kind, it.name())) {
            let hint = Some("correct `limits` in lariat.yaml".into());
            return Err(ScriptError { file: PathBuf::from(&source.display), line: 0, message, hint });
        }
        let made = declared.zip(module).and_then(|(declared, module)| {
            let maker = |name: &str| Script::new(kind, name, module.clone(), self.inner.clone());
            make(&maker, declared)
        });
        made.ok_or_else(|| {
            findings
                .into_iter()
                .find(|finding| finding.severity == Severity::Error)
                .map(ScriptError::from)
                .unwrap_or_else(|| ScriptError {
                    file: PathBuf::from(&source.display),
                    line: 0,
                    message: "can't be loaded".into(),
                    hint: Some(format!("run lariat {} check", kind.word())),
                })
        })
    }
}

/// Makes a script under a name.
type Maker<'a> = &'a dyn Fn(&str) -> Script;

fn routine(script: Maker<'_>, declared: Declared) -> Option<Arc<dyn Routine>> {
    let Declared::Routine(info) = declared else { return None };
    let script = script(&info.name);
    let turns = script.turns.clone();
    Some(Arc::new(LimitedRoutine::new(Arc::new(LuaRoutine { script, info }), turns)))
}

fn pool(script: Maker<'_>, declared: Declared) -> Option<Arc<LuaPoolType>> {
    let Declared::Pool(info) = declared else { return None };
    Some(Arc::new(LuaPoolType { script: script(&info.name), info }))
}

fn hook(script: Maker<'_>, declared: Declared) -> Option<Arc<dyn Hook>> {
    let Declared::Hook(info) = declared else { return None };
    let script = script(&info.name);
    let turns = script.turns.clone();
    Some(Arc::new(LimitedHook::new(Arc::new(LuaHook { script, info }), turns)))
}

fn provider(script: Maker<'_>, declared: Declared) -> Option<Arc<LuaProvider>> {
    let Declared::Provider(info) = declared else { return None };
    Some(Arc::new(LuaProvider { script: script(&info.name), info }))
}
