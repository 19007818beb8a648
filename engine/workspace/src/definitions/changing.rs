//! Creating, updating and deleting definitions. What is on disk is never overwritten
//! unless it is what was read.

use std::borrow::Borrow as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lariat_core::definition::{Catalog, Defined, DefinitionError, GroupDefinition, PoolDefinition};

use crate::definitions::kind::Kind;
use crate::definitions::seen::{self, Seen};
use crate::definitions::shelf::Shelf;
use crate::definitions::{Definitions, Shelves, reading};
use crate::error::WorkspaceError;
use crate::hash::ContentHash;
use crate::save::{atomic, slug, text, update};
use crate::{files, yaml};

/// What became of a definition that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// Whether comments of the file were lost, which couldn't be kept in place.
    pub comments_lost: bool,
}

/// A kind of definition, with its place among the shelves and in the catalog.
pub(super) trait Shelved: Kind {
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Self>;
    fn defined<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Defined<Self>, DefinitionError>;
}

impl Shelved for PoolDefinition {
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Self> {
        &mut shelves.pools
    }
    fn defined<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Defined<Self>, DefinitionError> {
        catalog.pool(name)
    }
}

impl Shelved for GroupDefinition {
    fn shelf(shelves: &mut Shelves) -> &mut Shelf<Self> {
        &mut shelves.groups
    }
    fn defined<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Defined<Self>, DefinitionError> {
        catalog.group(name)
    }
}

