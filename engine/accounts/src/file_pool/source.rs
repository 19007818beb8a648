//! The open source of a `file` pool.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use lariat_core::account::AccountRow;
use lariat_core::definition::PoolConfig;
use lariat_core::ids::AccountId;
use lariat_core::source::{AccountSource, Selection, SourceError};
use parking_lot::Mutex;
use tokio::task::spawn_blocking;

use super::cache::{Cache, Refreshed};
use super::content::Content;
use super::listing::Listing;
use super::select::Select;
use super::warnings::Warnings;
use crate::path;
use crate::scan;

/// The account XML files in a folder and its folders. A fetch lists them all and reads
/// only those that changed since the last one.
#[derive(Clone)]
pub struct FileSource {
    folder: Arc<Folder>,
}

struct Folder {
    workspace: PathBuf,
    directory: PathBuf,
    select: Select,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cache: Cache,
    /// The last one; `None` before the first.
    listing: Option<Listing>,
}

impl FileSource {
    /// A source for `directory`, which starts at `workspace`. Nothing is read yet.
    pub fn new(workspace: &Path, directory: &str, config: &PoolConfig) -> Self {
        let workspace = path::absolute(workspace);
        let directory = path::absolute(&workspace.join(directory.trim()));
        let select = Select::new(config);
        Self { folder: Arc::new(Folder { workspace, directory, select, state: Mutex::default() }) }
    }

    /// What [`AccountSource::fetch`] does, on the calling thread.
    ///
    /// # Errors
    /// When the folder can't be listed.
    pub fn fetch_blocking(&self) -> Result<Selection, SourceError> {
        self.folder.fetch(&mut self.folder.state.lock())
    }
}

#[async_trait]
impl AccountSource for FileSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let source = self.clone();
        spawn_blocking(move || source.fetch_blocking()).await.map_err(|error| failed(&error))?
    }

    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        let (folder, ids) = (self.folder.clone(), ids.to_vec());
        spawn_blocking(move || folder.lookup(&ids)).await.map_err(|error| failed(&error))?
    }
}

impl Folder {
    fn fetch(&self, state: &mut State) -> Result<Selection, SourceError> {
        let now = SystemTime::now();
        let scan = scan::folder(&self.directory, &["xml"]).map_err(|error| self.unavailable(&error))?;
        let mut warnings = Warnings::default();
        for warning in scan.warnings {
            warnings.push(|| warning.seen_from(&self.workspace).to_string());
        }
        let Refreshed { contents, read } =
            state.cache.refresh(scan.files, now, |file| Content::read(file, &self.workspace));
        tracing::debug!(directory = %self.directory.display(), files = contents.len(), read, "listed a file pool");
        let listing = state.listing.insert(Listing::new(contents, &mut warnings));
        Ok(Selection { accounts: self.select.rows(listing.candidates()), warnings: warnings.finish() })
    }

    fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        let mut state = self.state.lock();
        if state.listing.is_none() {
            self.fetch(&mut state)?;
        }
        let listing = state.listing.as_ref();
        Ok(ids.iter().filter_map(|id| listing?.get(id)).collect())
    }

    fn unavailable(&self, error: &std::io::Error) -> SourceError {
        let directory = path::seen_from(&self.directory, &self.workspace);
        SourceError::Unavailable(match error.kind() {
            std::io::ErrorKind::NotFound => format!(
                "{directory}: there is no such folder; create it, or correct `directory` in the pool's definition"
            ),
            std::io::ErrorKind::NotADirectory => format!(
                "{directory}: isn't a folder; `directory` names the folder that holds the account XML files"
            ),
            _ => format!("{directory}: can't be listed ({error}); check its permissions"),
        })
    }
}

fn failed(error: &tokio::task::JoinError) -> SourceError {
    SourceError::Unavailable(format!("listing the folder was interrupted ({error}); try again"))
}
