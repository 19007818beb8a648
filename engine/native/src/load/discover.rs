//! What plugins there are, without running anything of theirs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Manifest, elf, manifest};
use crate::{NativeError, NativeOptions};

/// A library that may become a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it is called until its id is known.
    pub name: String,
    /// The library's file.
    pub library: PathBuf,
    /// What the file beside it says, if there is one.
    pub manifest: Option<Manifest>,
    /// The SHA-256 that it must have, in hex.
    pub sha256: Option<String>,
    /// Whether it is to run in a process of its own.
    pub process: bool,
    /// What names it: `plugins/csv/plugin.toml`, or `lariat.yaml`.
    pub named_in: String,
}

/// A candidate, or why something that should be one isn't.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it is called until its id is known: a folder's name, or the key in `lariat.yaml`.
    pub name: String,
    /// The candidate.
    pub result: Result<Candidate, NativeError>,
}

impl Candidate {
    /// The `plugin.toml` that speaks of it, which may lie above a library that cargo built.
    pub fn manifest_file(&self) -> Option<PathBuf> {
        let manifest = self.manifest.as_ref()?;
        let below = manifest.library.components().count();
        Some(self.library.ancestors().nth(below)?.join(manifest::FILE))
    }
}

/// Everything in `plugins/` and in `lariat.yaml`; what is in both is there once, as
/// `lariat.yaml` says.
pub(crate) fn discover(options: &NativeOptions) -> Vec<Found> {
    let mut found: BTreeMap<PathBuf, Found> = BTreeMap::new();
    for folder in folders(&options.plugins_dir) {
        let (place, one) = read_folder(&folder, &options.workspace);
        found.insert(place, one);
    }
    for (name, setting) in &options.settings {
        let library = options.workspace.join(&setting.path);
        let result = if setting.process && options.runner.is_none() {
            Err(NativeError::NoIsolation { name: name.clone() })
        } else {
            beside(&library).map(|manifest| Candidate {
                name: name.clone(),
                library: library.clone(),
                manifest,
                sha256: setting.sha256.clone(),
                process: setting.process,
                named_in: format!("plugins.{name} of lariat.yaml"),
            })
        };
        found.insert(library, Found { name: name.clone(), result });
    }
    found.into_values().map(Found::looked_at).collect()
}

/// The plugin of a folder with a `plugin.toml`, outside of any workspace too.
pub fn in_folder(folder: &Path) -> Found {
    read_folder(folder, folder).1.looked_at()
}

/// The plugin in a library, outside of any workspace too.
pub fn of_library(library: &Path) -> Found {
    let name = library.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let result = beside(library).map(|manifest| Candidate {
        name: name.clone(),
        library: library.to_owned(),
        manifest,
        sha256: None,
        process: false,
        named_in: "the path".into(),
    });
    Found { name, result }.looked_at()
}

/// What a folder says, and the place by which it is known.
fn read_folder(folder: &Path, workspace: &Path) -> (PathBuf, Found) {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = folder.join(manifest::FILE);
    let named_in = relative(&file, workspace);
    let (place, result) = match Manifest::read(&file) {
        Ok(manifest) => {
            let library = folder.join(&manifest.library);
            let candidate = Candidate {
                name: name.clone(),
                library: library.clone(),
                manifest: Some(manifest),
                sha256: None,
                process: false,
                named_in,
            };
            (library, Ok(candidate))
        }
        Err(error) => (file, Err(error)),
    };
    (place, Found { name, result })
}

/// The `plugin.toml` that speaks of a library: beside it, or above the place where cargo builds.
fn beside(library: &Path) -> Result<Option<Manifest>, NativeError> {
    const ABOVE: usize = 2;
    let folders = library.ancestors().skip(1).take(1 + ABOVE).enumerate();
    for (above, folder) in folders.filter(|(_, folder)| folder.join(manifest::FILE).is_file()) {
        match Manifest::read(&folder.join(manifest::FILE)) {
            // One of another library says nothing about this one.
            Ok(manifest) if folder.join(&manifest.library) == library => return Ok(Some(manifest)),
            Err(error) if above == 0 => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

impl Found {
    fn looked_at(self) -> Self {
        Self { result: self.result.and_then(looked_at), ..self }
    }
}

/// A candidate whose file is a library for this machine.
fn looked_at(candidate: Candidate) -> Result<Candidate, NativeError> {
    let Candidate { library, named_in, .. } = &candidate;
    if !library.is_file() {
        if let Some((folder, how)) =
            library.parent().and_then(|beside| sources(beside).or_else(|| built_within(beside)))
        {
            return Err(NativeError::NotBuilt { folder: folder.to_owned(), how });
        }
        return Err(NativeError::NoLibrary { library: library.clone(), named_in: named_in.clone() });
    }
    match elf::check(library)? {
        Some(why) => Err(NativeError::NotALibrary { library: library.clone(), why }),
        None => Ok(candidate),
    }
}

/// How a folder that holds sources is built.
fn sources(folder: &Path) -> Option<(&Path, &'static str)> {
    const KNOWN: [(&str, &str); 2] = [
        ("Cargo.toml", "`cargo build --release` there, and copy the library beside its plugin.toml"),
        ("Makefile", "`make` there"),
    ];
    let (_, how) = KNOWN.into_iter().find(|(file, _)| folder.join(file).is_file())?;
    Some((folder, how))
}

/// The same of a library that cargo leaves in `target/release/`, where `plugin.toml` says it is.
fn built_within(beside: &Path) -> Option<(&Path, &'static str)> {
    let folder = beside.parent()?.parent().filter(|_| beside.ends_with("target/release"))?;
    folder.join("Cargo.toml").is_file().then_some((folder, "`cargo build --release` there"))
}

/// The folders with a `plugin.toml`, by name.
fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join(manifest::FILE).is_file()).collect();
    folders.sort();
    folders
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