impl Definitions {
    pub(super) fn create<T: Shelved>(
        &self,
        definition: &T,
        text: Option<&str>,
    ) -> Result<Saved, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        let catalog = self.scan(&mut shelves, false)?;
        refuse_bad(definition, T::shelf(&mut shelves))?;
        refuse_taken::<T>(&catalog, definition.name().borrow())?;
        let content = match text {
            Some(text) => text.to_owned(),
            None => text::new(definition, &self.root)?,
        };
        verify(definition, &content)?;
        let file = self.write_new::<T>(definition, &content)?;
        self.scan(&mut shelves, false)?;
        Ok(Saved { file, comments_lost: false })
    }

    /// Writes under the first file name that is free.
    fn write_new<T: Kind>(&self, definition: &T, content: &str) -> Result<PathBuf, WorkspaceError> {
        for name in slug::candidates(definition.name().borrow(), T::NOUN) {
            let file = Path::new(T::FOLDER).join(name);
            let path = self.root.join(&file);
            self.own.expect(&file, Some(ContentHash::of(content.as_bytes())));
            let error = match atomic::create(&path, content) {
                Ok(()) => return Ok(file),
                Err(error) => error,
            };
            self.own.forget(&file);
            if error.kind() != io::ErrorKind::AlreadyExists {
                return Err(WorkspaceError::io(&path)(error));
            }
        }
        let full = io::Error::other("has too many files of that name; choose another name");
        Err(WorkspaceError::io(&self.root.join(T::FOLDER))(full))
    }

    pub(super) fn update<T: Shelved>(
        &self,
        name: &str,
        definition: &T,
        seen: Seen,
    ) -> Result<Saved, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        let catalog = self.catalog();
        let old = T::defined(&catalog, name)?;
        refuse_bad(definition, T::shelf(&mut shelves))?;
        if definition.name().borrow() != name {
            refuse_taken::<T>(&catalog, definition.name().borrow())?;
        }
        let yours = || text::new(definition, &self.root).ok();
        let (file, before) = self.unchanged(T::shelf(&mut shelves), old, seen, &yours)?;
        let (content, comments_lost) = update::update(&before, &*old.definition, definition, &file)?;
        verify(definition, &content)?;
        let path = self.root.join(&file);
        self.own.expect(&file, Some(ContentHash::of(content.as_bytes())));
        atomic::replace(&path, &content).map_err(|error| {
            self.own.forget(&file);
            WorkspaceError::io(&path)(error)
        })?;
        self.scan(&mut shelves, false)?;
        Ok(Saved { file, comments_lost })
    }

    pub(super) fn delete<T: Shelved>(&self, name: &str, seen: Seen) -> Result<PathBuf, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        let catalog = self.catalog();
        let old = T::defined(&catalog, name)?;
        let (file, _) = self.unchanged(T::shelf(&mut shelves), old, seen, &|| None)?;
        let path = self.root.join(&file);
        self.own.expect(&file, None);
        atomic::remove(&path).map_err(|error| {
            self.own.forget(&file);
            WorkspaceError::io(&path)(error)
        })?;
        self.scan(&mut shelves, false)?;
        Ok(file)
    }

    /// The hash of what a definition's file holds, as it was last read: for who saves it
    /// later to say what he has seen.
    ///
    /// # Errors
    /// When there is no such definition.
    pub(super) fn content<T: Shelved>(&self, name: &str) -> Result<ContentHash, WorkspaceError> {
        let mut shelves = self.shelves.lock();
        let catalog = self.catalog();
        let file = T::defined(&catalog, name)?.file.clone();
        let kept = file.and_then(|file| T::shelf(&mut shelves).files.get(&file).map(|kept| kept.hash));
        kept.ok_or_else(|| WorkspaceError::NoYaml(format!("\"{name}\" has no file")))
    }

    pub(super) fn before<T: Shelved>(&self, name: &str) -> Option<Arc<T>> {
        let mut shelves = self.shelves.lock();
        T::shelf(&mut shelves).generations.get(name)?.before.clone()
    }

    /// The definition's file and its text, if it is still what was read, and if that
    /// is what the caller has `seen`; else how it differs from what is `yours`.
    fn unchanged<T: Kind>(
        &self,
        shelf: &Shelf<T>,
        defined: &Defined<T>,
        seen: Seen,
        yours: &dyn Fn() -> Option<String>,
    ) -> Result<(PathBuf, String), WorkspaceError> {
        let name = defined.definition.name();
        let file =
            defined.file.clone().ok_or_else(|| WorkspaceError::NoYaml(format!("\"{name}\" has no file")))?;
        let path = self.root.join(&file);
        let changed = |file: PathBuf| {
            let on_disk = files::read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let difference = on_disk
                .zip(yours())
                .and_then(|(disk, yours)| seen::difference(("on disk now", &disk), ("not saved", &yours)));
            WorkspaceError::Changed { file, difference }
        };
        let kept = shelf.files.get(&file).map(|kept| kept.hash);
        let is_seen = match seen {
            Seen::Current => true,
            Seen::Generation(generation) => generation == defined.generation,
            Seen::Content(hash) => kept == Some(hash),
        };
        if !is_seen {
            return Err(changed(file));
        }
        if let Some(stale) = &defined.stale {
            return Err(WorkspaceError::Unusable { file, message: stale.message.clone() });
        }
        let bytes = files::read(&path).map_err(WorkspaceError::io(&path))?;
        if kept != Some(ContentHash::of(&bytes)) {
            return Err(changed(file));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok((file, text)),
            Err(_) => Err(WorkspaceError::Changed { file, difference: None }),
        }
    }
}

fn refuse_bad<T: Kind>(definition: &T, shelf: &Shelf<T>) -> Result<(), WorkspaceError> {
    let problems = reading::problems(definition, &shelf.checks);
    if problems.is_empty() {
        return Ok(());
    }
    Err(DefinitionError::Invalid(problems.iter().map(ToString::to_string).collect()).into())
}

/// A file that claims the name and can't be used takes it too.
fn refuse_taken<T: Shelved>(catalog: &Catalog, name: &str) -> Result<(), WorkspaceError> {
    match T::defined(catalog, name) {
        Ok(defined) => {
            let place =
                defined.file.as_ref().map(|file| format!(" in {}", file.display())).unwrap_or_default();
            Err(DefinitionError::Exists { noun: T::NOUN, name: name.to_owned(), place }.into())
        }
        Err(DefinitionError::NotFound { .. }) => Ok(()),
        Err(broken) => Err(broken.into()),
    }
}

/// That the text says what it was made from.
fn verify<T: Kind>(definition: &T, content: &str) -> Result<(), WorkspaceError> {
    match yaml::parse::<T>(content, Path::new("")) {
        Ok(read) if read == *definition => Ok(()),
        Ok(_) => Err(WorkspaceError::NoYaml("it would be read as another one".to_owned())),
        Err(errors) => Err(WorkspaceError::NoYaml(crate::error::lines(&errors))),
    }
}
