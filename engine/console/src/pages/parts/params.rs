//! The parameters of an extension as fields, and what was entered as values.
//!
//! A secret one (its name says so) is never shown once it is saved: its field is empty, and
//! stays as it is unless something is entered.

use lariat_core::params::{ParamKind, ParamSpec, ParamSpecs};
use lariat_core::secret::is_secret_name;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::{Fields, checkbox, field, select};

/// What begins the names of the fields.
const PREFIX: &str = "config.";

/// The fields of all parameters of `whose` ("routine", "pool type"). `saved`: the values
/// that are written already.
pub(in crate::pages) fn params(
    whose: &str,
    specs: &ParamSpecs,
    values: &Map<String, Value>,
    saved: &Map<String, Value>,
) -> Markup {
    html! {
        @for (name, spec) in &specs.0 { (one(name, spec, values.get(name), saved.get(name))) }
        // What isn't declared stays visible: it is what a check complains about.
        @for (name, value) in values.iter().filter(|(name, _)| !specs.0.contains_key(*name)) {
            @let hint = format!("This {whose} has no such parameter; empty it to remove it.");
            @if is_secret_name(name) { (secret(name, Some(value), saved.get(name), &hint, false)) }
            @else { (field(&format!("{PREFIX}{name}"), name, "text", &text(value), &hint)) }
        }
    }
}

fn one(name: &str, spec: &ParamSpec, value: Option<&Value>, saved: Option<&Value>) -> Markup {
    let (input, shown) = (format!("{PREFIX}{name}"), value.map(text).unwrap_or_default());
    let hint = hint(spec);
    if is_secret_name(name) {
        return secret(name, value, saved, &hint, spec.required);
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
    match spec.kind {
        ParamKind::List | ParamKind::Table => several_lines(&input, name, value, &hint),
        ParamKind::Integer | ParamKind::Number => field(&input, name, "number", &shown, &hint),
        _ => field(&input, name, "text", &shown, &hint),
    }
}

/// What is said under a field: what it is for, and the rules.
fn hint(spec: &ParamSpec) -> String {
    let mut rules = Vec::new();
    match spec.kind {
        ParamKind::Duration => rules.push("such as 30s".to_owned()),
        ParamKind::Path => rules.push("begins at the workspace".to_owned()),
        ParamKind::List => rules.push("a list as JSON: [1, 2]".to_owned()),
        ParamKind::Table => rules.push("a table as JSON: {\"key\": 1}".to_owned()),
        _ => {}
    }
    let unit = if spec.kind == ParamKind::String { " characters" } else { "" };
    rules.extend(spec.min.map(|min| format!("at least {min}{unit}")));
    rules.extend(spec.max.map(|max| format!("at most {max}{unit}")));
    match &spec.default {
        Some(default) => rules.push(format!("{} if empty", text(default))),
        None if spec.required => rules.push("required".to_owned()),
        None => {}
    }
    let about = spec.description.as_deref().unwrap_or_default();
    match (about, rules.join(", ")) {
        (about, rules) if rules.is_empty() => about.to_owned(),
        ("", rules) => rules,
        (about, rules) => format!("{about} ({rules})"),
    }
}

fn several_lines(input: &str, name: &str, value: Option<&Value>, hint: &str) -> Markup {
    let hint_id = format!("hint-{input}");
    html! {
        label.field {
            span.label { (name) }
            textarea name=(input) rows="3" spellcheck="false" aria-describedby=(hint_id) { @if let Some(value) = value { (text(value)) } }
            span.hint id=(hint_id) { (hint) }
        }
    }
}

/// Only what was just entered comes back, to whoever entered it.
fn secret(name: &str, value: Option<&Value>, saved: Option<&Value>, hint: &str, required: bool) -> Markup {
    let entered = value.filter(|value| Some(*value) != saved).map(text).unwrap_or_default();
    let kept = value.is_some() && entered.is_empty();
    let hint = if kept {
        format!("{hint} It is set and isn’t shown; empty keeps it.").trim().to_owned()
    } else {
        hint.to_owned()
    };
    html! {
        div.field {
            (field(&format!("{PREFIX}{name}"), name, "password", &entered, &hint))
            @if kept && !required { (checkbox(&format!("forget.{name}"), &format!("Remove {name}"), false)) }
        }
    }
}

/// What was entered. What isn't of its type stays text, so that the check says so. Secrets
/// that were left empty stay as they are `saved`.
pub(in crate::pages) fn read_params(
    specs: &ParamSpecs,
    fields: &Fields,
    saved: &Map<String, Value>,
) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, entered) in fields.beginning_with(PREFIX) {
        if entered.is_empty() {
            let kept = saved.get(name).filter(|_| is_secret_name(name));
            if let Some(kept) = kept.filter(|_| !fields.ticked(&format!("forget.{name}"))) {
                values.insert(name.to_owned(), kept.clone());
            }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn specs() -> ParamSpecs {
        serde_json::from_value(json!({
            "rows": {"type": "integer", "default": 5, "min": 1}, "api_token": {"type": "string"},
            "tags": {"type": "list"}, "name": {"type": "string"},
        }))
        .unwrap()
    }

    #[test]
    fn a_saved_secret_is_never_on_the_page_and_stays_unless_it_is_replaced_or_removed() {
        let saved = map(json!({"api_token": "hunter2hunter2", "rows": 3}));
        let page = params("pool type", &specs(), &saved, &saved).into_string();
        assert!(!page.contains("hunter2") && page.contains("empty keeps it"), "{page}");
        let read = |pairs: &[(&str, &str)]| read_params(&specs(), &Fields::of(pairs), &saved);
        assert_eq!(read(&[("config.api_token", ""), ("config.rows", "3")]), saved);
        assert_eq!(read(&[("config.api_token", "other")]), map(json!({"api_token": "other"})));
        assert_eq!(read(&[("config.api_token", ""), ("forget.api_token", "true")]), Map::new());
        // Entered and not saved yet: a form that comes back for a correction still has it.
        let entered = map(json!({"api_token": "other"}));
        assert!(params("pool type", &specs(), &entered, &saved).into_string().contains("value=\"other\""));
    }

    #[test]
    fn values_are_read_as_their_types() {
        let read = |pairs: &[(&str, &str)]| read_params(&specs(), &Fields::of(pairs), &Map::new());
        let values = read(&[("config.rows", "7"), ("config.tags", "[1, \"a\"]"), ("config.name", "12")]);
        assert_eq!(values, map(json!({"rows": 7, "tags": [1, "a"], "name": "12"})));
        // The check says what is wrong with it.
        assert_eq!(read(&[("config.rows", "many")]), map(json!({"rows": "many"})));
    }
}
