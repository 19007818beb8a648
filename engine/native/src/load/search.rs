//! Where the system looks for libraries.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Whether a library that another one needs can be found.
pub(super) fn is_there(name: &str, own_paths: &[String], of: &Path) -> bool {
    if name.contains('/') {
        return Path::new(name).exists();
    }
    // The loader itself, under its name.
    let own = own_paths.iter().flat_map(|paths| paths.split(':')).map(|path| origin(path, of));
    let environment = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let environment: Vec<PathBuf> = std::env::split_paths(&environment).collect();
    own.chain(environment).chain(folders()).any(|folder| folder.join(name).exists())
}

/// `$ORIGIN` is the folder of the library itself.
fn origin(path: &str, of: &Path) -> PathBuf {
    let folder = of.parent().unwrap_or(of).to_string_lossy();
    PathBuf::from(path.replace("${ORIGIN}", &folder).replace("$ORIGIN", &folder))
}

/// The system's folders: those that it has by itself, and those that it is configured with.
fn folders() -> BTreeSet<PathBuf> {
    let own = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];
    let mut folders: BTreeSet<PathBuf> = own.iter().map(PathBuf::from).collect();
    // Where Debian and its children keep those of one machine.
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    folders.extend(["/lib", "/usr/lib"].map(|folder| Path::new(folder).join(&machine)));
    let mut files = vec![PathBuf::from("/etc/ld.so.conf")];
    let more = std::fs::read_dir("/etc/ld.so.conf.d").into_iter().flatten().flatten();
    files.extend(more.map(|entry| entry.path()));
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('/'));
        folders.extend(lines.map(PathBuf::from));
    }
    folders
}
