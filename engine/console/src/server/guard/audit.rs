//! Who did what: a line for every request that changes something, shows secrets, or
//! tries to come in. It is written before the answer is sent. What a request's body
//! says isn't told, since it may hold secrets; nor is the code of a link.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use lariat_workspace::rotating::{Keep, Rotating};
use parking_lot::Mutex;
use serde::Serialize;

use crate::server::Shared;
use crate::server::access::{Identity, reveals};

/// The record of who did what. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Audit(Option<Arc<Mutex<Rotating>>>);

/// A line of it.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    ts: Timestamp,
    /// `token`, `read token`, `console 3`; nothing where nobody was let in.
    who: Option<&'a str>,
    from: Option<IpAddr>,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    revealed: bool,
    status: u16,
    ms: u64,
}

impl Audit {
    const KEEP: Keep = Keep { size: 10 << 20, files: 9, age: Duration::from_secs(400 * 24 * 60 * 60) };

    /// A record in `DIR/audit.jsonl`, of at most 100 MiB and about a year.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(dir: &Path) -> std::io::Result<Self> {
        Ok(Self(Some(Arc::new(Mutex::new(Rotating::open(dir, "audit", Self::KEEP)?)))))
    }

    async fn write(&self, entry: &Entry<'_>) {
        let (Some(file), Ok(mut line)) = (self.0.clone(), serde_json::to_vec(entry)) else { return };
        line.push(b'\n');
        let written = tokio::task::spawn_blocking(move || file.lock().write(&line)).await;
        if let Ok(Err(error)) = written {
            tracing::error!(%error, path = entry.path, "the audit log can't be written");
        }
    }
}

/// Writes down what is worth it.
pub(in crate::server) async fn record(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let brings_code = path == "/login" && request.uri().query().is_some();
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&method);
    let revealed = reveals(request.uri().query());
    let began = tokio::time::Instant::now();
    let answer = next.run(request).await;
    // A refusal is worth it too; that somebody isn't logged in yet isn't.
    let refused = answer.status() == StatusCode::FORBIDDEN;
    if changes || revealed || brings_code || refused {
        let identity = answer.extensions().get::<Identity>();
        let entry = Entry {
            ts: Timestamp::now(),
            who: identity.map(|identity| &*identity.who),
            from,
            method: method.as_str(),
            path: &path,
            revealed: revealed && answer.status().is_success(),
            status: answer.status().as_u16(),
            ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        shared.audit.write(&entry).await;
    }
    answer
}
