//! The API as a client sees it: who may ask, and how errors are told.
#![allow(clippy::unwrap_used)]

mod common;

use axum::http::StatusCode;
use lariat_console::server::router;
use serde_json::{Value, json};

use common::shared;

async fn ask(method: &str, path: &str, token: Option<&str>, body: &str) -> (StatusCode, Value) {
    let token = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
    let answer = common::ask(&router(shared()), method, &format!("/api/v1/{path}"), &headers, body).await;
    (answer.status, answer.json())
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
