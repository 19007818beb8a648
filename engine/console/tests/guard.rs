//! The audit log, how often somebody may ask, and launches that are ordered twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use lariat_console::server::access::Access;
use lariat_console::server::guard::Audit;
use lariat_console::server::{Shared, router};
use serde_json::{Value, json};

use common::{ask, shared};

const RIGHT: (&str, &str) = ("authorization", "Bearer right");
const LOOK: (&str, &str) = ("authorization", "Bearer look");

/// As the listener tells where a request comes from.
fn here() -> Extension<ConnectInfo<SocketAddr>> {
    Extension(ConnectInfo("127.0.0.1:40000".parse().unwrap()))
}

#[tokio::test]
async fn who_did_what_is_written_down_and_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let shared = Shared { audit: Audit::open(dir.path()).unwrap(), ..shared() };
    let code = shared.keys.new_link(Access::Full);
    let router = router(shared).layer(here());
    ask(&router, "GET", "/api/v1/status", &[RIGHT], "").await;
    ask(&router, "POST", "/api/v1/reload", &[RIGHT], "").await;
    ask(&router, "POST", "/api/v1/groups/G/stop", &[LOOK], "{\"canary\": 1}").await;
    ask(&router, "POST", "/api/v1/reload", &[("authorization", "Bearer canary")], "").await;
    ask(&router, "GET", "/api/v1/status?reveal=true", &[RIGHT], "").await;
    let session = ask(&router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let own = [("cookie", session.as_str()), ("sec-fetch-site", "same-origin")];
    ask(&router, "POST", "/api/v1/groups/Nope/launch", &own, "").await;
    ask(&router, "POST", "/api/v1/reload", &[RIGHT, ("origin", "http://evil.example")], "").await;

    let text = std::fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        lines.iter().map(|line| json!([line["who"], line["method"], line["path"], line["status"]])).collect();
    assert_eq!(
        told,
        [
            json!(["token", "POST", "/api/v1/reload", 200]),
            json!(["read token", "POST", "/api/v1/groups/G/stop", 403]),
            json!([null, "POST", "/api/v1/reload", 401]),
            json!(["token", "GET", "/api/v1/status", 200]),
            json!([null, "GET", "/login", 303]),
            json!(["console 1", "POST", "/api/v1/groups/Nope/launch", 404]),
            json!([null, "POST", "/api/v1/reload", 403]),
        ]
    );
    assert_eq!((&lines[3]["revealed"], &lines[0]["from"]), (&json!(true), &json!("127.0.0.1")));
    for secret in ["canary", "right", code.as_str(), session.split('=').nth(1).unwrap()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_tokens_are_slowed_down_and_the_right_one_isnt() {
    let router = router(shared()).layer(here());
    let wrong = [("authorization", "Bearer wrong")];
    let mut refused = Vec::new();
    for _ in 0..25 {
        refused.push(ask(&router, "GET", "/api/v1/status", &wrong, "").await.status);
    }
    let of = |status| refused.iter().filter(|refused| **refused == status).count();
    assert_eq!((of(StatusCode::UNAUTHORIZED), of(StatusCode::TOO_MANY_REQUESTS)), (20, 5));
    let slowed = ask(&router, "GET", "/login?code=guessed", &[], "").await;
    assert_eq!((slowed.status, slowed.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "3"));
    assert_eq!(slowed.json()["status"], 429);
    assert_eq!(ask(&router, "GET", "/api/v1/status", &[RIGHT], "").await.status, StatusCode::OK);
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    assert_eq!(ask(&router, "GET", "/api/v1/status", &wrong, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn who_asks_without_end_waits() {
    let router = router(shared());
    for _ in 0..2000 {
        assert_eq!(ask(&router, "GET", "/api/v1/engine", &[RIGHT], "").await.status, StatusCode::OK);
    }
    let slowed = ask(&router, "GET", "/api/v1/engine", &[RIGHT], "").await;
    assert_eq!((slowed.status, &slowed.json()["exit"]), (StatusCode::TOO_MANY_REQUESTS, &json!(5)));
    assert_eq!(
        ask(&router, "GET", "/api/v1/engine", &[LOOK], "").await.status,
        StatusCode::OK,
        "others go on"
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let router = router(shared());
    let large = " ".repeat((1 << 20) + 1);
    for key in [None, Some(("idempotency-key", "k"))] {
        let mut headers = vec![RIGHT];
        headers.extend(key);
        let refused = ask(&router, "POST", "/api/v1/groups/G/launch", &headers, &large).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(refused.json()["status"], 413);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_with_a_key_is_carried_out_once() {
    let router = router(shared());
    let order = |key: &'static str, who, body: &'static str| {
        let router = router.clone();
        async move {
            let headers = [who, ("idempotency-key", key)];
            ask(&router, "POST", "/api/v1/groups/Nope/launch", &headers, body).await
        }
    };
    let first = order("one", RIGHT, "{}").await;
    assert_eq!(first.status, StatusCode::NOT_FOUND);
    let again = order("one", RIGHT, "{}").await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    let other = order("one", RIGHT, "{\"wait\": true}").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text.contains("Idempotency-Key"));
    assert_eq!(order("two", RIGHT, "{\"wait\": true}").await.status, StatusCode::NOT_FOUND);
    assert_eq!(order("", RIGHT, "{}").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(order("one", LOOK, "{}").await.status, StatusCode::FORBIDDEN);
    // A day later it is forgotten.
    tokio::time::advance(std::time::Duration::from_secs(24 * 60 * 60)).await;
    assert_eq!(order("one", RIGHT, "{\"wait\": true}").await.status, StatusCode::NOT_FOUND);
}
