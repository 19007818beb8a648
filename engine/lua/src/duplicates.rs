//! The names that scripts have, and those that two of them claim.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::finding::{Finding, Severity};
use crate::host::LuaHost;
use crate::kind::ScriptKind;
use crate::loading::{Loaded, LoadedScript};

/// One finding for each routine that isn't used, since an earlier one has its name.
pub fn duplicates(scripts: &[LoadedScript]) -> Vec<Finding> {
    among(ScriptKind::Routine, &names(scripts, |it| &it.info().name))
}

impl LuaHost {
    /// The names of a kind's scripts that load, with their files relative to the
    /// workspace. Blocks like [`LuaHost::load`].
    pub fn names(&self, kind: ScriptKind) -> Vec<(String, PathBuf)> {
        match kind {
            ScriptKind::Routine => names(&self.load(), |it| &it.info().name),
            ScriptKind::Pool => names(&self.load_pools(), |it| &it.info().name),
            ScriptKind::Hook => names(&self.load_hooks(), |it| &it.info().name),
            ScriptKind::Provider => names(&self.load_providers(), |it| &it.info().name),
        }
    }

    /// One finding for each script of a kind that isn't used, since an earlier one has
    /// its name. Blocks like [`LuaHost::load`].
    pub fn duplicates(&self, kind: ScriptKind) -> Vec<Finding> {
        among(kind, &self.names(kind))
    }
}

fn names<T: ?Sized>(scripts: &[Loaded<T>], name: impl Fn(&T) -> &String) -> Vec<(String, PathBuf)> {
    let loaded = scripts.iter().filter_map(|script| Some((script.result.as_ref().ok()?, &script.file)));
    loaded.map(|(extension, file)| (name(extension).clone(), file.clone())).collect()
}

fn among(kind: ScriptKind, names: &[(String, PathBuf)]) -> Vec<Finding> {
    let mut first = HashMap::new();
    let mut found = Vec::new();
    for (name, file) in names {
        let Some(other) = first.get(name) else {
            first.insert(name, file);
            continue;
        };
        let word = kind.word();
        found.push(Finding {
            file: file.clone(),
            line: 0,
            severity: Severity::Error,
            message: format!("{word} \"{name}\" is in {} already; that one is used", other.display()),
            hint: Some("give one of them another name".into()),
        });
    }
    found
}
