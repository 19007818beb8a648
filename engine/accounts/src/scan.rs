//! The account files in a folder and its folders.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{AccountError, Fault, FileProblem};
use crate::parallel;
use crate::stamp::Stamp;

/// A file, and which version of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
}

/// What a folder holds, in the order of its paths.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) files: Vec<Found>,
    /// What was passed over: links, folders that can't be listed.
    pub(crate) warnings: Vec<FileProblem>,
}

/// Lists the files whose extension is one of `extensions`. Names that begin with a dot
/// are left out: editors and systems keep their own things under them.
///
/// A link isn't followed if it leads out of the folder. A link to a folder inside
/// isn't either: what it holds is found in its own place, and no loop can form.
pub(crate) fn folder(root: &Path, extensions: &[&str]) -> io::Result<Scan> {
    let mut walk = Walk {
        root,
        real_root: None,
        extensions,
        files: Vec::new(),
        warnings: Vec::new(),
        pending: Vec::new(),
    };
    walk.list(root)?;
    while let Some((path, kind)) = walk.pending.pop() {
        walk.visit(path, kind);
    }
    // Asking for each file's stamp is most of the work, above all on a cold disk.
    let stamps = parallel::map(&walk.files, |path| fs::metadata(path));
    let mut scan = Scan { warnings: walk.warnings, ..Scan::default() };
    for (path, metadata) in walk.files.into_iter().zip(stamps) {
        match metadata {
            Ok(metadata) => scan.files.push(Found { path, stamp: Stamp::of(&metadata) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {} // gone since it was listed
            Err(error) => scan.warnings.push(problem(path, AccountError::reading(&error))),
        }
    }
    Ok(scan)
}

/// Whether the name ends in one of the extensions, in any case.
pub(crate) fn has_extension(name: &OsStr, extensions: &[&str]) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|found| extensions.iter().any(|wanted| found.eq_ignore_ascii_case(wanted)))
}

struct Walk<'a> {
    root: &'a Path,
    real_root: Option<PathBuf>,
    extensions: &'a [&'a str],
    files: Vec<PathBuf>,
    warnings: Vec<FileProblem>,
    /// What is still to be visited, the next one last.
    pending: Vec<(PathBuf, FileType)>,
}

impl Walk<'_> {
    fn list(&mut self, folder: &Path) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let hidden = name.as_encoded_bytes().starts_with(b".");
            if !hidden && (!kind.is_file() || has_extension(&name, self.extensions)) {
                entries.push((name, kind));
            }
        }
        entries.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
        self.pending.extend(entries.into_iter().map(|(name, kind)| (folder.join(name), kind)));
        Ok(())
    }

    fn visit(&mut self, path: PathBuf, kind: FileType) {
        if kind.is_dir() {
            if let Err(error) = self.list(&path) {
                self.warnings.push(problem(path, AccountError::reading(&error)));
            }
        } else if kind.is_symlink() {
            self.visit_link(path);
        } else if kind.is_file() {
            self.files.push(path);
        }
    }

    fn visit_link(&mut self, path: PathBuf) {
        let wanted = path.file_name().is_some_and(|name| has_extension(name, self.extensions));
        let Ok(target) = fs::canonicalize(&path) else {
            if wanted {
                self.warnings.push(problem(path, AccountError::Link("leads nowhere")));
            }
            return;
        };
        let Ok(metadata) = fs::metadata(&target) else { return };
        if !metadata.is_dir() && !wanted {
            return;
        }
        let root = self.root;
        let real_root = self
            .real_root
            .get_or_insert_with(|| fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf()));
        let inside = target.strip_prefix(&*real_root).ok().map(Path::to_path_buf);
        match inside {
            None => self.warnings.push(problem(path, AccountError::Link("leads out of the folder"))),
            Some(inside) if metadata.is_file() && !self.is_listed(&inside) => {
                self.files.push(path);
            }
            Some(_) => {} // found in its own place
        }
    }

    /// Whether the walk finds the file at this path below the root by itself.
    fn is_listed(&self, inside: &Path) -> bool {
        let hidden = inside.iter().any(|part| part.as_encoded_bytes().starts_with(b"."));
        !hidden && inside.file_name().is_some_and(|name| has_extension(name, self.extensions))
    }
}

fn problem(path: PathBuf, error: AccountError) -> FileProblem {
    Fault::from(error).in_file(path)
}
