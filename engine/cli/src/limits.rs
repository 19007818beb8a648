//! Names in `limits:` of `lariat.yaml` that hold for nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use lariat_core::definition::problem::did_you_mean;
use lariat_core::hook::builtin::{self, NoEngine};
use lariat_core::registry::Registry;
use lariat_lua::ScriptKind;

use crate::home::Home;

/// One sentence for each name that nothing has which could be limited.
pub fn strangers(home: &Home) -> Vec<String> {
    let limits = &home.workspace.config().limits;
    if limits.is_empty() {
        return Vec::new();
    }
    let (mut known, mut built_in) = (BTreeSet::new(), BTreeSet::new());
    known.extend(home.workspace.config().plugins.keys().cloned());
    for (name, result) in home.plugins().all() {
        known.insert(name);
        if let Ok(plugin) = result {
            known.insert(plugin.id().to_owned());
            known.extend(plugin.extensions().iter().map(|it| it.name.clone()));
        }
    }
    for (name, entry) in home.types.list() {
        let list = if entry.origin == "built-in" { &mut built_in } else { &mut known };
        list.insert(name);
    }
    let hooks = Registry::new("hook");
    builtin::add_to(&hooks, Arc::new(NoEngine));
    built_in.extend(hooks.list().into_iter().map(|(name, _)| name));
    let scripts = ScriptKind::ALL.into_iter().flat_map(|kind| home.lua().names(kind));
    known.extend(scripts.map(|(name, _)| name));
    let told = |name: &String| {
        if known.contains(name) {
            return None;
        }
        if built_in.contains(name) {
            return Some(format!("limits.{name}: is built in, and has no limits of its own; leave it out"));
        }
        let meant = did_you_mean(name, known.iter().map(String::as_str));
        let meant = meant.map(|it| format!("; did you mean \"{it}\"?")).unwrap_or_default();
        Some(format!("limits.{name}: no extension or plugin has this name{meant}"))
    };
    limits.keys().filter_map(told).collect()
}
