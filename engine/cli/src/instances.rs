//! The providers of instances that `lariat.yaml` names.

use std::sync::Arc;

use lariat_core::definition::problem::unknown;
use lariat_core::instance::{InstanceProvider, StaticProvider};
use lariat_core::registry::Registry;
use lariat_lua::LuaProvider;
use lariat_native::NativeProvider;
use lariat_workspace::config::InstanceProviderConfig;

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
