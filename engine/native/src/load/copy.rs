//! A library's hash, and the copy of it that is mapped: replacing a mapped file in place
//! crashes the process, and opening a path again gives the old code.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::NativeError;

/// A file's content as it was read once: what is hashed is what is mapped.
pub(crate) struct Fingerprint {
    bytes: Vec<u8>,
    pub(crate) sha256: String,
}

/// Reads and hashes a library.
pub(crate) fn fingerprint(library: &Path) -> Result<Fingerprint, NativeError> {
    let mut bytes = Vec::new();
    File::open(library)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| NativeError::io(library, &error))?;
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(&bytes) {
        let _ = write!(sha256, "{byte:02x}");
    }
    Ok(Fingerprint { bytes, sha256 })
}

/// A file's SHA-256 in hex.
///
/// # Errors
/// When it can't be read.
pub fn sha256(file: &Path) -> Result<String, NativeError> {
    fingerprint(file).map(|content| content.sha256)
}

impl Fingerprint {
    /// How large it is, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Writes the copy for a generation, and removes what engines left that are gone.
    pub(crate) fn copy_to(&self, folder: &Path, id: &str, generation: u64) -> Result<PathBuf, NativeError> {
        let short = self.sha256.get(..16).unwrap_or_default();
        let name = format!("{id}.{generation}.{}.{short}.so", std::process::id());
        let path = folder.join(&name);
        self.write(folder, &path).map_err(|error| NativeError::io(&path, &error))?;
        Ok(path)
    }

    fn write(&self, folder: &Path, path: &Path) -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        remove_orphans(folder);
        // Left by a process that had this number before, if any; never one that is mapped here.
        let _ = fs::remove_file(path);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(path)?;
        file.write_all(&self.bytes)
    }
}

/// Removes the copies of processes that ended: `id.generation.process.hash.so`.
fn remove_orphans(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.split('.').nth(2)?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
