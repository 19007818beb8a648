//! A plugin as it is listed: by `lariat plugin list`, and by a running engine.

use std::path::Path;

use lariat_core::definition::Stale;
use lariat_native::{ExtensionInfo, NativeError, Plugin, Retained};
use serde_json::{Value, json};

/// One that is in force, and why what lies there now isn't, if it isn't.
pub fn ready(plugin: &Plugin, retained: &[Retained], root: &Path, stale: Option<&Stale>) -> Value {
    let (major, minor) = plugin.abi();
    let process = plugin.deaths();
    let quarantined = process.is_some_and(|(_, quarantined)| quarantined);
    let library = plugin.file().strip_prefix(root).unwrap_or(plugin.file());
    let kept: Vec<&Retained> = retained.iter().filter(|it| it.id == plugin.id()).collect();
    let named = |info: &ExtensionInfo| json!({"kind": info.kind, "name": info.name});
    json!({
        "id": plugin.id(), "version": plugin.version(), "abi": format!("{major}.{minor}"),
        "description": plugin.description(), "state": match stale {
            _ if quarantined => "quarantined",
            Some(_) => "stale",
            None => "ready",
        },
        "isolation": if process.is_some() { "process" } else { "none" },
        "generation": plugin.generation(), "library": library, "sha256": plugin.sha256(),
        "extensions": plugin.extensions().iter().map(named).collect::<Vec<_>>(),
        // What each was asked since this generation was loaded.
        "usage": plugin.usage(),
        "mapped": {"generations": kept.len(), "bytes": kept.iter().map(|it| it.bytes).sum::<u64>()},
        "abandoned": plugin.abandoned(), "dropped": plugin.dropped(), "crashes": plugin.crashes(),
        "error": if quarantined {
            Some(format!("its process died too often; `lariat plugin lift {}`", plugin.id()))
        } else {
            stale.map(|stale| from_root(&stale.to_string(), root))
        },
    })
}

/// One that can't be loaded.
pub fn failed(name: &str, error: &NativeError, root: &Path) -> Value {
    let (id, state) = match error {
        NativeError::Quarantined { id, .. } => (id.as_str(), "quarantined"),
        NativeError::NotBuilt { .. } => (name, "not built"),
        _ => (name, "failed"),
    };
    json!({"id": id, "state": state, "error": from_root(&error.to_string(), root)})
}

/// A text whose paths begin at the workspace, as far as they are in it.
pub fn from_root(text: &str, root: &Path) -> String {
    text.replace(&format!("{}/", root.display()), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_plugin_names_files_as_people_see_them() {
        let told = "/w/plugins/a/a.so: no symbol; /usr/lib/b.so, /w/lariat.yaml and /w2/x are others";
        let told = from_root(told, Path::new("/w"));
        assert_eq!(told, "plugins/a/a.so: no symbol; /usr/lib/b.so, lariat.yaml and /w2/x are others");
    }
}
