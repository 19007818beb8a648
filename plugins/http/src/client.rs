//! A request, and what an answer's status means.

use std::time::Duration;

use lariat_sdk::{Error, Result, Value, serde_json};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response};
use ureq::{Agent, Body, Proxy};

use crate::address;
use crate::config::Config;

/// A larger answer is refused; the engine takes no larger one from a plugin either.
const MOST_BYTES: u64 = 256 << 20;

/// The way to a service.
pub(crate) struct Client {
    agent: Agent,
    headers: HeaderMap,
}

/// What came back.
pub(crate) struct Answer {
    /// Scheme, host and path: queries may hold secrets.
    pub(crate) place: String,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let proxy = config.proxy.as_deref().map(Proxy::new).transpose();
        let proxy = proxy.map_err(|error| Error::invalid(format!("proxy: {error}")))?;
        let agent = Agent::config_builder()
            .timeout_global(Some(config.timeout.map_or(Duration::from_secs(10), |given| given.0)))
            .http_status_as_error(false)
            // The token and the headers are for this server only.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(concat!("lariat-http/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: agent.into(), headers: headers(config)? })
    }

    pub(crate) fn get(&self, url: &str) -> Result<Answer> {
        let mut request = self.agent.get(url);
        if let Some(all) = request.headers_mut() {
            all.extend(self.headers.clone());
        }
        read(url, request.call())
    }

    pub(crate) fn post(&self, url: &str, body: &Value) -> Result<Answer> {
        let mut request = self.agent.post(url).header("Content-Type", "application/json");
        if let Some(all) = request.headers_mut() {
            all.extend(self.headers.clone());
        }
        read(url, request.send(body.to_string()))
    }
}

fn headers(config: &Config) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    for (name, value) in &config.headers {
        let wrong = |error: &dyn std::fmt::Display| Error::invalid(format!("headers.{name}: {error}"));
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(&error))?;
        headers.insert(key, HeaderValue::from_str(&text).map_err(|error| wrong(&error))?);
    }
    if let Some(name) = &config.token_env {
        let wrong = |error: &dyn std::fmt::Display| Error::invalid(format!("token_env: {name}: {error}"));
        let token = std::env::var(name).map_err(|error| wrong(&error))?;
        let value =
            HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(|error| wrong(&error))?;
        headers.insert("authorization", value);
    }
    Ok(headers)
}

fn read(url: &str, answered: Result<Response<Body>, ureq::Error>) -> Result<Answer> {
    let place = address::without_query(url).to_owned();
    let broken = |error: ureq::Error| match error {
        ureq::Error::BodyExceedsLimit(_) => {
            Error::failed(format!("{place}: the answer is larger than {} MiB", MOST_BYTES >> 20))
        }
        error => Error::unavailable(format!("{place}: {error}")),
    };
    let mut response = answered.map_err(broken)?;
    let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(broken)?;
    Ok(Answer { status: response.status().as_u16(), body, place })
}

impl Answer {
    /// Itself, if the service did what it was asked.
    pub(crate) fn taken(self) -> Result<Self> {
        match self.status {
            200..=299 => Ok(self),
            408 | 425 | 429 | 500..=599 => Err(Error::unavailable(self.told())),
            300..=399 => Err(Error::failed(format!("{}; redirects aren't followed", self.told()))),
            _ => Err(Error::failed(self.told())),
        }
    }

    fn told(&self) -> String {
        format!("{}: {}", self.place, self.reason())
    }

    /// The service's own words, or its status.
    pub(crate) fn reason(&self) -> String {
        let said: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let words = ["reason", "message", "error", "detail"].iter().find_map(|name| said.get(name)?.as_str());
        match words {
            Some(words) => words.chars().take(500).collect(),
            None => format!("it answered {}", self.status),
        }
    }
}
