//! Who may ask: whoever brings the token of `engine.json`, which only the engine's owner
//! can read.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Shared, answer};

pub(super) async fn check(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let brought = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let brought = brought.and_then(|value| value.strip_prefix("Bearer "));
    if brought.is_some_and(|brought| is_same(brought, &shared.token)) {
        return next.run(request).await;
    }
    let told = answer::told(1, "bring the token of .lariat/engine.json as `Authorization: Bearer …`");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], told).into_response()
}

/// In a time that doesn't tell how much is right.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}
