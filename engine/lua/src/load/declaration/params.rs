//! The declarations of parameters.

use lariat_core::definition::problem::unknown;
use lariat_core::params::{ParamSpec, ParamSpecs};
use mlua::Value;
use serde_json::Value as Json;

use super::{Declaration, LIMITS};
use crate::json::to_json;
use crate::names;

impl Declaration<'_> {
    pub(super) fn params(&mut self) -> ParamSpecs {
        let mut specs = ParamSpecs::default();
        let params = match self.get("params") {
            Value::Nil => return specs,
            Value::Table(table) => table,
            other => {
                let message = format!(
                    "params is a {}; it takes a table of declarations by name",
                    names::type_of(&other)
                );
                self.wrong("params", message, None);
                return specs;
            }
        };
        for (name, spec) in params.pairs::<Value, Value>().flatten() {
            let Some(name) = name.as_string().map(|name| name.to_string_lossy()) else {
                self.wrong(
                    "params",
                    "params has a key that isn't a text; declare each as name = { type = \"integer\" }",
                    None,
                );
                continue;
            };
            match spec_of(&spec) {
                Ok(spec) => {
                    specs.0.insert(name, spec);
                }
                Err(problem) => self.wrong(&name, format!("params.{name}: {problem}"), None),
            }
        }
        for problem in specs.problems("params") {
            let key = problem.path.split('.').nth(1).unwrap_or("params").to_owned();
            self.wrong(&key, problem.to_string(), None);
        }
        specs
    }
}

/// What a declaration may have.
const KEYS: [&str; 8] = ["type", "default", "required", "min", "max", "enum", "choices", "description"];
/// The types of parameters, and the other words for some.
const KINDS: [&str; 8] = ["string", "integer", "number", "boolean", "path", "duration", "list", "table"];
const ALSO: [&str; 3] = ["int", "float", "bool"];

fn spec_of(spec: &Value) -> Result<ParamSpec, String> {
    if !spec.is_table() {
        return Err(format!(
            "is a {}; it takes a table, as in {{ type = \"integer\", default = 1 }}",
            names::type_of(spec)
        ));
    }
    let mut json = to_json(spec, LIMITS).map_err(|problem| problem.to_string())?;
    // Lua writes an empty list as an empty table.
    let list = json.get("type").and_then(Json::as_str) == Some("list");
    if let Some(default) = json
        .get_mut("default")
        .filter(|default| list && default.as_object().is_some_and(|fields| fields.is_empty()))
    {
        *default = Json::Array(Vec::new());
    }
    if let Some(key) = json
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
        .find(|key| !KEYS.contains(&key.as_str()))
    {
        return Err(unknown("key", key, KEYS));
    }
    match json.get("type") {
        None => return Err("type is missing; as in { type = \"integer\", default = 1 }".into()),
        Some(Json::String(kind)) if !KINDS.contains(&kind.as_str()) && !ALSO.contains(&kind.as_str()) => {
            return Err(unknown("type", kind, KINDS));
        }
        Some(_) => {}
    }
    serde_json::from_value(json).map_err(|error| error.to_string())
}
