//! A running engine, seen from another process: through its API.

use std::net::SocketAddr;
use std::path::Path;

use lariat_console::{EngineFile, NO_ENGINE};
use lariat_workspace::workspace::STATE_DIR;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::{CliError, Exit};

/// A running engine.
pub struct Remote {
    client: reqwest::Client,
    address: SocketAddr,
    token: String,
    pub pid: u32,
}

impl Remote {
    /// The engine that runs in this workspace; `None` when there is none. One that died
    /// may have left its file: nobody listens there any more.
    pub async fn find(root: &Path) -> Result<Option<Self>, CliError> {
        let state_dir = root.join(STATE_DIR);
        let read = EngineFile::read(&state_dir);
        let file = read.map_err(|error| {
            let path = EngineFile::path(&state_dir);
            CliError::new(Exit::Busy, format!("{}: {error}", path.display()))
        })?;
        let Some(file) = file else { return Ok(None) };
        if tokio::net::TcpStream::connect(file.address).await.is_err() {
            return Ok(None);
        }
        // The client wants one though nothing here is encrypted; an error means that there is
        // one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // It is on this machine, whatever proxy the environment names.
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        let engine = Self { client, address: file.address, token: file.token, pid: file.pid };
        // Somebody else may listen there by now.
        let is_it = engine.get("engine").await.is_ok_and(|told| told.get("pid") == Some(&file.pid.into()));
        Ok(is_it.then_some(engine))
    }

    /// The engine that must run.
    pub async fn must(root: &Path) -> Result<Self, CliError> {
        let found = Self::find(root).await?;
        found.ok_or_else(|| CliError::new(Exit::Busy, NO_ENGINE))
    }

    /// How the engine of this workspace stands; `None` when none runs, or it doesn't answer.
    pub async fn status(root: &Path) -> Option<Value> {
        Self::find(root).await.ok().flatten()?.get("status").await.ok()
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Result<Value, CliError> {
        self.answer(self.client.get(self.url(path))).await
    }

    /// Has something done.
    pub async fn post(&self, path: &str, order: &impl Serialize) -> Result<Value, CliError> {
        let body = serde_json::to_vec(order);
        let body = body.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        self.answer(self.client.post(self.url(path)).body(body)).await
    }

    /// Has something put in another's place.
    pub async fn put(&self, path: &str, order: &impl Serialize) -> Result<Value, CliError> {
        let body = serde_json::to_vec(order);
        let body = body.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        self.answer(self.client.put(self.url(path)).body(body)).await
    }

    /// Has something deleted.
    pub async fn delete(&self, path: &str) -> Result<Value, CliError> {
        self.answer(self.client.delete(self.url(path))).await
    }

    /// What happens from now on: server-sent events, in pieces.
    pub async fn events(&self) -> Result<reqwest::Response, CliError> {
        let request = self.client.get(self.url("events")).bearer_auth(&self.token);
        request.send().await.map_err(unreachable)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.address)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Value, CliError> {
        let answer = request.bearer_auth(&self.token).send().await.map_err(unreachable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unreachable)?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(value);
        }
        let message = value.get("error").and_then(Value::as_str);
        let message = message.map_or_else(|| format!("the engine answered {status}"), str::to_owned);
        let exit = value.get("exit").and_then(Value::as_i64).unwrap_or_default();
        Err(CliError::new(Exit::of_code(exit), message))
    }
}

/// What an engine answered, as its type.
pub fn read<T: DeserializeOwned>(answer: Value) -> Result<T, CliError> {
    serde_json::from_value(answer)
        .map_err(|error| CliError::new(Exit::Failed, format!("the engine's answer: {error}")))
}

/// A group in the path of a URL.
pub fn group_path(group: &str, verb: &str) -> String {
    path("groups", group, Some(verb))
}

/// Something by its name in the path of a URL.
pub fn path(kind: &str, name: &str, verb: Option<&str>) -> String {
    let name = encoded(name);
    match verb {
        Some(verb) => format!("{kind}/{name}/{verb}"),
        None => format!("{kind}/{name}"),
    }
}

/// A text as a part of a URL.
pub fn encoded(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let told = |byte| if safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(told).collect()
}

fn unreachable(error: reqwest::Error) -> CliError {
    CliError::new(Exit::Busy, format!("the engine doesn't answer: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_fits_a_path() {
        assert_eq!(group_path("Fresh Starters/ü", "stop"), "groups/Fresh%20Starters%2F%C3%BC/stop");
    }
}
