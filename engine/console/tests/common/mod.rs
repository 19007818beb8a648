//! A server without an engine's work, and requests to it.
#![allow(clippy::unwrap_used, dead_code)] // each test file uses some of it

pub mod files;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use lariat_console::server::Shared;
use lariat_console::server::access::Keys;
use lariat_console::{Host, Keeper, Reloaded, Service, ServiceError, Watching};
use lariat_core::clock::SystemClock;
use lariat_core::definition::MemoryDefinitions;
use lariat_core::event::EventBus;
use lariat_core::hook::Hooks;
use lariat_core::instance::{Instances, StaticProvider};
use lariat_core::launch::StopMode;
use lariat_core::ledger::MemoryLedger;
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::records::{MemoryRecords, Records};
use lariat_core::registry::Registry;
use serde_json::Value;
use tower::ServiceExt as _;

/// An engine that keeps nothing but these records, which counts how often its records are asked
/// for; and that lists these files of extensions.
#[derive(Default)]
pub struct Quiet {
    pub extensions: Vec<Value>,
    pub records: Option<Arc<MemoryRecords>>,
    pub asked: AtomicUsize,
}

#[async_trait]
impl Keeper for Quiet {
    fn records(&self) -> Option<Arc<dyn Records>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.records.clone().map(|records| records as _)
    }
}

#[async_trait]
impl Host for Quiet {
    async fn reload(&self) -> Result<Reloaded, ServiceError> {
        Ok(Reloaded::default())
    }
    fn watching(&self) -> Watching {
        Watching { mode: "off", trouble: None }
    }
    fn extensions(&self) -> Vec<Value> {
        self.extensions.clone()
    }
    fn needs_restart(&self) -> Vec<String> {
        Vec::new()
    }
    fn is_ending(&self) -> bool {
        false
    }
    fn shut_down(&self, _: StopMode) {}
}

/// A server of an engine without definitions. Its tokens are `right` and `look`.
pub fn shared() -> Shared {
    shared_with().0
}

/// The same, with the bus that its engine tells its events on.
pub fn shared_with() -> (Shared, EventBus) {
    shared_of(Arc::new(Quiet::default()))
}

/// The same, over what is kept so.
pub fn shared_of(keeper: Arc<dyn Keeper>) -> (Shared, EventBus) {
    let clock = Arc::new(SystemClock);
    let (events, ledger) = (EventBus::new(clock.clone(), 4096), Arc::new(MemoryLedger::new(clock.clone())));
    let definitions = Arc::new(MemoryDefinitions::default());
    let pools = PoolManager::new(PoolParts {
        definitions: definitions.clone(),
        types: Arc::new(Registry::new("pool type")),
        ledger: ledger.clone(),
        events: events.clone(),
        clock: clock.clone(),
    });
    let orchestrator = Orchestrator::new(OrchestratorParts {
        hooks: Hooks::default(),
        definitions,
        pools,
        routines: Arc::new(Registry::new("routine")),
        instances: Instances::new(vec![Arc::new(StaticProvider::any())]),
        ledger,
        events: events.clone(),
        clock,
        templates: Arc::new(NoTemplates),
        defaults: Default::default(),
        drain_timeout: std::time::Duration::from_secs(1),
    });
    let service = Service::new(orchestrator, events.clone(), keeper, Arc::new(Quiet::default()));
    let keys = Keys::new("right", "look");
    (Shared::new(service, keys, "127.0.0.1:7420".parse().unwrap()), events)
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The cookie that it sets, as it is sent back.
    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

/// Asks; without a header `host` among these for `localhost:7420`.
pub async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:7420");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    // A stream of events never ends.
    let streams = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let bytes = if streams { Default::default() } else { axum::body::to_bytes(body, 1 << 24).await.unwrap() };
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}
