//! The table that a script returns, read key by key.
//!
//! | file | reads |
//! |---|---|
//! | [`declared`] | the result |
//! | [`hook`], [`pool`], [`provider`], [`routine`] | what each kind has of its own |
//! | [`params`] | the declarations of parameters |

mod declared;
mod hook;
mod params;
mod pool;
mod provider;
mod routine;

use std::path::PathBuf;

use lariat_core::definition::problem::{did_you_mean, unknown};
use mlua::{Table, Value};
use serde_json::Value as Json;

pub(crate) use declared::Declared;

use super::Source;
use crate::check::Tokens;
use crate::finding::{Finding, Severity};
use crate::json::{Limits, to_json};
use crate::kind::ScriptKind;
use crate::names;

const LIMITS: Limits = Limits { bytes: 256 << 10, depth: 32 };

/// A declaration while it is read.
pub(super) struct Declaration<'a> {
    kind: ScriptKind,
    source: &'a Source,
    tokens: Tokens<'a>,
    table: &'a Table,
    findings: Vec<Finding>,
}

impl<'a> Declaration<'a> {
    pub(super) fn of(kind: ScriptKind, source: &'a Source, table: &'a Table) -> Self {
        Self { kind, source, tokens: Tokens::of(&source.text), table, findings: Vec::new() }
    }

    /// What it says, and what is wrong with it.
    pub(super) fn read(mut self) -> (Option<Declared>, Vec<Finding>) {
        let declared = match self.kind {
            ScriptKind::Routine => Declared::Routine(self.routine()),
            ScriptKind::Pool => Declared::Pool(self.pool()),
            ScriptKind::Hook => Declared::Hook(self.hook()),
            ScriptKind::Provider => Declared::Provider(self.provider()),
        };
        self.unknown_keys();
        self.misspelled_functions();
        let broken = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        ((!broken).then_some(declared), self.findings)
    }

    fn wrong(&mut self, key: &str, message: impl Into<String>, hint: Option<&str>) {
        let line =
            self.tokens.line_of_key(key).or_else(|| self.tokens.line_of_call(self.kind.word())).unwrap_or(0);
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
                let hint = match self.kind {
                    ScriptKind::Routine => "groups refer to a routine by its name",
                    ScriptKind::Pool => "pools refer to it in their type",
                    ScriptKind::Hook => "lariat.yaml refers to a hook by its name",
                    ScriptKind::Provider => "lariat.yaml refers to a provider by its name",
                };
                self.wrong("name", "name is missing", Some(hint));
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
            let example = match key {
                "on" => "before:validate",
                "before" | "after" => "other_hook",
                _ => "ClaimButton",
            };
            self.wrong(key, format!("{key} takes a list of texts, as in {{ \"{example}\" }}"), None);
            Vec::new()
        })
    }

    /// One of these words.
    fn word<T: serde::de::DeserializeOwned>(&mut self, key: &str, words: &[&str]) -> Option<T> {
        let text = self.text(key)?;
        let read = serde_json::from_value(Json::String(text.clone())).ok();
        if read.is_none() {
            self.wrong(key, unknown(key, &text, words.iter().copied()), None);
        }
        read
    }

    /// Whether there is a function of this name; a wrong one is told.
    fn function(&mut self, name: &str) -> bool {
        match self.get(name) {
            Value::Nil => false,
            Value::Function(_) => true,
            other => {
                let message = format!("{name} is a {}; it takes a function of ctx", names::type_of(&other));
                let hint = format!("write: {}", self.kind.example());
                self.wrong(name, message, Some(&hint));
                true
            }
        }
    }

    /// A function that a script of this kind can't do without.
    fn main_function(&mut self, name: &str) {
        if self.function(name) {
            return;
        }
        let near = self.functions().into_iter().find(|function| did_you_mean(function, [name]).is_some());
        let hint = match near {
            Some(near) => format!("did you mean \"{name}\" where it says \"{near}\"?"),
            None => format!("write: {}", self.kind.example()),
        };
        self.wrong(name, format!("{name} is missing"), Some(&hint));
    }

    fn functions(&self) -> Vec<String> {
        let pairs = self.table.pairs::<Value, Value>().flatten();
        pairs
            .filter(|(_, value)| value.is_function())
            .filter_map(|(key, _)| key.as_string().map(|key| key.to_string_lossy()))
            .collect()
    }

    /// Functions may be added as helpers. One that is nearly called like a function that
    /// the engine would call, and isn't there, is that one misspelled.
    fn misspelled_functions(&mut self) {
        let (kind, there) = (self.kind, self.functions());
        let missing: Vec<&str> =
            kind.functions().iter().copied().filter(|known| self.get(known).is_nil()).collect();
        // The first has been told as missing.
        let optional: Vec<&str> =
            missing.into_iter().filter(|known| kind.functions().first() != Some(known)).collect();
        for name in there.iter().filter(|name| !kind.functions().contains(&name.as_str())) {
            if let Some(meant) = did_you_mean(name, optional.iter().copied()) {
                let message = format!("unknown function \"{name}\"; did you mean \"{meant}\"?");
                self.wrong(name, message, Some("a helper of nearly that name is better a local function"));
            }
        }
    }

    /// Functions may be added as helpers; whatever else isn't known is a mistake.
    fn unknown_keys(&mut self) {
        let mut keys: Vec<String> = self
            .table
            .pairs::<Value, Value>()
            .flatten()
            .filter(|(_, value)| !value.is_function())
            .map(|(key, _)| key.to_string().unwrap_or_default())
            .filter(|key| !self.kind.keys().contains(&key.as_str()))
            .collect();
        keys.sort();
        for key in keys {
            self.wrong(&key, unknown("key", &key, self.kind.keys().iter().copied()), None);
        }
    }
}
