//! The pool type `file`: the account XML files in a folder and its folders.
//!
//! | part | does |
//! |---|---|
//! | [`source`] | the open source: lists, reads, selects |
//! | `content` | what a pool serves of one file |
//! | `cache` | what was read before, so that a refresh reads only what changed |
//! | `listing` | all accounts of the folder, each id once |
//! | `select` | filters and order |
//! | `warnings` | what is told, without flooding |

mod cache;
mod content;
mod listing;
mod select;
pub mod source;
mod warnings;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::source::{AccountSource, PoolType, SourceError};

use crate::path;
pub use source::FileSource;

/// Opens definitions of `type: file`. Their `directory` starts at the workspace; an
/// absolute one, or one that leads out of the workspace, is the user's choice.
#[derive(Debug, Clone)]
pub struct FilePoolType {
    workspace: PathBuf,
}

impl FilePoolType {
    /// The type for a workspace's definitions.
    pub fn new(workspace_root: impl AsRef<Path>) -> Self {
        Self { workspace: path::absolute(workspace_root.as_ref()) }
    }

    /// Opens a definition's source, as its own type.
    ///
    /// # Errors
    /// When the definition has no `directory`.
    pub fn source(&self, definition: &PoolDefinition) -> Result<FileSource, SourceError> {
        match definition.directory.as_deref() {
            Some(directory) if !directory.trim().is_empty() => {
                Ok(FileSource::new(&self.workspace, directory, &definition.pool_config))
            }
            _ => Err(SourceError::Invalid(vec![Problem::at(
                "directory",
                "is missing; a file pool needs the folder of its account XML files",
            )])),
        }
    }
}

#[async_trait]
impl PoolType for FilePoolType {
    fn name(&self) -> &str {
        "file"
    }

    fn description(&self) -> &str {
        "The account XML files in a folder."
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        let config = !definition.config.is_empty();
        config
            .then(|| {
                Problem::at(
                    "config",
                    "is for pool types from extensions; a file pool has `directory` and `pool_config`",
                )
            })
            .into_iter()
            .collect()
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        Ok(Arc::new(self.source(definition)?))
    }
}
