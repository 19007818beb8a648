//! The host: loads scripts, checks them, and has the threads they run on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use lariat_core::clock::SharedClock;
use lariat_core::kv::KeyValueStore;
use lariat_core::limits::LimitTable;

use crate::budgets::Budgets;
use crate::check::scan;
use crate::error::LuaError;
use crate::finding::{Finding, Severity};
use crate::http::{HttpClient, HttpPolicy};
use crate::load::{Described, Library, Source, compile, describe, files_below, is_test};
use crate::pool::{Fetched, PoolLookup};
use crate::vm::Threads;

/// What a host needs.
#[derive(Clone)]
pub struct LuaOptions {
    /// The folder `scripts/` of the workspace.
    pub scripts_dir: PathBuf,
    /// What a run may use.
    pub budgets: Budgets,
    /// What single scripts may use instead: `limits:` of `lariat.yaml`.
    pub limits: LimitTable,
    /// Behind `ctx.store`.
    pub kv: Arc<dyn KeyValueStore>,
    /// Behind `ctx.clock`.
    pub clock: SharedClock,
    /// Which servers `ctx.http` may talk to.
    pub http: HttpPolicy,
    /// How many threads run scripts; 0 for one a core.
    pub vm_threads: usize,
}

/// Loads and runs scripts. Its threads end when it and all its extensions are gone.
pub struct LuaHost {
    pub(crate) scripts_dir: PathBuf,
    pub(crate) inner: Arc<Inner>,
}

/// What the extensions share.
pub(crate) struct Inner {
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) limits: LimitTable,
    pub(crate) kv: Arc<dyn KeyValueStore>,
    pub(crate) clock: SharedClock,
    pub(crate) http: Arc<HttpClient>,
    pub(crate) threads: Threads,
    /// The folder whose files pools may read.
    pub(crate) workspace: Arc<Path>,
    /// Behind `ctx.pools`, once somebody knows the pools.
    pub(crate) pools: OnceLock<Arc<dyn PoolLookup>>,
    /// What pools gave, where each is asked once only.
    pub(crate) fetched: OnceLock<Fetched>,
}

impl LuaHost {
    /// Starts the threads. Loads nothing yet.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(options: LuaOptions) -> Result<Self, LuaError> {
        let LuaOptions { scripts_dir, budgets, limits, kv, clock, http, vm_threads } = options;
        let budgets = Arc::new(budgets);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = Threads::start(if vm_threads == 0 { cores() } else { vm_threads }, &budgets)?;
        let http = Arc::new(HttpClient::new(http));
        let workspace = Arc::from(scripts_dir.parent().unwrap_or(&scripts_dir));
        let pools = OnceLock::new();
        let fetched = OnceLock::new();
        let inner = Arc::new(Inner { budgets, limits, kv, clock, http, threads, workspace, pools, fetched });
        Ok(Self { scripts_dir, inner })
    }

    /// Lets the scripts of pools read other pools. Only the first call counts.
    pub fn look_into(&self, pools: Arc<dyn PoolLookup>) {
        let _ = self.inner.pools.set(pools);
    }

    /// From now on a pool's script is asked for its accounts once, and gives the same
    /// answer again: for a command that looks at pools from many sides and ends.
    pub fn fetch_once(&self) {
        let _ = self.inner.fetched.set(Fetched::default());
    }

    /// All that is wrong with an extension or a module of `scripts/lib/`, in the order of
    /// its lines, found without running its functions. Blocks like [`LuaHost::load`].
    pub fn check_file(&self, path: &Path) -> Vec<Finding> {
        let library = self.library();
        let source = match Source::read(path, &self.scripts_dir) {
            Ok(source) => source,
            Err(error) => return vec![error.into()],
        };
        if is_test(path) {
            // Its names are those of the tests; `lariat test` shows what is wrong with them.
            return compile(&source, &library).findings;
        }
        let kind = self.kind_of(path);
        let Described { mut findings, module, declared } = if path.starts_with(self.scripts_dir.join("lib")) {
            compile(&source, &library)
        } else {
            describe(&source, &library, &self.inner.budgets, kind)
        };
        let unkept = declared.zip(kind).and_then(|(it, kind)| self.unkept_limit(kind, it.name()));
        if module.is_some() {
            let read = scan(&source, &library);
            // Reading says better what evaluating stumbled over.
            let known: Vec<usize> = read.iter().map(|finding| finding.line).collect();
            findings.retain(|finding| finding.line == 0 || !known.contains(&finding.line));
            findings.extend(read);
        }
        if let Some(message) = unkept {
            let (file, severity) = (PathBuf::from(&source.display), Severity::Error);
            let hint = Some("correct `limits` in lariat.yaml".into());
            findings.push(Finding { file, line: 0, severity, message, hint });
        }
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    /// The modules of `scripts/lib/`, at any depth, in the order of their names.
    pub fn modules(&self) -> Vec<PathBuf> {
        files_below(&self.scripts_dir.join("lib"))
    }

    pub(crate) fn library(&self) -> Arc<Library> {
        Arc::new(Library::read(&self.scripts_dir))
    }
}
