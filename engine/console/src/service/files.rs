//! The files of definitions as they are written, to mend those that can't be used.

use std::path::{Path, PathBuf};

use lariat_core::definition::DefinitionError;
use lariat_workspace::hash::ContentHash;
use lariat_workspace::{FileText, Seen};

use super::Service;
use super::error::ServiceError;
use super::pools::PoolDraft;

impl Service {
    /// The file of a pool, also of one that can't be used.
    pub fn pool_file(&self, name: &str) -> Option<PathBuf> {
        self.keeper.definitions()?.pool_file(name)
    }

    /// The file of a group, also of one that can't be used.
    pub fn group_file(&self, name: &str) -> Option<PathBuf> {
        self.keeper.definitions()?.group_file(name)
    }

    /// What a pool's or a group's file holds. It may hold secrets.
    ///
    /// # Errors
    /// When it is no such file, or can't be read as text.
    pub fn file_text(&self, file: &Path) -> Result<FileText, ServiceError> {
        Ok(self.definitions()?.file_text(file).map_err(DefinitionError::from)?)
    }

    /// Puts another text into a pool's or a group's file, which must hold what was `seen`.
    /// A pool's source is asked first, as for [`Service::save_pool`].
    ///
    /// # Errors
    /// What is wrong with the text, what the source refuses; when the file was changed
    /// meanwhile.
    pub async fn save_file_text(
        &self,
        file: &Path,
        text: &str,
        seen: ContentHash,
    ) -> Result<(), ServiceError> {
        let definitions = self.definitions()?;
        if file.starts_with("pools") {
            let name = file.display().to_string();
            let (definition, _) = PoolDraft::Text { name, text: text.to_owned() }.read()?;
            self.check_pool(&definition).await?;
        }
        let saved = definitions.save_file_text(file, text, seen);
        saved.map_err(|error| ServiceError::unwritten(error, Seen::Content(seen)))?;
        self.orchestrator.follow_definitions().await;
        Ok(())
    }
}
