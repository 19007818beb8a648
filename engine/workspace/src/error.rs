//! What can go wrong with a workspace.

use std::io;
use std::path::{Path, PathBuf};

use lariat_core::definition::DefinitionError;

use crate::yaml::FileError;

/// Why a workspace can't be found, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No workspace was named, and none is around.
    #[error(
        "no lariat.yaml in {from} or any folder above it; run `lariat init` to make a workspace, or pass --workspace DIR",
        from = from.display()
    )]
    NoWorkspace {
        /// Where the search began.
        from: PathBuf,
    },
    /// The workspace that was named isn't there.
    #[error("{path}, named by {by}, is not a folder; `lariat init {path}` makes it a workspace", path = path.display())]
    NotAFolder {
        /// What was named.
        path: PathBuf,
        /// `--workspace` or `LARIAT_WORKSPACE`.
        by: &'static str,
    },
    /// `lariat.yaml` can't be used; one error for each problem.
    #[error("{}", lines(.0))]
    Config(Vec<FileError>),
    /// The file of a definition was changed by somebody else.
    #[error("{file} was changed since it was read; look at it, then try again{difference}", file = file.display(), difference = below(.difference.as_deref()))]
    Changed {
        /// Relative to the workspace.
        file: PathBuf,
        /// What would have been overwritten (`-`) with what (`+`), as a unified diff.
        difference: Option<String>,
    },
    /// The file holds something newer that can't be used, and would be lost.
    #[error("{file} holds a change that can't be used yet; correct it or take it back first: {message}", file = file.display())]
    Unusable {
        /// Relative to the workspace.
        file: PathBuf,
        /// `file:line:column: what is wrong`.
        message: String,
    },
    /// Not found, there already, or against its own rules.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The definition has no form in YAML.
    #[error("the definition can't be written as YAML: {0}")]
    NoYaml(String),
    /// A file or folder couldn't be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WorkspaceError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl From<WorkspaceError> for DefinitionError {
    fn from(error: WorkspaceError) -> Self {
        let message = error.to_string();
        match error {
            WorkspaceError::Definition(error) => error,
            WorkspaceError::Config(errors) => Self::Invalid(errors.iter().map(ToString::to_string).collect()),
            WorkspaceError::Io { path, source } => Self::Io { path, message: source.to_string() },
            WorkspaceError::Changed { file, difference } => Self::Changed { path: file, difference },
            _ => Self::Invalid(vec![message]),
        }
    }
}

fn below(difference: Option<&str>) -> String {
    difference.map(|lines| format!("\n{lines}")).unwrap_or_default()
}

/// One line for each error.
pub(crate) fn lines(errors: &[FileError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
