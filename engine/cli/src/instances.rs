//! The providers of instances that `lariat.yaml` names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lariat_core::definition::problem::unknown;
use lariat_core::instance::{InstanceProvider, StaticProvider};
use lariat_core::registry::Registry;
use lariat_lua::LuaProvider;
use lariat_native::NativeProvider;
use lariat_workspace::config::InstanceProviderConfig;
use serde_json::{Value, json};

use crate::exit::CliError;
use crate::home::Home;
use crate::scripts::{self, Scripts};

/// The engine's own.
pub const STATIC: &str = "static";

/// The providers that scripts and plugins offer.
#[derive(Clone)]
pub struct Providers {
    pub scripts: Arc<Registry<LuaProvider>>,
    pub native: Arc<Registry<NativeProvider>>,
}

impl Providers {
    /// Those of a workspace, and what became of the scripts.
    pub fn load(home: &Home) -> (Self, Scripts) {
        let scripts: Arc<Registry<LuaProvider>> = Arc::new(Registry::new("provider"));
        let native: Arc<Registry<NativeProvider>> = Arc::new(Registry::new("provider"));
        let mut loaded = scripts::providers(home.lua(), &scripts).and(home.plugins().providers(&native));
        for (name, plugin) in native.list() {
            let place = if name == STATIC {
                Some("built-in".to_owned())
            } else {
                scripts.get(&name).ok().map(|script| script.origin)
            };
            if let Some(place) = place {
                let told = scripts::is_taken(&plugin.origin, "provider", &name, &place);
                loaded.failed.push((name, told));
            }
        }
        (Self { scripts, native }, loaded)
    }

    /// Those in force as they are listed, with the instances that these entries give them.
    pub fn listing(&self, configured: &[InstanceProviderConfig], root: &Path) -> Vec<Value> {
        let mut instances: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for entry in configured {
            instances.entry(&entry.provider).or_default().extend(entry.ids.0.iter().map(|id| id.0));
        }
        let mut rows = Vec::new();
        let mut row = |name: &str, description: &str, params: Value, file: &str, generation: Option<u64>| {
            let file = Path::new(file);
            let file = file.strip_prefix(root).unwrap_or(file).display().to_string();
            rows.push(json!({
                "name": name, "description": description, "params": params, "file": file,
                "generation": generation, "instances": instances.remove(name).unwrap_or_default(),
                "state": "ready", "error": null,
            }));
        };
        row(STATIC, "Instances that are simply there", json!({}), "built-in", None);
        let scripts = self.scripts.list();
        for (name, script) in &scripts {
            let info = script.extension.info();
            let file = info.file.display().to_string();
            row(name, &info.description, json!(info.params), &file, Some(script.generation));
        }
        for (name, plugin) in self.native.list() {
            // Of two with one name it isn't the one that is used, which is told elsewhere.
            if name != STATIC && scripts.iter().all(|(script, _)| *script != name) {
                let info = plugin.extension.info();
                let params = json!(info.params);
                row(&name, &info.description, params, &plugin.origin, Some(plugin.generation));
            }
        }
        rows
    }

    /// Those that these entries name, in their order.
    ///
    /// # Errors
    /// What is wrong with an entry.
    pub fn of(
        &self,
        configured: &[InstanceProviderConfig],
        why_missing: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Arc<dyn InstanceProvider>>, CliError> {
        if configured.is_empty() {
            return Ok(vec![Arc::new(StaticProvider::any())]);
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
            let made = match (self.scripts.get(&entry.provider), self.native.get(&entry.provider)) {
                (Ok(script), _) => script.extension.of(ids, &entry.config),
                (Err(_), Ok(plugin)) => plugin.extension.of(ids, &entry.config),
                (Err(_), Err(_)) => {
                    let (known, more) = (self.scripts.list(), self.native.list());
                    let names = known.iter().map(|(name, _)| name).chain(more.iter().map(|(name, _)| name));
                    let names = [STATIC].into_iter().chain(names.map(String::as_str));
                    let mut unknown = unknown("provider", &entry.provider, names);
                    for error in self.native.failures() {
                        unknown.push_str(&format!("; couldn't be loaded: {error}"));
                    }
                    return Err(wrong("provider", &why_missing(&entry.provider).unwrap_or(unknown)));
                }
            };
            let made = made.map_err(|problems| {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                CliError::usage(format!("lariat.yaml: instances[{index}].{}", told.join("; ")))
            });
            providers.push(made?);
        }
        Ok(providers)
    }
}
