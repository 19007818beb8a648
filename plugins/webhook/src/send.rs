//! One attempt to deliver a report.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lariat_sdk::{Error, Result};
use ureq::http::{Response, Uri};
use ureq::{Agent, Body, Proxy};

use crate::hook::Config;
use crate::sign::signature;

/// What came of an attempt.
pub(crate) enum Attempt {
    /// It was taken.
    Delivered,
    /// It would be refused again.
    Refused(String),
    /// Another attempt may help, after the pause that was asked for.
    Failed(String, Option<Duration>),
}

/// Where reports go.
pub(crate) struct Sender<'a> {
    agent: Agent,
    url: &'a str,
    host: String,
    secret: Option<Vec<u8>>,
}

impl<'a> Sender<'a> {
    pub(crate) fn new(config: &'a Config) -> Result<Self> {
        // The address may hold a secret itself, as those of chat programs do: it isn't told.
        let uri: Uri = config.url.parse().map_err(|error| Error::invalid(format!("url: {error}")))?;
        let host = uri.host().map(str::to_owned);
        let host = host.filter(|_| matches!(uri.scheme_str(), Some("http" | "https")));
        let host = host.ok_or_else(|| Error::invalid("url: begins with http:// or https:// and a host"))?;
        let secret = config.secret_env.as_deref().map(secret).transpose()?;
        let proxy = config.proxy.as_deref().map(Proxy::new).transpose();
        let proxy = proxy.map_err(|error| Error::invalid(format!("proxy: {error}")))?;
        let timeout = config.attempt_timeout.map_or(Duration::from_secs(5), |given| given.0);
        let agent = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            // A report goes where it was meant to go, or nowhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(concat!("lariat-webhook/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: agent.into(), url: &config.url, host, secret })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn send(&self, delivery: &str, event: &str, body: &str) -> Attempt {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut request = self
            .agent
            .post(self.url)
            .header("Content-Type", "application/json")
            .header("X-Lariat-Event", event)
            .header("X-Lariat-Delivery", delivery)
            .header("X-Lariat-Timestamp", now.to_string());
        if let Some(secret) = &self.secret {
            match signature(secret, now, body) {
                Ok(signature) => request = request.header("X-Lariat-Signature", signature),
                Err(error) => return Attempt::Refused(error.to_string()),
            }
        }
        match request.send(body) {
            Ok(response) => self.judge(&response),
            Err(error) => Attempt::Failed(format!("{}: {error}", self.host), None),
        }
    }

    fn judge(&self, response: &Response<Body>) -> Attempt {
        let status = response.status();
        let told = format!("{} answered {status}", self.host);
        match status.as_u16() {
            200..=299 => Attempt::Delivered,
            408 | 425 | 429 | 500..=599 => {
                let wanted = response.headers().get("Retry-After").and_then(|value| value.to_str().ok());
                let wanted = wanted.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
                Attempt::Failed(told, wanted)
            }
            _ => Attempt::Refused(told),
        }
    }
}

/// An empty secret signs nothing.
fn secret(name: &str) -> Result<Vec<u8>> {
    let value =
        std::env::var(name).map_err(|error| Error::invalid(format!("secret_env: {name}: {error}")))?;
    if value.is_empty() {
        return Err(Error::invalid(format!("secret_env: {name} is empty")));
    }
    Ok(value.into_bytes())
}
