//! Files that are there whole or not at all, also after a power loss.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lariat_core::failpoint::{self, Site};
use tempfile::NamedTempFile;

/// Creates a file that isn't there.
///
/// # Errors
/// `AlreadyExists`, and what the system says.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path)?;
    fs::create_dir_all(&folder)?;
    let file = temporary(&folder, text, None)?;
    failpoint::hit_blocking(Site::DefinitionSave)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(&folder)
}

/// Replaces a file's content, keeping its permissions. Behind a link, the file that
/// the link leads to is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = folder_of(&path)?;
    let file = temporary(&folder, text, Some(fs::metadata(&path)?.permissions()))?;
    failpoint::hit_blocking(Site::DefinitionSave)?;
    file.persist(&path).map_err(|error| error.error)?;
    sync_folder(&folder)
}

/// Removes a file; a link, but not what it leads to.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder(&folder_of(path)?)
}

/// A synced file under a hidden name, which is never taken for a definition.
fn temporary(folder: &Path, text: &str, permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".lariat-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions.or_else(readable_by_all) {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn readable_by_all() -> Option<fs::Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all() -> Option<fs::Permissions> {
    None
}

fn folder_of(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map(Path::to_owned).ok_or_else(|| io::Error::other("has no folder"))
}

/// Makes the folder's entries durable, without which a rename may be forgotten.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
