//! `ctx.http`.

use std::time::Duration;

use mlua::{Lua, Result, Table, Value};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::flow::span;
use super::{Answer, caller, failure, misuse, show, value};
use crate::http::{Request, Response};
use crate::json::{Limits, to_json};
use crate::names;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
const MAX_JSON: Limits = Limits { bytes: 4 << 20, depth: 100 };
const GET: &[&str] = &["headers", "timeout"];
const POST: &[&str] = &["headers", "timeout", "body", "json"];

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set(
        "http_get",
        lua.create_async_function(|lua, (url, options)| fetch(lua, Method::GET, url, options))?,
    )?;
    host.raw_set(
        "http_post",
        lua.create_async_function(|lua, (url, options)| fetch(lua, Method::POST, url, options))?,
    )?;
    Ok(())
}

async fn fetch(lua: Lua, method: Method, url: Value, options: Value) -> Result<Answer> {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return Ok(misuse(problem)),
    };
    let request = match request(method, &url, &options) {
        Ok(request) => request,
        Err(problem) => return Ok(misuse(problem)),
    };
    let Some(service) = caller.service() else { return Ok(failure("the engine is shutting down")) };
    let http = service.http.clone();
    let answer = service.on_engine(async move { http.fetch(request).await }).await;
    caller.0.waited();
    match answer {
        None => Ok(failure("the engine is shutting down")),
        Some(Err(why)) => Ok(failure(why)),
        Some(Ok(response)) => Ok(value(Value::Table(show_response(&lua, response)?))),
    }
}

/// A request as a script asks for it, or what is wrong with it.
pub(crate) fn request(method: Method, url: &Value, options: &Value) -> std::result::Result<Request, String> {
    let (what, known) = if method == Method::GET { ("ctx.http:get", GET) } else { ("ctx.http:post", POST) };
    read(method, url, options, what, known).map_err(|problem| format!("{what}(url, options): {problem}"))
}

fn read(
    method: Method,
    url: &Value,
    options: &Value,
    what: &str,
    known: &[&str],
) -> std::result::Result<Request, String> {
    let Value::String(text) = url else {
        return Err(format!("takes a URL as text; got {}", show(url)));
    };
    let url = Url::parse(&text.to_string_lossy())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| format!("{} is not a URL that begins with http:// or https://", show(url)))?;
    let mut request =
        Request { method, url, headers: HeaderMap::new(), body: None, timeout: DEFAULT_TIMEOUT };
    let options = match options {
        Value::Nil => return Ok(request),
        Value::Table(options) => options,
        other => return Err(format!("takes a table of options; got {}", show(other))),
    };
    for (name, option) in options.pairs::<Value, Value>().flatten() {
        let name = name.as_string().map(|name| name.to_string_lossy()).unwrap_or_default();
        match name.as_str() {
            "timeout" => {
                request.timeout = span(&option)
                    .filter(|timeout| !timeout.is_zero())
                    .map(|timeout| timeout.min(MAX_TIMEOUT))
                    .ok_or_else(|| {
                        format!("timeout takes a duration such as \"10s\"; got {}", show(&option))
                    })?;
            }
            "headers" => headers(&option, &mut request.headers)?,
            "body" if known.contains(&"body") => {
                let body =
                    option.as_string().ok_or_else(|| format!("body takes a text; got {}", show(&option)))?;
                request.body = Some(body.as_bytes().to_vec());
            }
            "json" if known.contains(&"json") => {
                let json =
                    to_json(&option, MAX_JSON).map_err(|problem| format!("json can't be sent: {problem}"))?;
                request.body = Some(json.to_string().into_bytes());
                request.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            }
            other => {
                return Err(
                    names::problem(&format!("the options of {what}"), known, other).unwrap_or_default()
                );
            }
        }
    }
    Ok(request)
}

fn headers(given: &Value, headers: &mut HeaderMap) -> std::result::Result<(), String> {
    let Value::Table(given) = given else {
        return Err(format!("headers takes a table of texts; got {}", show(given)));
    };
    for (name, value) in given.pairs::<Value, Value>().flatten() {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.to_string_lossy()),
            Value::Integer(_) | Value::Number(_) => value.to_string().ok(),
            _ => None,
        };
        let header = text(&name)
            .and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok())
            .ok_or_else(|| format!("{} is not the name of a header", show(&name)))?;
        let value = text(&value)
            .and_then(|value| HeaderValue::from_str(&value).ok())
            .ok_or_else(|| format!("the value of the header {header} is not a text on one line"))?;
        headers.insert(header, value);
    }
    Ok(())
}

/// `{ status, headers, body }`; the names of headers are in lower case, and several
/// of one name are joined with commas.
fn show_response(lua: &Lua, response: Response) -> Result<Table> {
    let headers = lua.create_table()?;
    for name in response.headers.keys() {
        let values: Vec<_> = response
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.raw_set(name.as_str(), values.join(", "))?;
    }
    let table = lua.create_table()?;
    table.raw_set("status", response.status)?;
    table.raw_set("headers", headers)?;
    table.raw_set("body", lua.create_string(&response.body)?)?;
    Ok(table)
}
