//! What a pool's `config:` holds.

use lariat_sdk::{Map, Seconds, Value};

/// The parameters of a pool of type `http`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// Where the accounts are listed, by GET: http:// or https://.
    pub(crate) url: String,
    /// Where in the answer the list is, such as `data.items`; absent: the answer is the list.
    pub(crate) accounts: Option<String>,
    /// The field that holds each account's id.
    #[serde(default = "id")]
    pub(crate) id: String,
    /// Where in the answer the next page's address is, such as `links.next`; on the same server.
    pub(crate) next: Option<String>,
    /// Where an account is claimed, by POST; `{id}` stands for its id. 404, 409, 410, 423 refuse.
    pub(crate) claim_url: Option<String>,
    /// Where the outcome is told, by POST; `{id}` stands for the account's id.
    pub(crate) settle_url: Option<String>,
    /// Who claims, in the body of claims and settlements; the pool's name, if absent.
    pub(crate) holder: Option<String>,
    /// The environment variable that holds a bearer token.
    pub(crate) token_env: Option<String>,
    /// More headers of each request.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// How long one request may take; 10s if absent.
    pub(crate) timeout: Option<Seconds>,
    /// The HTTP proxy to go through; the system's isn't used.
    pub(crate) proxy: Option<String>,
}

fn id() -> String {
    "id".into()
}
