//! Budgets, limits and addresses.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::Size;

/// The account table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountsConfig {
    /// Files and folders (XML, CSV, JSON) that are taken into the table at start,
    /// relative to the workspace.
    pub import: Vec<PathBuf>,
}

/// The web console and HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// The address it listens on (default 127.0.0.1:7420).
    pub listen: ListenAddress,
    /// Encryption, which it needs beyond this machine.
    pub tls: Option<TlsConfig>,
    /// Whether it may listen beyond this machine without encryption, as behind a proxy
    /// that encrypts (default false).
    pub insecure: bool,
    /// Names that it is reached by, besides `localhost` and addresses in numbers.
    pub hosts: Vec<String>,
    /// A token for programs that only look, such as a collector of metrics; write it as
    /// `${LARIAT_READ_TOKEN}`. Without one, each start makes another, in
    /// `.lariat/engine.json`.
    #[schemars(length(min = 16))]
    pub read_token: Option<String>,
    /// Folders, besides the workspace's own, among whose folders one may be chosen for a
    /// pool; relative to the workspace.
    pub folders: Vec<PathBuf>,
}

/// A certificate with its key; paths are relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The chain of certificates, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

impl ConsoleConfig {
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.read_token.as_ref().is_some_and(|token| token.len() < 16) {
            found.push(Problem::at("console.read_token", "must have at least 16 characters"));
        }
        for (at, host) in self.hosts.iter().enumerate() {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if host.is_empty() || !host.chars().all(fits) {
                let told =
                    format!("{host:?} is not a name of a host; write it like farm.example, without a port");
                found.push(Problem::at(format!("console.hosts[{at}]"), told));
            }
        }
        found
    }
}

/// Budgets of each Lua script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LuaConfig {
    /// Time that one run may compute, without its waiting (default 30s).
    pub cpu: Span,
    /// How long a pool's `fetch` may take, its waiting included (default 2m).
    pub fetch: Span,
    /// Memory of one run (default 64MiB).
    pub memory: Size,
    /// Threads that run scripts; 0: one for each core.
    pub threads: u32,
}

impl Default for LuaConfig {
    fn default() -> Self {
        Self { cpu: Span::from_secs(30), fetch: Span::from_secs(120), memory: Size::from_mib(64), threads: 0 }
    }
}

impl LuaConfig {
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.fetch.is_zero() {
            found.push(Problem::at("lua.fetch", "must be more than 0s; no pool could give its accounts"));
        }
        if self.cpu.is_zero() {
            found.push(Problem::at(
                "lua.cpu",
                "must be more than 0s; a script without a budget can't be stopped",
            ));
        }
        if self.memory < Size::from_mib(1) {
            found.push(Problem::at("lua.memory", "must be at least 1MiB"));
        }
        if self.threads > 1024 {
            found.push(Problem::at("lua.threads", "must be at most 1024; 0 means one for each core"));
        }
        found
    }
}

/// What scripts may reach over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Hosts that scripts may reach, also those on the local network.
    pub allow: Vec<String>,
    /// Whether scripts may reach no other host (default false).
    pub only_listed: bool,
}

/// Limits of an sql pool's query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueryConfig {
    /// How long a query may run (default 30s).
    pub deadline: Span,
    /// How many rows it may return (default 5000000).
    pub max_rows: u64,
}

impl Default for QueryConfig {
    fn default() -> Self {
        Self { deadline: Span::from_secs(30), max_rows: 5_000_000 }
    }
}

impl QueryConfig {
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.deadline.is_zero() {
            found.push(Problem::at("query.deadline", "must be more than 0s"));
        }
        if self.max_rows == 0 {
            found.push(Problem::at("query.max_rows", "must be at least 1"));
        }
        found
    }
}

/// An address to listen on: `127.0.0.1:7420`, `[::1]:7420`, `localhost:7420`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAddress(pub SocketAddr);

impl Default for ListenAddress {
    fn default() -> Self {
        Self(SocketAddr::from((Ipv4Addr::LOCALHOST, 7420)))
    }
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        numeric
            .as_deref()
            .unwrap_or(text)
            .parse()
            .map(Self)
            .map_err(|_| format!("{text:?} is not an address with a port; write it like 127.0.0.1:7420"))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ListenAddress {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ListenAddress {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ListenAddress {
    fn schema_name() -> Cow<'static, str> {
        "ListenAddress".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^.+:[0-9]+$|\$\{", "examples": ["127.0.0.1:7420"]})
    }
}
