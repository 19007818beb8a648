//! Extensions of all kinds as one thing: a description, a way to open it, methods by name.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Context, Error, Hook, Pool, Provider, Result, Routine, hook, params, pool, provider, routine};

/// The kinds of extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A pool type.
    Pool,
    /// A routine.
    Routine,
    /// A hook.
    Hook,
    /// An instance provider.
    Provider,
}

/// What a pool or provider is opened for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// The pool's name.
    pub pool: String,
    /// The workspace's folder.
    pub workspace: PathBuf,
    /// The ids that a provider is to serve.
    pub instances: Vec<u32>,
}

/// A plugin: what [`export!`](crate::export) makes of a list of extensions.
pub trait Library: 'static {
    /// Its id.
    const ID: &'static str;
    /// Its version.
    const VERSION: &'static str;
    /// For people.
    const DESCRIPTION: &'static str;

    /// What it offers.
    fn extensions() -> Vec<Extension>;
}

pub(crate) type Pending<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>>;

/// What is open: answers questions by the method's name, in JSON.
pub(crate) trait Instance: Send + Sync {
    fn call<'a>(&'a self, ctx: &'a Context, method: &'a str, given: &'a [u8]) -> Pending<'a>;
}

/// How an extension is opened.
type Open = fn(Value, &Opening) -> Result<Box<dyn Instance>>;

/// One extension of a plugin, without its type.
pub struct Extension {
    kind: Kind,
    name: &'static str,
    described: Value,
    pub(crate) open: Open,
}

impl Extension {
    /// A pool type.
    pub fn pool<P: Pool>() -> Self {
        let more = json!({"methods": P::METHODS});
        Self::of::<P::Params>(Kind::Pool, P::NAME, P::DESCRIPTION, more, |params, opening| {
            Ok(Box::new(pool::Opened(P::open(read(params)?, opening)?)))
        })
    }

    /// A routine.
    pub fn routine<R: Routine>() -> Self {
        Self::of::<R::Params>(Kind::Routine, R::NAME, R::DESCRIPTION, json!({}), |_, _| {
            Ok(Box::new(routine::Ready(R::default())))
        })
    }

    /// A hook.
    pub fn hook<H: Hook>() -> Self {
        let more = json!({
            "on": H::ON, "band": H::BAND, "order": H::ORDER, "on_error": H::ON_ERROR, "timeout": H::TIMEOUT,
        });
        Self::of::<H::Params>(Kind::Hook, H::NAME, H::DESCRIPTION, more, |_, _| {
            Ok(Box::new(hook::Ready(H::default())))
        })
    }

    /// An instance provider.
    pub fn provider<P: Provider>() -> Self {
        Self::of::<P::Params>(Kind::Provider, P::NAME, P::DESCRIPTION, json!({}), |params, opening| {
            Ok(Box::new(provider::Opened(P::open(read(params)?, opening)?)))
        })
    }

    fn of<P: params::Params>(
        kind: Kind,
        name: &'static str,
        description: &str,
        more: Value,
        open: Open,
    ) -> Self {
        let mut described = Map::new();
        described.insert("kind".into(), json!(kind));
        described.insert("name".into(), json!(name));
        if !description.is_empty() {
            described.insert("description".into(), json!(description));
        }
        if let Value::Object(more) = more {
            described.extend(more);
        }
        described.insert("params".into(), params::declared::<P>());
        Self { kind, name, described: Value::Object(described), open }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Its entry in what `describe` gives.
    pub fn described(&self) -> &Value {
        &self.described
    }
}

/// What `describe` gives.
pub(crate) fn described<L: Library>() -> Value {
    let extensions: Vec<Value> = L::extensions().iter().map(|it| it.described().clone()).collect();
    json!({"id": L::ID, "version": L::VERSION, "description": L::DESCRIPTION, "extensions": extensions})
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P> {
    let params = if params.is_null() { json!({}) } else { params };
    serde_json::from_value(params).map_err(|error| Error::invalid(format!("params: {error}")))
}

pub(crate) fn payload<T: DeserializeOwned>(method: &str, given: &[u8]) -> Result<T> {
    let given = if given.is_empty() { b"null" } else { given };
    serde_json::from_slice(given).map_err(|error| Error::invalid(format!("the payload of {method}: {error}")))
}

pub(crate) fn answer(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::failed(format!("the answer has no JSON form: {error}")))
}

pub(crate) fn method_missing(kind: &str, name: &str, method: &str) -> Error {
    Error::unsupported(format!("the {kind} {name} has no method {method}"))
}
