//! The providers of instances that `lariat.yaml` names.

use std::sync::Arc;

use lariat_core::definition::problem::unknown;
use lariat_core::instance::{InstanceProvider, StaticProvider};
use lariat_core::registry::Registry;
use lariat_lua::LuaProvider;
use lariat_native::NativeProvider;

use crate::exit::CliError;
use crate::home::Home;
use crate::scripts::{self, Scripts};

/// The engine's own.
const STATIC: &str = "static";

/// The providers in the order of `instances:`, and what became of the scripts.
pub fn providers(home: &Home) -> Result<(Vec<Arc<dyn InstanceProvider>>, Scripts), CliError> {
    let configured = &home.workspace.config().instances;
    let registry: Registry<LuaProvider> = Registry::new("provider");
    let native: Registry<NativeProvider> = Registry::new("provider");
    let mut scripts = scripts::providers(home.lua(), &registry).and(home.plugins().providers(&native));
    for (name, plugin) in native.list() {
        if let Ok(script) = registry.get(&name) {
            let (file, place) = (plugin.origin, script.origin);
            let told = format!("{file}: provider \"{name}\" is in {place} already; that one is used");
            scripts.failed.push((name, told));
        }
    }
    if configured.is_empty() {
        return Ok((vec![Arc::new(StaticProvider::any())], scripts));
    }
    let mut providers: Vec<Arc<dyn InstanceProvider>> = Vec::new();
    for (index, entry) in configured.iter().enumerate() {
        let ids = entry.ids.0.iter().copied();
        let wrong = |key: &str, message: &str| {
            CliError::usage(format!("lariat.yaml: instances[{index}].{key}: {message}"))
        };
        if entry.provider == STATIC {
            if !entry.config.is_empty() {
                return Err(wrong("config", "is for providers that are scripts"));
            }
            providers.push(Arc::new(StaticProvider::of(ids)));
            continue;
        }
        // Of two that have one name the script is used, which was told.
        let made = match (registry.get(&entry.provider), native.get(&entry.provider)) {
            (Ok(script), _) => script.extension.of(ids, &entry.config),
            (Err(_), Ok(plugin)) => plugin.extension.of(ids, &entry.config),
            (Err(_), Err(_)) => {
                let (known, more) = (registry.list(), native.list());
                let names = known.iter().map(|(name, _)| name).chain(more.iter().map(|(name, _)| name));
                let names = [STATIC].into_iter().chain(names.map(String::as_str));
                let unknown = unknown("provider", &entry.provider, names);
                return Err(wrong("provider", scripts.why_missing(&entry.provider).unwrap_or(&unknown)));
            }
        };
        let made = made.map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            CliError::usage(format!("lariat.yaml: instances[{index}].{}", told.join("; ")))
        });
        providers.push(made?);
    }
    Ok((providers, scripts))
}
