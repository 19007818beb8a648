//! The API as a client sees it: who may ask, and how errors are told.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use lariat_console::server::{Shared, router};
use lariat_console::{Host, Reloaded, Service, ServiceError, Watching};
use lariat_core::clock::SystemClock;
use lariat_core::definition::MemoryDefinitions;
use lariat_core::event::EventBus;
use lariat_core::hook::Hooks;
use lariat_core::instance::{Instances, StaticProvider};
use lariat_core::launch::StopMode;
use lariat_core::ledger::MemoryLedger;
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::registry::Registry;
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct Quiet;

#[async_trait]
impl Host for Quiet {
    async fn reload(&self) -> Result<Reloaded, ServiceError> {
        Ok(Reloaded::default())
    }
    fn watching(&self) -> Watching {
        Watching { mode: "off", trouble: None }
    }
    fn extensions(&self) -> Vec<Value> {
        Vec::new()
    }
    fn needs_restart(&self) -> Vec<String> {
        Vec::new()
    }
    fn is_ending(&self) -> bool {
        false
    }
    fn shut_down(&self, _: StopMode) {}
}

fn shared() -> Shared {
    let clock = Arc::new(SystemClock);
    let (events, ledger) = (EventBus::new(clock.clone(), 64), Arc::new(MemoryLedger::new(clock.clone())));
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
    let service = Service::new(orchestrator, events, Arc::new(Quiet));
    Shared { service, token: "right".into(), ending: Default::default() }
}

async fn ask(method: &str, path: &str, token: Option<&str>, body: &str) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(format!("/api/v1/{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = router(shared()).oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn only_who_brings_the_token_may_ask() {
    for path in ["status", "engine", "events", "nothing"] {
        for token in [None, Some("wrong"), Some("righ"), Some("rightt"), Some("")] {
            let (status, told) = ask("GET", path, token, "").await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {token:?}");
            assert!(told["error"].as_str().unwrap().contains("engine.json"));
        }
    }
    let (status, told) = ask("GET", "status", Some("right"), "").await;
    assert_eq!((status, &told["watching"]["mode"]), (StatusCode::OK, &json!("off")));
}

#[tokio::test]
async fn errors_carry_the_exit_code_of_the_command_line() {
    let right = Some("right");
    for (method, path, body, status, exit) in [
        ("POST", "groups/Nope/launch", "", StatusCode::NOT_FOUND, 4),
        ("POST", "groups/Nope/launch", "{\"wiat\": true}", StatusCode::UNPROCESSABLE_ENTITY, 2),
        ("POST", "groups/Nope/scale", "", StatusCode::UNPROCESSABLE_ENTITY, 2),
        ("POST", "groups/Nope/stop", "{", StatusCode::UNPROCESSABLE_ENTITY, 2),
        ("GET", "groups/Nope/stop", "", StatusCode::METHOD_NOT_ALLOWED, 2),
        ("GET", "nothing", "", StatusCode::NOT_FOUND, 4),
    ] {
        let (answered, told) = ask(method, path, right, body).await;
        assert_eq!((answered, &told["exit"]), (status, &json!(exit)), "{method} {path} {body}: {told}");
    }
}
