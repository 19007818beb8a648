//! Tells whether account files changed, without reading them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::files;
use crate::path;

/// Raised when the readers change what they make of a file, so that it is read again.
const READERS: u32 = 1;

/// A text that changes whenever a file is added, removed, renamed or written below
/// these paths. It hashes the listing: paths, sizes, times. Costs a directory walk.
///
/// It isn't proof against files of someone who sets out to deceive, nor the same from
/// one version of Lariat to the next: then files are read once more, no harm done.
pub fn fingerprint(base: &Path, paths: &[String]) -> String {
    let base = path::absolute(base);
    let listed = files::files(&base, paths);
    let mut hasher = DefaultHasher::new();
    (READERS, paths).hash(&mut hasher);
    for (file, _) in &listed.files {
        (&file.path, file.stamp).hash(&mut hasher);
    }
    for problem in listed.problems.iter().chain(&listed.warnings) {
        (&problem.file, &problem.message).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
