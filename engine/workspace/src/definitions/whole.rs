//! A definition's file as it is written, for whoever mends one that can't be used.

use std::borrow::Borrow as _;
use std::path::{Path, PathBuf};

use lariat_core::definition::{Catalog, DefinitionError, GroupDefinition, PoolDefinition};

use crate::definitions::changing::Shelved;
use crate::definitions::reading::{self, Unreadable};
use crate::definitions::{Definitions, Saved, Shelves, seen};
use crate::error::WorkspaceError;
use crate::files;
use crate::hash::ContentHash;
use crate::save::{atomic, text};

/// A definition's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    /// Relative to the workspace.
    pub file: PathBuf,
    /// What it holds.
    pub text: String,
    /// The hash of it, for who saves it to say what was seen.
    pub hash: ContentHash,
    /// Why it can't be used, a line for each problem.
    pub problem: Option<String>,
}

/// Whose shelf a file lies on.
fn is_pool(file: &Path) -> bool {
    file.starts_with(<PoolDefinition as crate::definitions::kind::Kind>::FOLDER)
}

fn unknown(file: &Path) -> WorkspaceError {
    let told = format!("{} is no file of a pool or a group", file.display());
    DefinitionError::Invalid(vec![told]).into()
}

/// A pool's definition as its file would hold it: without what is at its default.
///
/// # Errors
/// When it has no form in YAML.
pub fn as_written(definition: &PoolDefinition) -> Result<String, WorkspaceError> {
    text::body(definition)
}

impl Definitions {
    /// The file of a pool, also of one that can't be used; by its name, or by the file's
    /// where the name can't be read.
    pub fn pool_file(&self, name: &str) -> Option<PathBuf> {
        let catalog = self.catalog();
        let broken = catalog
            .broken_pools
            .iter()
            .find(|broken| broken.name.as_deref() == Some(name) || broken.file.to_str() == Some(name));
        let broken = broken.map(|broken| broken.file.clone());
        file_of::<PoolDefinition>(&catalog, name).or(broken)
    }

    /// As [`Definitions::pool_file`], for a group.
    pub fn group_file(&self, name: &str) -> Option<PathBuf> {
        let catalog = self.catalog();
        let broken = catalog
            .broken_groups
            .iter()
            .find(|broken| broken.name.as_deref() == Some(name) || broken.file.to_str() == Some(name));
        let broken = broken.map(|broken| broken.file.clone());
        file_of::<GroupDefinition>(&catalog, name).or(broken)
    }

    /// What a pool's or a group's file holds now.
    ///
    /// # Errors
    /// When it is no such file, or can't be read as text.
    pub fn file_text(&self, file: &Path) -> Result<FileText, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        if is_pool(file) {
            self.read_whole::<PoolDefinition>(&mut shelves, file)
        } else {
            self.read_whole::<GroupDefinition>(&mut shelves, file)
        }
    }

    fn read_whole<T: Shelved>(&self, shelves: &mut Shelves, file: &Path) -> Result<FileText, WorkspaceError> {
        let shelf = T::shelf(shelves);
        if !shelf.files.contains_key(file) {
            return Err(unknown(file));
        }
        let path = self.root.join(file);
        let bytes = files::read(&path).map_err(WorkspaceError::io(&path))?;
        let read = reading::read::<T>(&bytes, file, &shelf.checks);
        let problem = read.err().map(|Unreadable { errors, .. }| crate::error::lines(&errors));
        let hash = ContentHash::of(&bytes);
        let text =
            String::from_utf8(bytes).map_err(|_| WorkspaceError::NoYaml("it isn't text".to_owned()))?;
        Ok(FileText { file: file.to_owned(), text, hash, problem })
    }

    /// Puts another text into a pool's or a group's file, if it holds what was `seen` and
    /// the text can be used.
    ///
    /// # Errors
    /// What is wrong with the text; [`WorkspaceError::Changed`], with the difference; what
    /// the system says.
    pub fn save_file_text(
        &self,
        file: &Path,
        text: &str,
        seen: ContentHash,
    ) -> Result<Saved, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        if is_pool(file) {
            self.write_whole::<PoolDefinition>(&mut shelves, file, text, seen)
        } else {
            self.write_whole::<GroupDefinition>(&mut shelves, file, text, seen)
        }
    }

    fn write_whole<T: Shelved>(
        &self,
        shelves: &mut Shelves,
        file: &Path,
        text: &str,
        seen: ContentHash,
    ) -> Result<Saved, WorkspaceError> {
        let now = self.read_whole::<T>(shelves, file)?;
        if now.hash != seen {
            let difference = seen::difference(("on disk now", &now.text), ("not saved", text));
            return Err(WorkspaceError::Changed { file: file.to_owned(), difference });
        }
        let read = reading::read::<T>(text.as_bytes(), file, &T::shelf(shelves).checks);
        let read = read.map_err(|Unreadable { errors, .. }| {
            WorkspaceError::from(DefinitionError::Invalid(errors.iter().map(ToString::to_string).collect()))
        })?;
        let name: &str = read.definition.name().borrow();
        if let Some(other) = file_of::<T>(&self.catalog(), name).filter(|other| other != file) {
            let place = format!(" in {}", other.display());
            return Err(DefinitionError::Exists { noun: T::NOUN, name: name.to_owned(), place }.into());
        }
        let path = self.root.join(file);
        self.own.expect(file, Some(ContentHash::of(text.as_bytes())));
        atomic::replace(&path, text).map_err(|error| {
            self.own.forget(file);
            WorkspaceError::io(&path)(error)
        })?;
        self.scan(shelves, false)?;
        Ok(Saved { file: file.to_owned(), comments_lost: false })
    }
}

fn file_of<T: Shelved>(catalog: &Catalog, name: &str) -> Option<PathBuf> {
    T::defined(catalog, name).ok().and_then(|defined| defined.file.clone())
}
