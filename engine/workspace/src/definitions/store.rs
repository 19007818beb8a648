//! The definitions as core and the command line see them.

use std::path::PathBuf;
use std::sync::Arc;

use lariat_core::definition::{
    Catalog, DefinitionError, DefinitionStore, GroupDefinition, PoolDefinition, Problem,
};
use lariat_core::ids::{GroupName, PoolName};

use crate::definitions::{Definitions, Saved, Seen};
use crate::error::WorkspaceError;
use crate::files;
use crate::hash::ContentHash;
use crate::yaml::Document;

type Result<T> = std::result::Result<T, WorkspaceError>;

/// Saving with more to tell than [`DefinitionStore`] does: the file, and whether
/// comments were lost.
impl Definitions {
    /// Saves a new pool in a file named after it: as `text`, which says just that and
    /// may have comments, or else in our own words.
    ///
    /// # Errors
    /// When it breaks a rule, when the name is taken, and what the system says.
    pub fn save_new_pool(&self, definition: &PoolDefinition, text: Option<&str>) -> Result<Saved> {
        self.create(definition, text)
    }

    /// Saves a changed pool in its file, keeping comments and the order of keys where
    /// it can. `seen` is what was changed; something else on disk since is refused, with a
    /// diff.
    ///
    /// # Errors
    /// [`WorkspaceError::Changed`], and as for [`Definitions::save_new_pool`].
    pub fn save_pool(
        &self,
        name: &PoolName,
        definition: &PoolDefinition,
        seen: impl Into<Seen>,
    ) -> Result<Saved> {
        self.update(name.as_str(), definition, seen.into())
    }

    /// Removes a pool's file, if it is what the caller has `seen`, and tells which.
    ///
    /// # Errors
    /// Not found, [`WorkspaceError::Changed`], and what the system says.
    pub fn remove_pool(&self, name: &PoolName, seen: impl Into<Seen>) -> Result<PathBuf> {
        self.delete::<PoolDefinition>(name.as_str(), seen.into())
    }

    /// The hash of what a pool's file holds, for who saves it later to say what was seen.
    ///
    /// # Errors
    /// When there is no such pool, or it has no file.
    pub fn pool_content(&self, name: &PoolName) -> Result<ContentHash> {
        self.content::<PoolDefinition>(name.as_str())
    }

    /// The definition of a pool's generation before the one in force, if it has had one
    /// since the engine began.
    pub fn pool_before(&self, name: &PoolName) -> Option<Arc<PoolDefinition>> {
        self.before::<PoolDefinition>(name.as_str())
    }

    /// As [`Definitions::pool_content`], for a group.
    ///
    /// # Errors
    /// When there is no such group, or it has no file.
    pub fn group_content(&self, name: &GroupName) -> Result<ContentHash> {
        self.content::<GroupDefinition>(name.as_str())
    }

    /// As [`Definitions::save_new_pool`], for a group.
    ///
    /// # Errors
    /// As for [`Definitions::save_new_pool`].
    pub fn save_new_group(&self, definition: &GroupDefinition) -> Result<Saved> {
        self.create(definition, None)
    }

    /// As [`Definitions::save_pool`], for a group.
    ///
    /// # Errors
    /// As for [`Definitions::save_pool`].
    pub fn save_group(
        &self,
        name: &GroupName,
        definition: &GroupDefinition,
        seen: impl Into<Seen>,
    ) -> Result<Saved> {
        self.update(name.as_str(), definition, seen.into())
    }

    /// As [`Definitions::remove_pool`], for a group.
    ///
    /// # Errors
    /// As for [`Definitions::remove_pool`].
    pub fn remove_group(&self, name: &GroupName, seen: impl Into<Seen>) -> Result<PathBuf> {
        self.delete::<GroupDefinition>(name.as_str(), seen.into())
    }
}

impl DefinitionStore for Definitions {
    fn catalog(&self) -> Arc<Catalog> {
        Self::catalog(self)
    }

    fn discover(&self) -> std::result::Result<Arc<Catalog>, DefinitionError> {
        Ok(Self::discover(self)?)
    }

    fn locate(&self, pool: &PoolName, problems: Vec<Problem>) -> Vec<Problem> {
        let document = || {
            let file = self.catalog().pool(pool.as_str()).ok()?.file.clone()?;
            let bytes = files::read(&self.root().join(&file)).ok()?;
            Document::from_bytes(&bytes, &file).ok()
        };
        match document() {
            Some(document) => {
                document.place(problems).into_iter().map(|error| Problem::at("", error.to_string())).collect()
            }
            None => problems,
        }
    }

    fn create_pool(&self, definition: PoolDefinition) -> std::result::Result<(), DefinitionError> {
        self.save_new_pool(&definition, None)?;
        Ok(())
    }

    fn update_pool(
        &self,
        name: &PoolName,
        definition: PoolDefinition,
    ) -> std::result::Result<(), DefinitionError> {
        tell(&self.save_pool(name, &definition, Seen::Current)?);
        Ok(())
    }

    fn delete_pool(&self, name: &PoolName) -> std::result::Result<(), DefinitionError> {
        self.remove_pool(name, Seen::Current)?;
        Ok(())
    }

    fn create_group(&self, definition: GroupDefinition) -> std::result::Result<(), DefinitionError> {
        self.save_new_group(&definition)?;
        Ok(())
    }

    fn update_group(
        &self,
        name: &GroupName,
        definition: GroupDefinition,
    ) -> std::result::Result<(), DefinitionError> {
        tell(&self.save_group(name, &definition, Seen::Current)?);
        Ok(())
    }

    fn delete_group(&self, name: &GroupName) -> std::result::Result<(), DefinitionError> {
        self.remove_group(name, Seen::Current)?;
        Ok(())
    }
}

/// Whoever saved through the trait isn't told what became of their comments otherwise.
fn tell(saved: &Saved) {
    if saved.comments_lost {
        tracing::warn!(file = %saved.file.display(), "was written anew: this change couldn't keep the file's comments");
    }
}
