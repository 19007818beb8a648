//! The scripts that tests name.

use std::path::{Path, PathBuf};

use lariat_core::definition::problem::unknown;

use crate::kind::ScriptKind;
use crate::load::{files_below, is_test};

/// The file of a script, by its name without `.lua`; with its folder below
/// `scripts/routines/`, if there are several.
pub(super) fn script(scripts_dir: &Path, kind: ScriptKind, name: &str) -> Result<PathBuf, String> {
    let folder = scripts_dir.join(kind.folder());
    let files = files_below(&folder);
    let wanted = folder.join(format!("{name}.lua"));
    if files.contains(&wanted) {
        return Ok(wanted);
    }
    let stem = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut named = files.iter().filter(|path| !is_test(path) && stem(path).as_deref() == Some(name));
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => Err(format!(
            "there are several scripts called {name}.lua below scripts/{0}/; write its folder too, as in \"folder/{name}\"",
            kind.folder()
        )),
        (None, _) => {
            let known: Vec<String> = files.iter().filter_map(stem).collect();
            let told = unknown(&format!("{} file", kind.word()), name, known.iter().map(String::as_str));
            Err(format!("{told} (a script is named by its file in scripts/{}/)", kind.folder()))
        }
    }
}
