//! The files of a new workspace: one of each, commented, and all made up.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::WorkspaceError;
use crate::schema;
use crate::workspace::{STATE_DIR, create_state_dir};

/// What `lariat init` writes, by path.
const FILES: [(&str, &str); 12] = [
    ("lariat.yaml", include_str!("files/lariat.yaml")),
    ("pools/premium_accounts.yaml", include_str!("files/premium_accounts.yaml")),
    ("pools/manual_list.yaml", include_str!("files/manual_list.yaml")),
    ("groups/premium_farmers.yaml", include_str!("files/premium_farmers.yaml")),
    ("scripts/routines/open_packs.lua", include_str!("files/open_packs.lua")),
    ("accounts/accounts.csv", include_str!("files/accounts.csv")),
    ("accounts/manual/manual_001.xml", include_str!("files/manual_001.xml")),
    ("accounts/manual/manual_002.xml", include_str!("files/manual_002.xml")),
    ("accounts/manual/manual_003.xml", include_str!("files/manual_003.xml")),
    (".luarc.json", include_str!("files/luarc.json")),
    (".vscode/settings.json", include_str!("files/vscode_settings.json")),
    (".gitignore", include_str!("files/gitignore")),
];

/// Makes `dir` a workspace. A file that is there already stays as it is.
///
/// Gives the files that were created, relative to `dir`.
///
/// # Errors
/// [`WorkspaceError::Io`].
pub fn init(dir: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    init_with(dir, &[])
}

/// The same, with files that are generated, by path: those are kept up to date, and so
/// written over where they differ.
///
/// # Errors
/// [`WorkspaceError::Io`].
pub fn init_with(dir: &Path, generated: &[(&str, String)]) -> Result<Vec<PathBuf>, WorkspaceError> {
    std::fs::create_dir_all(dir).map_err(WorkspaceError::io(dir))?;
    create_state_dir(dir)?;
    let schemas = schema::all()
        .map(|(name, schema)| (format!("{STATE_DIR}/schema/{name}.schema.json"), schema::to_text(&schema)));
    let texts = FILES.iter().map(|(path, text)| (*path, *text));
    let all = texts.chain(schemas.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut created = Vec::new();
    for (path, text) in all {
        if create(&dir.join(path), text)? {
            created.push(PathBuf::from(path));
        }
    }
    for (path, text) in generated {
        let full = dir.join(path);
        if std::fs::read_to_string(&full).is_ok_and(|found| found == *text) {
            continue;
        }
        if !create(&full, text)? {
            std::fs::write(&full, text).map_err(WorkspaceError::io(&full))?;
        }
        created.push(PathBuf::from(path));
    }
    Ok(created)
}

/// Whether the file wasn't there.
fn create(path: &Path, text: &str) -> Result<bool, WorkspaceError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(WorkspaceError::io(folder))?;
    }
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if path.components().any(|part| part.as_os_str() == STATE_DIR) {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    match options.open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(WorkspaceError::io(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(WorkspaceError::io(path)(error)),
    }
}
