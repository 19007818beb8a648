//! Why a plugin isn't loaded.

use std::path::PathBuf;

/// Why a plugin isn't loaded; each says what to do. The others aren't affected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NativeError {
    /// A file or folder can't be read or written.
    #[error("{}: {message}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
    /// A `plugin.toml` isn't one.
    #[error("{}: {message}", file.display())]
    Manifest {
        /// The file.
        file: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// There is no library where one should be.
    #[error("{}: there is no such file; build the plugin, or correct {named_in}", library.display())]
    NoLibrary {
        /// The file that isn't there.
        library: PathBuf,
        /// What names it.
        named_in: String,
    },
    /// A folder holds the sources of a plugin, and no library yet.
    #[error("{}: isn't built yet; {how}", folder.display())]
    NotBuilt {
        /// The folder.
        folder: PathBuf,
        /// How its library comes about.
        how: &'static str,
    },
    /// The library isn't the one that was pinned.
    #[error("{}: its SHA-256 is {found}, and lariat.yaml wants {expected}; nothing of it was run. If you trust it, write its hash there", library.display())]
    WrongHash {
        /// The file.
        library: PathBuf,
        /// What `lariat.yaml` says.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The file isn't a dynamic library for this machine.
    #[error("{}: {why}", library.display())]
    NotALibrary {
        /// The file.
        library: PathBuf,
        /// What it is instead, and what to do.
        why: String,
    },
    /// The system's loader doesn't take it.
    #[error("{}: can't be loaded: {message}", library.display())]
    Loader {
        /// The file.
        library: PathBuf,
        /// What the loader says, such as a library that is missing.
        message: String,
    },
    /// It is a library but no plugin.
    #[error("{}: has no symbol `lariat_plugin`, so that it isn't a plugin of Lariat; in Rust write lariat_sdk::export!, in C LARIAT_EXPORT", library.display())]
    NoSymbol {
        /// The file.
        library: PathBuf,
    },
    /// Its descriptor isn't one.
    #[error("{}: its lariat_plugin() gives no descriptor of a plugin; build it against sdk/c/include/lariat.h", library.display())]
    NoDescriptor {
        /// The file.
        library: PathBuf,
    },
    /// It was built for another major version of the ABI.
    #[error("{}: was built for ABI {theirs}, and this Lariat has ABI {ours}; build it anew against this release's SDK, or get a version of it for ABI {ours_major}", library.display())]
    OtherMajor {
        /// The file.
        library: PathBuf,
        /// Its version.
        theirs: String,
        /// Ours.
        ours: String,
        /// Our major.
        ours_major: u32,
    },
    /// It lacks something that every plugin has.
    #[error("{}: {what}", library.display())]
    Incomplete {
        /// The file.
        library: PathBuf,
        /// What it lacks.
        what: String,
    },
    /// The library and its `plugin.toml` say different things.
    #[error("{}: the library says {what} {library}, plugin.toml says {manifest}; write plugin.toml anew from this library, or build the library again", file.display())]
    Mismatch {
        /// The library's file.
        file: PathBuf,
        /// About what.
        what: &'static str,
        /// What the library says.
        library: String,
        /// What the file beside it says.
        manifest: String,
    },
    /// Two plugins have one id.
    #[error("{}: the id \"{id}\" is that of {} already; that one is used. Remove one, or give it another id", second.display(), first.display())]
    DuplicateId {
        /// The id.
        id: String,
        /// The one that is used.
        first: PathBuf,
        /// The one that isn't.
        second: PathBuf,
    },
    /// It is to run in a process of its own, which this program doesn't do.
    #[error(
        "plugins.{name}: `isolation: process` isn't supported by this program; write `isolation: none` if you trust the plugin with the engine's own process"
    )]
    NoIsolation {
        /// Its name in `lariat.yaml`.
        name: String,
    },
    /// It is given a limit that it can't be held to.
    #[error("{}: {what}", library.display())]
    Limits {
        /// The file.
        library: PathBuf,
        /// Which limit, why, and what to do.
        what: String,
    },
    /// What the child says that was to run it.
    #[error("{why}")]
    InChild {
        /// In its words.
        why: String,
    },
    /// Its process died too often.
    #[error("{}: is quarantined: {why}; correct it, then `lariat plugin lift {id}`", library.display())]
    Quarantined {
        /// Its id.
        id: String,
        /// The file.
        library: PathBuf,
        /// How it died.
        why: String,
    },
    /// No plugin has this id.
    #[error("{0}")]
    Unknown(String),
}

impl NativeError {
    pub(crate) fn io(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::Io { path: path.into(), message: error.to_string() }
    }
}
