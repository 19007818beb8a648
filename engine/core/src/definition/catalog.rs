//! All definitions of a workspace at one moment, and the trait that stores them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::definition::problem::unknown;
use crate::definition::{GroupDefinition, PoolDefinition, Problem};
use crate::ids::{GroupName, PoolName};

/// One definition, where it comes from and how fresh it is.
#[derive(Debug, Clone)]
pub struct Defined<T> {
    /// The definition in force.
    pub definition: Arc<T>,
    /// Counts the contents that were loaded under this name, from 1.
    pub generation: u64,
    /// The file; `None` for one that lives in memory.
    pub file: Option<PathBuf>,
    /// Set while the file holds something newer that can't be used.
    pub stale: Option<Stale>,
}

/// Why the file's content isn't the one in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Since when.
    pub since: Timestamp,
    /// `file:line:column: what is wrong`.
    pub message: String,
}

/// As it is told to people, to the second.
impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "stale since {}: {}", self.since.strftime("%Y-%m-%dT%H:%M:%SZ"), self.message)
    }
}

/// A file that never gave a usable definition.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// The name it claims, where that could be read.
    pub name: Option<String>,
    /// `file:line:column: what is wrong`.
    pub message: String,
}

/// An immutable snapshot of all definitions.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The pools by name.
    pub pools: BTreeMap<PoolName, Defined<PoolDefinition>>,
    /// The groups by name.
    pub groups: BTreeMap<GroupName, Defined<GroupDefinition>>,
    /// Pool files that can't be used.
    pub broken_pools: Vec<Broken>,
    /// Group files that can't be used.
    pub broken_groups: Vec<Broken>,
}

impl Catalog {
    /// The pool of that name.
    pub fn pool(&self, name: &str) -> Result<&Defined<PoolDefinition>, DefinitionError> {
        find(&self.pools, &self.broken_pools, "pool", name)
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Result<&Defined<GroupDefinition>, DefinitionError> {
        find(&self.groups, &self.broken_groups, "group", name)
    }
}

fn find<'a, K, T>(
    defined: &'a BTreeMap<K, Defined<T>>,
    broken: &[Broken],
    noun: &'static str,
    name: &str,
) -> Result<&'a Defined<T>, DefinitionError>
where
    K: std::borrow::Borrow<str> + Ord,
{
    if let Some(found) = defined.get(name) {
        return Ok(found);
    }
    if let Some(file) = broken.iter().find(|broken| broken.name.as_deref() == Some(name)) {
        return Err(DefinitionError::Broken { noun, name: name.to_owned(), message: file.message.clone() });
    }
    let known: Vec<&str> = defined.keys().map(std::borrow::Borrow::borrow).collect();
    Err(DefinitionError::NotFound { noun, message: unknown(noun, name, known) })
}

/// Why a definition can't be read, found or saved.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DefinitionError {
    /// Nothing of that name; the message names what is near.
    #[error("{message}")]
    NotFound {
        /// `pool` or `group`.
        noun: &'static str,
        /// What to show.
        message: String,
    },
    /// The file that holds it can't be used.
    #[error("{noun} \"{name}\" can't be used: {message}")]
    Broken {
        /// `pool` or `group`.
        noun: &'static str,
        /// The name that was asked for.
        name: String,
        /// `file:line:column: what is wrong`.
        message: String,
    },
    /// There is one of that name already.
    #[error("there is already a {noun} \"{name}\"{place}; choose another name, or change that one")]
    Exists {
        /// `pool` or `group`.
        noun: &'static str,
        /// Its name.
        name: String,
        /// ` in pools/x.yaml`, where known.
        place: String,
    },
    /// The file that holds it was changed by somebody else meanwhile.
    #[error("{path}: was changed since it was read; look at it, then try again{lines}", path = path.display(), lines = difference.as_ref().map(|lines| format!("\n{lines}")).unwrap_or_default())]
    Changed {
        /// Which.
        path: PathBuf,
        /// What would have been overwritten (`-`) with what (`+`), as a unified diff.
        difference: Option<String>,
    },
    /// It breaks its own rules; one line for each problem.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// A file or folder couldn't be read or written.
    #[error("{path}: {message}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said, and what to do.
        message: String,
    },
}

/// Where definitions are kept. The workspace's YAML files implement it; tests keep
/// them in memory.
pub trait DefinitionStore: Send + Sync {
    /// All definitions in force now; cheap.
    fn catalog(&self) -> Arc<Catalog>;

    /// Reads what is stored again and puts it in force.
    ///
    /// # Errors
    /// Only when nothing could be read at all; a bad file is told in the catalog.
    fn discover(&self) -> Result<Arc<Catalog>, DefinitionError>;

    /// What a source found wrong with a pool's definition, with its place in the file in
    /// front of the message where that is known.
    fn locate(&self, pool: &PoolName, problems: Vec<Problem>) -> Vec<Problem> {
        let _ = pool;
        problems
    }

    /// Saves a new pool.
    ///
    /// # Errors
    /// [`DefinitionError::Exists`], [`DefinitionError::Invalid`], [`DefinitionError::Io`].
    fn create_pool(&self, definition: PoolDefinition) -> Result<(), DefinitionError>;

    /// Saves a changed pool under its old or a new name.
    ///
    /// # Errors
    /// As for `create_pool`, and [`DefinitionError::NotFound`].
    fn update_pool(&self, name: &PoolName, definition: PoolDefinition) -> Result<(), DefinitionError>;

    /// Removes a pool's definition.
    ///
    /// # Errors
    /// [`DefinitionError::NotFound`], [`DefinitionError::Io`].
    fn delete_pool(&self, name: &PoolName) -> Result<(), DefinitionError>;

    /// Saves a new group.
    ///
    /// # Errors
    /// As for `create_pool`.
    fn create_group(&self, definition: GroupDefinition) -> Result<(), DefinitionError>;

    /// Saves a changed group.
    ///
    /// # Errors
    /// As for `update_pool`.
    fn update_group(&self, name: &GroupName, definition: GroupDefinition) -> Result<(), DefinitionError>;

    /// Removes a group's definition.
    ///
    /// # Errors
    /// As for `delete_pool`.
    fn delete_group(&self, name: &GroupName) -> Result<(), DefinitionError>;
}
