//! `/healthz` and `/readyz`, which anybody may ask: they say yes or no, and in one word
//! why not.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shared;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// It can do its work: the store can be written, which is tried now and then, and nothing
/// ends.
pub(super) async fn ready(State(shared): State<Shared>) -> Response {
    let running = !shared.ending.is_cancelled() && !shared.service.is_ending();
    let store = shared.service.store_works().await;
    let is_ready = store && running;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |good: bool, otherwise: &'static str| if good { "ok" } else { otherwise };
    let told = json!({
        "ready": is_ready,
        "store": word(store, "unavailable"),
        "engine": word(running, "ending"),
    });
    (status, Json(told)).into_response()
}
