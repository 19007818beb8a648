//! The table of `lariat.routine`, read key by key.

use std::path::PathBuf;

use lariat_core::definition::problem::unknown;
use lariat_core::params::{ParamSpec, ParamSpecs};
use lariat_core::routine::RoutineInfo;
use mlua::{Table, Value};
use serde_json::Value as Json;

use super::Source;
use crate::check::Tokens;
use crate::finding::{Finding, Severity};
use crate::json::{Limits, to_json};
use crate::names;

const LIMITS: Limits = Limits { bytes: 256 << 10, depth: 32 };

/// A declaration while it is read.
pub(super) struct Declaration<'a> {
    source: &'a Source,
    tokens: Tokens<'a>,
    table: &'a Table,
    findings: Vec<Finding>,
}

impl<'a> Declaration<'a> {
    pub(super) fn of(source: &'a Source, table: &'a Table) -> Self {
        Self { source, tokens: Tokens::of(&source.text), table, findings: Vec::new() }
    }

    /// What it says, and what is wrong with it.
    pub(super) fn read(mut self) -> (Option<RoutineInfo>, Vec<Finding>) {
        let name = self.name();
        let info = RoutineInfo {
            name,
            description: self.text("description").unwrap_or_default(),
            params: self.params(),
            templates: self.texts("templates"),
            needs: self.texts("needs"),
            file: Some(self.source.path.clone()),
        };
        self.run();
        self.unknown_keys();
        let broken = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        ((!broken).then_some(info), self.findings)
    }

    fn wrong(&mut self, key: &str, message: impl Into<String>, hint: Option<&str>) {
        let line = self.tokens.line_of_key(key).or_else(|| self.tokens.line_of_call("routine")).unwrap_or(0);
        self.findings.push(Finding {
            file: PathBuf::from(&self.source.display),
            line,
            severity: Severity::Error,
            message: message.into(),
            hint: hint.map(str::to_owned),
        });
    }

    fn get(&self, key: &str) -> Value {
        self.table.raw_get(key).unwrap_or(Value::Nil)
    }

    fn name(&mut self) -> String {
        let name = self.text("name").unwrap_or_default();
        match lariat_core::ids::GroupName::new(&name) {
            Ok(_) => {}
            Err(_) if self.get("name").is_nil() => {
                self.wrong("name", "name is missing", Some("groups refer to a routine by its name"));
            }
            Err(_) if !self.get("name").is_string() => {}
            Err(error) => self.wrong("name", format!("name {error}"), None),
        }
        name
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key) {
            Value::Nil => None,
            Value::String(text) => Some(text.to_string_lossy()),
            other => {
                self.wrong(key, format!("{key} is a {}; it takes a text", names::type_of(&other)), None);
                None
            }
        }
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let value = self.get(key);
        let texts = match &value {
            Value::Nil => return Vec::new(),
            Value::Table(table) => to_json(&value, LIMITS).ok().and_then(|json| match json {
                Json::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
                _ if table.is_empty() => Some(Vec::new()),
                _ => None,
            }),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(key, format!("{key} takes a list of texts, as in {{ \"ClaimButton\" }}"), None);
            Vec::new()
        })
    }

    fn params(&mut self) -> ParamSpecs {
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

    fn run(&mut self) {
        match self.get("run") {
            Value::Function(_) => {}
            Value::Nil => {
                let near = self.functions().into_iter().find_map(|name| {
                    lariat_core::definition::problem::did_you_mean(&name, ["run"]).map(|_| name)
                });
                let hint = match near {
                    Some(near) => format!("did you mean \"run\" where it says \"{near}\"?"),
                    None => "write: function R.run(ctx) … end".to_owned(),
                };
                self.wrong("run", "run is missing", Some(&hint));
            }
            other => {
                let message = format!("run is a {}; it takes a function of ctx", names::type_of(&other));
                self.wrong("run", message, Some("write: function R.run(ctx) … end"));
            }
        }
    }

    fn functions(&self) -> Vec<String> {
        let pairs = self.table.pairs::<Value, Value>().flatten();
        pairs
            .filter(|(_, value)| value.is_function())
            .filter_map(|(key, _)| key.as_string().map(|key| key.to_string_lossy()))
            .collect()
    }

    /// Functions may be added as helpers; whatever else isn't known is a mistake.
    fn unknown_keys(&mut self) {
        let mut keys: Vec<String> = self
            .table
            .pairs::<Value, Value>()
            .flatten()
            .filter(|(_, value)| !value.is_function())
            .map(|(key, _)| key.to_string().unwrap_or_default())
            .filter(|key| !names::ROUTINE.contains(&key.as_str()))
            .collect();
        keys.sort();
        for key in keys {
            self.wrong(&key, unknown("key", &key, names::ROUTINE.iter().copied()), None);
        }
    }
}

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
    serde_json::from_value(json).map_err(|error| error.to_string())
}
