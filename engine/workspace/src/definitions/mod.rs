//! The pools and groups of a workspace, as files in `pools/` and `groups/`.
//!
//! Each `discover` reads what changed (told by a hash of each file's content), gives
//! every name to one file, and puts an immutable [`Catalog`] in force. A file that
//! became bad keeps what it held when it was last good; a bad file never touches
//! another.
//!
//! | part | does |
//! |---|---|
//! | `kind` | what pools and groups have in common |
//! | `reading` | a file's bytes → a checked definition |
//! | `shelf` | the files of a folder, with their last good content |
//! | `resolve` | files → names, duplicates, generations |
//! | `changing` | create, update, delete |
//! | `whole` | a file as it is written, to mend one that can't be used |
//! | [`Seen`] | what somebody has seen who saves; the diff when it isn't so any more |
//! | `store` | [`lariat_core::definition::DefinitionStore`] on top of it |

mod changing;
pub(crate) mod kind;
pub(crate) mod reading;
mod resolve;
mod seen;
mod shelf;
mod store;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_core::clock::{SharedClock, SystemClock};
use lariat_core::definition::{Catalog, GroupDefinition, PoolDefinition, Problem};
use parking_lot::{Mutex, RwLock};

use crate::error::WorkspaceError;
use crate::watch::OwnWrites;
use shelf::Shelf;

pub use changing::Saved;
pub use seen::{Seen, difference};
pub use whole::{FileText, as_written};

/// The definitions of a workspace.
///
/// Nothing is read before [`Definitions::discover`].
pub struct Definitions {
    root: PathBuf,
    clock: SharedClock,
    shelves: Mutex<Shelves>,
    catalog: RwLock<Arc<Catalog>>,
    own: OwnWrites,
}

#[derive(Default)]
struct Shelves {
    pools: Shelf<PoolDefinition>,
    groups: Shelf<GroupDefinition>,
}

impl Definitions {
    /// The definitions in `pools/` and `groups/` of a workspace's folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            clock: Arc::new(SystemClock),
            shelves: Mutex::default(),
            catalog: RwLock::default(),
            own: OwnWrites::default(),
        }
    }

    /// What is written here, for a [`Watch`](crate::watch::Watch) not to tell it.
    pub fn own_writes(&self) -> OwnWrites {
        self.own.clone()
    }

    /// Takes the time from another clock.
    #[must_use]
    pub fn with_clock(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }

    /// Adds a rule for pools, such as a pool type's own for its `config`. Paths of the
    /// problems are those of the file: `config.file`.
    #[must_use]
    pub fn with_pool_check(
        self,
        check: impl Fn(&PoolDefinition) -> Vec<Problem> + Send + Sync + 'static,
    ) -> Self {
        self.shelves.lock().pools.checks.push(Arc::new(check));
        self
    }

    /// Adds a rule for groups.
    #[must_use]
    pub fn with_group_check(
        self,
        check: impl Fn(&GroupDefinition) -> Vec<Problem> + Send + Sync + 'static,
    ) -> Self {
        self.shelves.lock().groups.checks.push(Arc::new(check));
        self
    }

    /// The workspace's folder. The files that a catalog names are relative to it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All definitions in force now; cheap.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.read().clone()
    }

    /// Reads what changed on disk and puts it in force.
    ///
    /// # Errors
    /// [`WorkspaceError::Io`] if a folder can't be read; what was in force stays.
    pub fn discover(&self) -> Result<Arc<Catalog>, WorkspaceError> {
        self.scan(&mut self.shelves.lock(), false)
    }

    /// As [`Definitions::discover`], and applies the rules again to files that are the
    /// same: for when a check would now judge otherwise.
    ///
    /// # Errors
    /// As for [`Definitions::discover`].
    pub fn recheck(&self) -> Result<Arc<Catalog>, WorkspaceError> {
        self.scan(&mut self.shelves.lock(), true)
    }

    fn scan(&self, shelves: &mut Shelves, recheck: bool) -> Result<Arc<Catalog>, WorkspaceError> {
        let now = self.clock.now();
        shelves.pools.scan(&self.root, now, recheck)?;
        shelves.groups.scan(&self.root, now, recheck)?;
        let (pools, broken_pools) = shelves.pools.resolve();
        let (groups, broken_groups) = shelves.groups.resolve();
        let catalog = Arc::new(Catalog { pools, groups, broken_pools, broken_groups });
        *self.catalog.write() = catalog.clone();
        Ok(catalog)
    }
}

impl std::fmt::Debug for Definitions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definitions").field("root", &self.root).finish_non_exhaustive()
    }
}
