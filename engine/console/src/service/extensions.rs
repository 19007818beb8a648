//! What is registered, by kind, with what came of its calls.

use std::path::Path;
use std::sync::Arc;

use lariat_core::hook::HookListing;
use lariat_core::ids::{GroupName, InstanceId};
use lariat_core::limits::Calls;
use lariat_core::params::ParamSpecs;
use lariat_workspace::Definitions;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Service;
use super::error::ServiceError;

/// A routine or a pool type in force.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Extension {
    /// The word for it in a definition.
    pub name: String,
    /// For people.
    pub description: String,
    /// Where it comes from: `built-in`, or a file.
    pub file: String,
    /// Its generation.
    pub generation: u64,
    /// Its parameters, where it declares them.
    pub params: Option<ParamSpecs>,
    /// What came of its calls since its generation was loaded, where they are counted.
    pub calls: Option<Calls>,
}

/// A routine in force.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoutineListed {
    /// What it is.
    #[serde(flatten)]
    pub extension: Extension,
    /// The pictures that it looks for on the screen.
    pub templates: Vec<String>,
    /// What it can't do without.
    pub needs: Vec<String>,
}

/// The hooks in force.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HooksListed {
    /// In the order in which they run, with their settings.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub hooks: Vec<HookListing>,
    /// What is wrong with their settings: a launch is refused.
    pub problems: Vec<String>,
    /// What is odd about them.
    pub warnings: Vec<String>,
}

/// A provider of instances, as `lariat.yaml` names it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProviderListed {
    /// Its name.
    pub name: String,
    /// The instances that it has; none for one that has any.
    pub instances: Vec<InstanceId>,
    /// What came of its calls since its generation was loaded, where they are counted.
    pub calls: Option<Calls>,
}

impl Service {
    /// The files of extensions: those in force, and those that couldn't be loaded.
    pub fn extensions(&self) -> Vec<Value> {
        self.host.extensions()
    }

    /// The routines in force.
    pub fn routines(&self) -> Vec<RoutineListed> {
        let all = self.orchestrator.routines().list().into_iter();
        let told = all.map(|(name, found)| {
            let info = found.extension.info();
            let extension = Extension {
                name,
                description: info.description.clone(),
                file: self.place_of(found.origin),
                generation: found.generation,
                params: Some(info.params.clone()),
                calls: found.extension.calls(),
            };
            RoutineListed { extension, templates: info.templates.clone(), needs: info.needs.clone() }
        });
        told.collect()
    }

    /// The pool types in force.
    pub fn pool_types(&self) -> Vec<Extension> {
        let all = self.orchestrator.pool_manager().types().list().into_iter();
        let told = all.map(|(name, found)| Extension {
            name,
            description: found.extension.description().to_owned(),
            file: self.place_of(found.origin),
            generation: found.generation,
            params: found.extension.params().cloned(),
            calls: found.extension.calls(),
        });
        told.collect()
    }

    /// A file's place as people see it: from the workspace on, if it is inside.
    fn place_of(&self, file: String) -> String {
        let inside = |definitions: Arc<Definitions>| {
            Some(Path::new(&file).strip_prefix(definitions.root()).ok()?.display().to_string())
        };
        self.keeper.definitions().and_then(inside).unwrap_or(file)
    }

    /// All hooks in the order in which they run, with the settings in force: for a group by its
    /// own `hooks:` too.
    ///
    /// # Errors
    /// When there is no such group.
    pub fn hooks(&self, group: Option<&GroupName>) -> Result<HooksListed, ServiceError> {
        let set = self.orchestrator.hooks(group)?;
        let (problems, warnings) = (set.problems().to_vec(), set.warnings().to_vec());
        Ok(HooksListed { hooks: set.listing(), problems, warnings })
    }

    /// The kinds of provider that `lariat.yaml` may name.
    pub fn provider_types(&self) -> Vec<Value> {
        self.host.provider_types()
    }

    /// The providers of instances; the first that has an instance serves it.
    pub fn providers(&self) -> Vec<ProviderListed> {
        let all = self.orchestrator.instances().providers();
        let told = all.iter().map(|provider| ProviderListed {
            name: provider.name().to_owned(),
            instances: provider.list().iter().map(|instance| instance.id).collect(),
            calls: provider.calls(),
        });
        told.collect()
    }
}
