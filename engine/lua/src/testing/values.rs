//! Values on their way to and from scripts, checked as the engine checks them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lariat_core::kv::{MAX_VALUE_BYTES, check_limits};
use lariat_core::params::{ParamKind, ParamSpecs};
use mlua::{Lua, Result, Value};
use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use crate::api;
use crate::json::{Limits, from_json, frozen, to_json};

const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 64 };

/// A value that went through JSON, as everything does on its way to a script.
pub(super) fn copy(
    lua: &Lua,
    given: &Value,
    back: impl Fn(&Lua, &Json) -> Result<Value>,
) -> Result<(Value, Option<String>)> {
    if given.is_nil() {
        return Ok((Value::Nil, None));
    }
    match to_json(given, LIMITS) {
        Ok(json) => Ok((back(lua, &json)?, None)),
        Err(problem) => Ok((Value::Nil, Some(problem.to_string()))),
    }
}

/// A value as `ctx.store` keeps it under a key, or the limit that it exceeds.
pub(super) fn keep(lua: &Lua, key: &str, given: &Value) -> Result<(Value, Option<String>)> {
    let json = match to_json(given, Limits { bytes: MAX_VALUE_BYTES * 2, depth: 64 }) {
        Ok(json) => json,
        Err(problem) => return Ok((Value::Nil, Some(format!("the value can't be kept: {problem}")))),
    };
    match check_limits(key, &json) {
        Err(limit) => Ok((Value::Nil, Some(limit.to_string()))),
        Ok(()) if json.is_null() => Ok((Value::Nil, None)),
        Ok(()) => Ok((from_json(lua, &json)?, None)),
    }
}

/// The parameters as a script gets them, with their defaults, or what is wrong.
pub(super) fn params(lua: &Lua, declared: &Value, given: &Value) -> Result<(Value, Option<String>)> {
    let object = |value: &Value| match to_json(value, LIMITS) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(Json::Array(items)) if items.is_empty() => Ok(Map::new()),
        Ok(Json::Null) => Ok(Map::new()),
        Ok(_) => Err("params takes a table with names".to_owned()),
        Err(problem) => Err(format!("params: {problem}")),
    };
    let checked = object(declared).and_then(|mut specs| {
        for spec in specs.values_mut() {
            empty_lists(spec);
        }
        let specs: ParamSpecs =
            serde_json::from_value(Json::Object(specs)).map_err(|error| error.to_string())?;
        let mut given = object(given)?;
        for (name, value) in &mut given {
            let list = specs.0.get(name).is_some_and(|spec| spec.kind == ParamKind::List);
            if list && value.as_object().is_some_and(Map::is_empty) {
                *value = Json::Array(Vec::new());
            }
        }
        specs
            .check("params", &given)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    });
    match checked {
        Ok(values) => Ok((frozen(lua, &Json::Object(values))?, None)),
        Err(problem) => Ok((Value::Nil, Some(problem))),
    }
}

/// Lua writes an empty list as an empty table.
fn empty_lists(spec: &mut Json) {
    let list = spec.get("type").and_then(Json::as_str) == Some("list");
    if let Some(default) = spec.get_mut("default").filter(|default| list && **default == json!({})) {
        *default = Json::Array(Vec::new());
    }
}

/// `{ method, url, headers, body, json, timeout }`, or what is wrong with the call.
pub(super) fn request(
    lua: &Lua,
    method: &str,
    url: &Value,
    options: &Value,
) -> Result<(Value, Option<String>)> {
    let method = if method == "POST" { Method::POST } else { Method::GET };
    let request = match api::request(method, url, options) {
        Ok(request) => request,
        Err(problem) => return Ok((Value::Nil, Some(problem))),
    };
    let headers: Map<String, Json> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let mut told = json!({
        "method": request.method.as_str(),
        "url": url.as_string().map(|url| url.to_string_lossy()),
        "headers": headers,
        "timeout": request.timeout.as_secs_f64(),
    });
    if let (Some(body), Some(fields)) = (&request.body, told.as_object_mut()) {
        fields.insert("body".into(), json!(String::from_utf8_lossy(body)));
        let is_json = headers.get("content-type").is_some_and(|kind| kind == "application/json");
        if let Some(json) = serde_json::from_slice(body).ok().filter(|_| is_json) {
            fields.insert("json".into(), json);
        }
    }
    Ok((from_json(lua, &told)?, None))
}

/// Seconds since 1970 of a time in a zone or of a local one; nothing when it is none.
pub(super) fn instant(text: &Value) -> Option<f64> {
    let text = text.as_string()?.to_string_lossy();
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        TimeZone::system().to_timestamp(local).ok()
    })?;
    Some(at.as_duration().as_secs_f64())
}
