//! A routine's parameters as fields, and what was entered as values.

use lariat_core::params::{ParamKind, ParamSpec, ParamSpecs};
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::pages::parts::{Fields, field, select};

/// The fields of all parameters; their names begin with `config.`.
pub(super) fn fields(specs: &ParamSpecs, values: &Map<String, Value>) -> Markup {
    html! {
        @for (name, spec) in &specs.0 { (one(name, spec, values.get(name))) }
        // What the routine doesn't know stays visible: it is what `validate` complains about.
        @for (name, value) in values.iter().filter(|(name, _)| !specs.0.contains_key(*name)) {
            (field(&format!("config.{name}"), name, "text", &text(value), "This routine has no such parameter; empty it to remove it."))
        }
    }
}

fn one(name: &str, spec: &ParamSpec, value: Option<&Value>) -> Markup {
    let (input, shown) = (format!("config.{name}"), value.map(text).unwrap_or_default());
    let mut hint = spec.description.clone().unwrap_or_default();
    let mut rules = Vec::new();
    if let Some(min) = spec.min {
        rules.push(format!("at least {min}"));
    }
    if let Some(max) = spec.max {
        rules.push(format!("at most {max}"));
    }
    match &spec.default {
        Some(default) => rules.push(format!("{} if empty", text(default))),
        None if spec.required => rules.push("required".to_owned()),
        None => {}
    }
    if !rules.is_empty() {
        hint = format!("{hint} ({})", rules.join(", ")).trim().to_owned();
    }
    let default =
        spec.default.as_ref().map_or("not set".to_owned(), |value| format!("default: {}", text(value)));
    let choices: Vec<Value> = match spec.kind {
        ParamKind::Boolean => vec![Value::Bool(true), Value::Bool(false)],
        _ => spec.choices.clone(),
    };
    if !choices.is_empty() {
        let words = choices.iter().map(|choice| (text(choice), text(choice)));
        let all: Vec<(String, String)> = std::iter::once((String::new(), default)).chain(words).collect();
        return select(&input, name, &shown, &all, &hint);
    }
    let kind = if matches!(spec.kind, ParamKind::Integer | ParamKind::Number) { "number" } else { "text" };
    field(&input, name, kind, &shown, &hint)
}

/// What was entered. What isn't of its type stays text, so that the check says so.
pub(super) fn read(specs: &ParamSpecs, fields: &Fields) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, entered) in fields.beginning_with("config.") {
        if entered.is_empty() {
            continue;
        }
        let is_text = specs.0.get(name).is_some_and(|spec| {
            matches!(spec.kind, ParamKind::String | ParamKind::Path | ParamKind::Duration)
        });
        let value = if is_text { None } else { serde_json::from_str(entered).ok() };
        values.insert(name.to_owned(), value.unwrap_or_else(|| Value::from(entered)));
    }
    values
}

/// A value as it is entered.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
