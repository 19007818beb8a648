//! The folder that holds `lariat.yaml`: how it is found, and what lies where.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, WorkspaceConfig};
use crate::error::WorkspaceError;

/// The file that makes a folder a workspace.
pub const CONFIG_FILE: &str = "lariat.yaml";
/// Where the engine keeps what it needs while it runs.
pub const STATE_DIR: &str = ".lariat";

/// A workspace's folder and settings.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    config: Arc<WorkspaceConfig>,
}

impl Workspace {
    /// The workspace's folder: `explicit` (`--workspace`), else `env`
    /// (`LARIAT_WORKSPACE`, unless empty), else the nearest folder from `cwd` upwards
    /// with a `lariat.yaml`. A folder that is named need not hold one.
    ///
    /// # Errors
    /// [`WorkspaceError::NotAFolder`], [`WorkspaceError::NoWorkspace`].
    pub fn find(explicit: Option<&Path>, env: Option<&str>, cwd: &Path) -> Result<PathBuf, WorkspaceError> {
        let env = env.filter(|path| !path.is_empty()).map(Path::new);
        let named = explicit.map(|path| (path, "--workspace")).or(env.map(|path| (path, "LARIAT_WORKSPACE")));
        if let Some((path, by)) = named {
            let root = cwd.join(path);
            return if root.is_dir() { Ok(root) } else { Err(WorkspaceError::NotAFolder { path: root, by }) };
        }
        let found = cwd.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file());
        found.map(Path::to_owned).ok_or_else(|| WorkspaceError::NoWorkspace { from: cwd.to_owned() })
    }

    /// Reads the workspace's settings, with `${NAME}` from this process's environment.
    /// Without a `lariat.yaml`, everything is at its default.
    ///
    /// # Errors
    /// [`WorkspaceError::Config`], [`WorkspaceError::Io`].
    pub fn open(root: &Path) -> Result<Self, WorkspaceError> {
        Self::open_with(root, &|name| std::env::var(name).ok())
    }

    /// As [`Workspace::open`], with environment variables from `lookup`.
    ///
    /// # Errors
    /// As for [`Workspace::open`].
    pub fn open_with(root: &Path, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, WorkspaceError> {
        let root = std::path::absolute(root).map_err(WorkspaceError::io(root))?;
        let path = root.join(CONFIG_FILE);
        let config = match crate::files::read(&path) {
            Ok(bytes) => {
                config::parse(&bytes, Path::new(CONFIG_FILE), lookup).map_err(WorkspaceError::Config)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => WorkspaceConfig::default(),
            Err(error) => return Err(WorkspaceError::io(&path)(error)),
        };
        Ok(Self { root, config: Arc::new(config) })
    }

    /// The folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings.
    pub fn config(&self) -> &Arc<WorkspaceConfig> {
        &self.config
    }

    /// A path from a definition or from `lariat.yaml`, which is relative to the workspace.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// `pools/`
    pub fn pools_dir(&self) -> PathBuf {
        self.root.join("pools")
    }

    /// `groups/`
    pub fn groups_dir(&self) -> PathBuf {
        self.root.join("groups")
    }

    /// `scripts/`
    pub fn scripts_dir(&self) -> PathBuf {
        self.root.join("scripts")
    }

    /// `plugins/`
    pub fn plugins_dir(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// `.lariat/`, which may not be there yet.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join(STATE_DIR)
    }

    /// `.lariat/backups/`, which may not be there yet.
    pub fn backups_dir(&self) -> PathBuf {
        self.state_dir().join("backups")
    }

    /// `.lariat/logs/`, which may not be there yet.
    pub fn logs_dir(&self) -> PathBuf {
        self.state_dir().join("logs")
    }

    /// The store's file.
    pub fn store_path(&self) -> PathBuf {
        self.resolve(self.config.store.path())
    }

    /// Makes `.lariat/`, for its owner only, if it isn't there.
    ///
    /// # Errors
    /// [`WorkspaceError::Io`].
    pub fn create_state_dir(&self) -> Result<PathBuf, WorkspaceError> {
        create_state_dir(&self.root)
    }
}

pub(crate) fn create_state_dir(root: &Path) -> Result<PathBuf, WorkspaceError> {
    let path = root.join(STATE_DIR);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path).map_err(WorkspaceError::io(&path))?;
    #[cfg(unix)]
    close_to_others(&path).map_err(WorkspaceError::io(&path))?;
    Ok(path)
}

/// Takes from others what a folder that is there already lets them do.
#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))
}
