//! `.lariat/engine.json`: where the running engine is, and the tokens that it takes.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a running engine leaves for those who want to talk to it. Readable by its owner
/// only.
#[derive(Clone, Serialize, Deserialize)]
pub struct EngineFile {
    /// The engine's process.
    pub pid: u32,
    /// Where its API listens.
    pub address: SocketAddr,
    /// What a request must bring: `Authorization: Bearer …`.
    pub token: String,
    /// What a request may bring that only looks.
    #[serde(default)]
    pub read_token: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Its version.
    pub version: String,
}

impl EngineFile {
    /// Where it lies in a workspace's state folder.
    pub fn path(state_dir: &Path) -> PathBuf {
        state_dir.join("engine.json")
    }

    /// Reads it; `None` when there is none.
    ///
    /// # Errors
    /// What the system says; `InvalidData` when it isn't one.
    pub fn read(state_dir: &Path) -> io::Result<Option<Self>> {
        let bytes = match fs::read(Self::path(state_dir)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from)
    }

    /// Writes it in one step, for its owner only.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, state_dir: &Path) -> io::Result<()> {
        // Temporary files are made with mode 0600.
        let mut file = tempfile::Builder::new().prefix(".engine-").tempfile_in(state_dir)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.as_file().sync_all()?;
        file.persist(Self::path(state_dir)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes it, if it is still this engine's.
    pub fn remove(&self, state_dir: &Path) {
        if Self::read(state_dir).is_ok_and(|file| file.is_some_and(|file| file.token == self.token)) {
            let _ = fs::remove_file(Self::path(state_dir));
        }
    }
}

impl std::fmt::Debug for EngineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EngineFile(pid {}, {})", self.pid, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_for_its_owner_only_and_removed_by_its_writer_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = EngineFile {
            pid: 1,
            address: "127.0.0.1:1".parse().unwrap(),
            token: "secret".into(),
            read_token: "secret too".into(),
            started_at: Timestamp::UNIX_EPOCH,
            version: "1".into(),
        };
        assert!(EngineFile::read(folder.path()).unwrap().is_none());
        file.write(folder.path()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(EngineFile::path(folder.path())).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(!format!("{file:?}").contains("secret"));
        EngineFile { token: "another".into(), ..file.clone() }.remove(folder.path());
        assert!(EngineFile::read(folder.path()).unwrap().is_some());
        file.remove(folder.path());
        assert!(EngineFile::read(folder.path()).unwrap().is_none());
    }
}
