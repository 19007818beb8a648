//! The host: loads scripts, checks them, and has the threads they run on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_core::clock::SharedClock;
use lariat_core::kv::KeyValueStore;
use lariat_core::routine::Routine;

use crate::budgets::Budgets;
use crate::check::scan;
use crate::error::LuaError;
use crate::finding::{Finding, ScriptError, Severity};
use crate::http::{HttpClient, HttpPolicy};
use crate::kind::ScriptKind;
use crate::load::{Described, Library, Source, compile, describe, display, files_below};
use crate::routine::LuaRoutine;
use crate::vm::Threads;

/// What a host needs.
#[derive(Clone)]
pub struct LuaOptions {
    /// The folder `scripts/` of the workspace.
    pub scripts_dir: PathBuf,
    /// What a run may use.
    pub budgets: Budgets,
    /// Behind `ctx.store`.
    pub kv: Arc<dyn KeyValueStore>,
    /// Behind `ctx.clock`.
    pub clock: SharedClock,
    /// Which servers `ctx.http` may talk to.
    pub http: HttpPolicy,
    /// How many threads run scripts; 0 for one a core.
    pub vm_threads: usize,
}

/// A script that was found, and what became of it.
pub struct LoadedScript {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The routine, or the first thing that is wrong.
    pub result: Result<Arc<dyn Routine>, ScriptError>,
}

/// Loads and runs scripts. Its threads end when it and all its routines are gone.
pub struct LuaHost {
    pub(crate) scripts_dir: PathBuf,
    pub(crate) inner: Arc<Inner>,
}

/// What the routines share.
pub(crate) struct Inner {
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) kv: Arc<dyn KeyValueStore>,
    pub(crate) clock: SharedClock,
    pub(crate) http: Arc<HttpClient>,
    pub(crate) threads: Threads,
}

impl LuaHost {
    /// Starts the threads. Loads nothing yet.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(options: LuaOptions) -> Result<Self, LuaError> {
        let LuaOptions { scripts_dir, budgets, kv, clock, http, vm_threads } = options;
        let budgets = Arc::new(budgets);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Threads::start(if vm_threads == 0 { cores() } else { vm_threads }, &budgets)?;
        let http = Arc::new(HttpClient::new(http));
        Ok(Self { scripts_dir, inner: Arc::new(Inner { budgets, kv, clock, http, threads }) })
    }

    /// Loads every routine. Evaluates each file once, for at most
    /// [`Budgets::load`]; blocks meanwhile.
    pub fn load(&self) -> Vec<LoadedScript> {
        let library = self.library();
        let load = |path: PathBuf| LoadedScript {
            file: PathBuf::from(display(&path, &self.scripts_dir)),
            result: self.load_with(&path, &library),
        };
        self.files(ScriptKind::Routine).into_iter().map(load).collect()
    }

    /// Loads one file, with `scripts/lib/` as it is now. Blocks like [`LuaHost::load`].
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load_file(&self, path: &Path) -> Result<Arc<dyn Routine>, ScriptError> {
        self.load_with(path, &self.library())
    }

    /// All that is wrong with a routine or a module of `scripts/lib/`, in the order of
    /// its lines, found without running its `run`. Blocks like [`LuaHost::load`].
    pub fn check_file(&self, path: &Path) -> Vec<Finding> {
        let library = self.library();
        let source = match Source::read(path, &self.scripts_dir) {
            Ok(source) => source,
            Err(error) => return vec![error.into()],
        };
        let read_only = path.starts_with(self.scripts_dir.join("lib"))
            || self.kind_of(path).is_some_and(|kind| kind != ScriptKind::Routine);
        let Described { mut findings, module, .. } = if read_only {
            compile(&source, &library)
        } else {
            describe(&source, &library, &self.inner.budgets)
        };
        if module.is_some() {
            let read = scan(&source, &library);
            // Reading says better what evaluating stumbled over.
            let known: Vec<usize> = read.iter().map(|finding| finding.line).collect();
            findings.retain(|finding| finding.line == 0 || !known.contains(&finding.line));
            findings.extend(read);
        }
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    /// The files of a kind's folder, at any depth, in the order of their names.
    pub fn files(&self, kind: ScriptKind) -> Vec<PathBuf> {
        files_below(&self.scripts_dir.join(kind.folder()))
    }

    /// The kind whose folder a file lies in.
    pub fn kind_of(&self, path: &Path) -> Option<ScriptKind> {
        ScriptKind::ALL.into_iter().find(|kind| path.starts_with(self.scripts_dir.join(kind.folder())))
    }

    pub(crate) fn library(&self) -> Arc<Library> {
        Arc::new(Library::read(&self.scripts_dir))
    }

    fn load_with(&self, path: &Path, library: &Arc<Library>) -> Result<Arc<dyn Routine>, ScriptError> {
        let source = Source::read(path, &self.scripts_dir)?;
        let Described { info, module, findings } = describe(&source, library, &self.inner.budgets);
        match (info, module) {
            (Some(info), Some(module)) => {
                let host = self.inner.clone();
                Ok(Arc::new(LuaRoutine { info, module, host }))
            }
            _ => Err(findings
                .into_iter()
                .find(|finding| finding.severity == Severity::Error)
                .map(ScriptError::from)
                .unwrap_or_else(|| ScriptError {
                    file: PathBuf::from(&source.display),
                    line: 0,
                    message: "can't be loaded".into(),
                    hint: Some("run lariat routine check".into()),
                })),
        }
    }
}
