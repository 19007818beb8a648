//! Accounts as account XML: `<account>` and `<password>`, the other fields as Android
//! writes them, since those elements keep a value's type and take any name.

use std::io::Write;

use lariat_core::ids::AccountId;
use quick_xml::escape::partial_escape;
use quick_xml::events::BytesStart;
use serde_json::{Map, Value};

use super::unwritable;
use crate::error::AccountError;
use crate::record::check_field_name;

pub(super) fn write<'a>(
    mut out: impl Write,
    accounts: impl Iterator<Item = (&'a AccountId, Map<String, Value>)>,
) -> Result<(), AccountError> {
    for (id, fields) in accounts {
        let mut text = format!("<account>{}</account>", partial_escape(id.as_str()));
        let plain = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| is_plain(text));
        let password = plain("password");
        if let Some(password) = password {
            text.push_str(&format!("<password>{}</password>", partial_escape(password)));
        }
        text.push('\n');
        for (name, value) in &fields {
            if name == "id" || name == "password" && password.is_some() {
                continue;
            }
            check_field_name(name).map_err(|_| AccountError::NotForXml { id: id.clone() })?;
            text.push_str(&element(name, value));
        }
        out.write_all(text.as_bytes()).map_err(unwritable)?;
    }
    Ok(())
}

/// Whether an element of its own gives the text back as it was.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim().len() == text.len() && fits_xml(text)
}

fn fits_xml(text: &str) -> bool {
    !text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
}

fn element(name: &str, value: &Value) -> String {
    let start = |tag: &'static str| {
        let mut start = BytesStart::new(tag);
        start.push_attribute(("name", name));
        start
    };
    let holding = |tag: &'static str, text: &str| {
        let start = start(tag);
        format!("  <{}>{}</{tag}>\n", &*start, partial_escape(text))
    };
    let stating = |tag: &'static str, value: String| {
        let mut start = start(tag);
        start.push_attribute(("value", value.as_str()));
        format!("  <{} />\n", &*start)
    };
    match value {
        Value::Null => format!("  <{} />\n", &*start("null")),
        Value::Bool(truth) => stating("boolean", truth.to_string()),
        Value::Number(number) if number.is_f64() => stating("float", number.to_string()),
        Value::Number(number) => stating("long", number.to_string()),
        Value::String(text) if fits_xml(text) => holding("string", text),
        other => holding("json", &other.to_string()),
    }
}
