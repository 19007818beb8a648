//! Folders of the machine that the engine runs on, to choose one for a pool: those inside
//! the workspace, and inside the folders that `console.folders` names. Links that lead out
//! of them lead nowhere.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::Service;
use super::error::{Code, ServiceError};

/// Folders and files of one folder that are looked at.
const MOST: usize = 2_000;

/// A folder, with those in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Folders {
    /// The folder, as a definition names it: from the workspace on, if it is inside.
    pub at: String,
    /// The one around it, if that may be looked at.
    pub above: Option<String>,
    /// Those inside it, by name.
    pub inside: Vec<Folder>,
    /// The other places to begin at.
    pub roots: Vec<String>,
    /// How many account files (XML) lie in it; those of its folders aren't counted.
    pub files: usize,
    /// Whether there is more in it than was looked at.
    pub more: bool,
}

/// A folder inside another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// The folder as a definition names it.
    pub path: String,
}

impl Service {
    /// What is in a folder; of the workspace for `""`.
    ///
    /// # Errors
    /// When there is no such folder, it can't be read, or it lies where nobody may look.
    pub async fn folders(&self, at: &str) -> Result<Folders, ServiceError> {
        let workspace = self.definitions()?.root().to_owned();
        let (more, at) = (self.keeper.folders(), at.to_owned());
        let looked = tokio::task::spawn_blocking(move || look(&workspace, &more, &at)).await;
        looked.unwrap_or_else(|error| Err(ServiceError::new(Code::Failed, error.to_string())))
    }
}

fn look(workspace: &Path, more: &[PathBuf], at: &str) -> Result<Folders, ServiceError> {
    let failed = |error: std::io::Error| {
        let code = if error.kind() == std::io::ErrorKind::NotFound { Code::NotFound } else { Code::Failed };
        ServiceError::new(code, format!("{at}: {error}"))
    };
    let home = workspace.canonicalize().map_err(failed)?;
    let named: Vec<PathBuf> = more.iter().filter_map(|root| home.join(root).canonicalize().ok()).collect();
    let here = home.join(at).canonicalize().map_err(failed)?;
    let may_look = |path: &Path| path.starts_with(&home) || named.iter().any(|root| path.starts_with(root));
    if !may_look(&here) {
        let told = format!(
            "{at}: is outside of the workspace. To choose among its folders here, add it to `console: {{folders: […]}}` in \
             lariat.yaml; typed in, it is taken as it is"
        );
        return Err(ServiceError::new(Code::Refused, told));
    }
    let told = |path: &Path| match path.strip_prefix(&home) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Ok(inside) => inside.to_string_lossy().into_owned(),
        Err(_) => path.to_string_lossy().into_owned(),
    };
    let mut found = Folders {
        at: told(&here),
        above: here.parent().filter(|above| may_look(above)).map(told),
        inside: Vec::new(),
        roots: std::iter::once(&home).chain(&named).map(|root| told(root)).collect(),
        files: 0,
        more: false,
    };
    for (looked_at, entry) in std::fs::read_dir(&here).map_err(failed)?.enumerate() {
        if looked_at >= MOST {
            found.more = true;
            break;
        }
        let Ok(entry) = entry else { continue };
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // Names that begin with a dot are hidden: the engine's own folder, among others.
        if name.starts_with('.') {
            continue;
        }
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
            found.files += 1;
        } else if path.is_dir() && path.canonicalize().is_ok_and(|leads| may_look(&leads)) {
            found.inside.push(Folder { name, path: told(&path) });
        }
    }
    found.inside.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_looks_out_of_the_workspace_and_the_folders_that_are_named() {
        let all = tempfile::tempdir().unwrap();
        let at = |path: &str| all.path().join(path);
        for folder in ["home/accounts/manual", "home/.lariat", "named/old", "other/secret"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["home/accounts/a.xml", "home/accounts/b.XML", "home/accounts/c.txt"] {
            std::fs::write(at(file), "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("other"), at("home/accounts/out")).unwrap();
        let (home, named) = (at("home"), vec![at("named"), at("gone")]);
        let look = |path: &str| look(&home, &named, path);

        let top = look("").unwrap();
        assert_eq!((top.at.as_str(), top.above.as_deref()), (".", None));
        let inside = |name: &str, path: &str| Folder { name: name.to_owned(), path: path.to_owned() };
        assert_eq!(top.inside, [inside("accounts", "accounts")]);
        assert_eq!(top.roots.len(), 2);
        let accounts = look("accounts").unwrap();
        assert_eq!(accounts.files, 2);
        assert_eq!(accounts.inside, [inside("manual", "accounts/manual")]);
        assert_eq!(accounts.above.as_deref(), Some("."));
        let named = look(top.roots.last().unwrap()).unwrap();
        assert_eq!((named.inside.len(), named.above), (1, None));
        for outside in ["..", "accounts/../../other", "accounts/out", "/"] {
            assert_eq!(look(outside).unwrap_err().code, Code::Refused, "{outside}");
        }
        assert_eq!(look("nowhere").unwrap_err().code, Code::NotFound);
    }
}
