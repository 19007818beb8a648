//! What a plugin says of its extensions, in `describe` and in `plugin.toml`.

use std::path::Path;

use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::duration::Span;
use lariat_core::hook::{HookBand, HookErrorPolicy, HookInfo, HookPoint};
use lariat_core::params::{ParamKind, ParamSpecs};
use lariat_core::routine::RoutineInfo;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

/// The four kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExtensionKind {
    /// A pool type.
    Pool,
    /// A routine.
    Routine,
    /// A hook.
    Hook,
    /// An instance provider.
    Provider,
}

impl ExtensionKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Routine => "routine",
            Self::Hook => "hook",
            Self::Provider => "provider",
        }
    }
}

/// One extension. What is unknown is ignored, since newer plugins may say more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtensionInfo {
    /// Its kind.
    pub kind: ExtensionKind,
    /// Its name, under which it is registered.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Its parameters.
    #[serde(default, deserialize_with = "params")]
    pub params: ParamSpecs,
    /// Which of its kind's methods it has, where that isn't all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// Of a hook: when it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<HookPoint>,
    /// Of a hook: which hooks it runs among.
    #[serde(default, skip_serializing_if = "is_default")]
    pub band: HookBand,
    /// Of a hook: its place in the band.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: i32,
    /// Of a hook: which it must run before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// Of a hook: which it must run after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Of a hook: what its failure means.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_error: HookErrorPolicy,
    /// Of a hook: how long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Of a routine: the templates it looks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<String>,
    /// Of a routine: what it can't do without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

impl ExtensionInfo {
    /// Whether it has a method that it may lack. One that isn't in any list of methods, such
    /// as `lookup`, has to be named.
    pub(crate) fn has(&self, method: &str, unless_listed: bool) -> bool {
        match &self.methods {
            Some(methods) => methods.iter().any(|name| name == method),
            None => unless_listed,
        }
    }

    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<String> {
        let what = format!("the {} \"{}\"", self.kind.as_str(), self.name);
        if self.name.trim().is_empty() || self.name.chars().any(char::is_control) {
            return Some(format!("a {} has no name that could be used", self.kind.as_str()));
        }
        if self.kind == ExtensionKind::Hook && self.on.is_empty() {
            return Some(format!("{what} doesn't say when it runs (`on`)"));
        }
        let found = self.params.problems("params");
        found.first().map(|problem| format!("{what}: {problem}"))
    }

    /// What is wrong with a pool's definition, if it is a pool type.
    pub(crate) fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        self.params.check("config", &definition.config).err().unwrap_or_default()
    }

    /// What is known of it as a routine of the library in `file`.
    pub(crate) fn as_routine(&self, file: &Path) -> RoutineInfo {
        RoutineInfo {
            name: self.name.clone(),
            description: self.description.clone(),
            params: self.params.clone(),
            templates: self.templates.clone(),
            needs: self.needs.clone(),
            file: Some(file.to_owned()),
        }
    }

    /// What is known of it as a hook of the library in `file`.
    pub(crate) fn as_hook(&self, file: &Path) -> HookInfo {
        HookInfo {
            name: self.name.clone(),
            description: self.description.clone(),
            on: self.on.clone(),
            band: self.band,
            order: self.order,
            before: self.before.clone(),
            after: self.after.clone(),
            on_error: self.on_error,
            timeout: self.timeout,
            params: self.params.clone(),
            off_by_default: false,
            file: Some(file.to_owned()),
        }
    }

    /// As [`resolve`], with what it declares.
    pub(crate) fn resolve(&self, params: &mut Map<String, Value>, workspace: &Path) {
        resolve(&self.params, params, workspace);
    }
}

/// Paths are meant from the workspace on, wherever the engine was started.
pub(crate) fn resolve(specs: &ParamSpecs, params: &mut Map<String, Value>, workspace: &Path) {
    for (name, value) in params {
        let is_path = specs.0.get(name).is_some_and(|spec| spec.kind == ParamKind::Path);
        if let Value::String(path) = value
            && is_path
        {
            *path = workspace.join(&*path).to_string_lossy().into_owned();
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Declarations without what this version doesn't know.
fn params<'de, D: Deserializer<'de>>(input: D) -> Result<ParamSpecs, D::Error> {
    const KNOWN: [&str; 8] = ["type", "default", "required", "min", "max", "enum", "choices", "description"];
    let mut declared = Map::<String, Value>::deserialize(input)?;
    for spec in declared.values_mut().filter_map(Value::as_object_mut) {
        spec.retain(|key, value| KNOWN.contains(&key.as_str()) && !value.is_null());
    }
    serde_json::from_value(Value::Object(declared)).map_err(de::Error::custom)
}
