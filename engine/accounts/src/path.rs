//! Paths as messages and accounts show them.

use std::ffi::OsStr;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use crate::error::AccountError;

/// The path from the root, without `.` and `..`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// The path as seen from `base` with `/` between the parts, absolute if it isn't there.
pub(crate) fn seen_from(path: &Path, base: &Path) -> String {
    match path.strip_prefix(base) {
        Ok(inside) if MAIN_SEPARATOR == '/' => inside.to_string_lossy().into_owned(),
        Ok(inside) => inside.iter().map(OsStr::to_string_lossy).collect::<Vec<_>>().join("/"),
        Err(_) => path.display().to_string(),
    }
}

/// The file's name without its extension; the id of an account that doesn't say its own.
pub(crate) fn stem(path: &Path) -> Result<&str, AccountError> {
    path.to_str().and(path.file_stem()).and_then(OsStr::to_str).ok_or_else(|| {
        AccountError::NotAccounts(
            "the path isn't UTF-8 text, so nothing could refer to it; rename it".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_loses_its_detours() {
        assert_eq!(absolute(Path::new("/w/./a/../b/c.xml")), Path::new("/w/b/c.xml"));
        assert_eq!(seen_from(Path::new("/w/b/c.xml"), Path::new("/w")), "b/c.xml");
        assert_eq!(seen_from(Path::new("/x/c.xml"), Path::new("/w")), "/x/c.xml");
    }
}
