//! `/login` and `/logout`: from a one-time link to a cookie, and back. The page works
//! without script, and holds nothing that came from a request.

use axum::Form;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;

use super::check;
use crate::server::Shared;
use crate::server::place::Arrival;

/// The routes of this file.
pub(in crate::server) fn routes() -> Router<Shared> {
    Router::new()
        .route("/login", get(by_link).post(by_form))
        .route("/login.css", get(style))
        .route("/logout", post(log_out))
}

/// The code of a link.
#[derive(Debug, Default, Deserialize)]
pub(in crate::server) struct Code {
    code: Option<String>,
}

/// What the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Told {
    /// Nobody is logged in.
    NotLoggedIn,
    /// The link can't be used, or not any more.
    NoGood,
    /// They have left.
    LoggedOut,
}

async fn by_link(
    State(shared): State<Shared>,
    Extension(arrival): Extension<Arrival>,
    Query(brought): Query<Code>,
    request: Request,
) -> Response {
    let Some(code) = brought.code else { return page(Told::NotLoggedIn) };
    // A browser that only fetches ahead, or a program that only looks whether the link is
    // there, would use it up.
    let ahead = request.headers().contains_key("sec-purpose") || request.method() != Method::GET;
    if ahead {
        return (StatusCode::NO_CONTENT, ()).into_response();
    }
    enter(&shared, &code, arrival)
}

async fn by_form(
    State(shared): State<Shared>,
    Extension(arrival): Extension<Arrival>,
    Form(brought): Form<Code>,
) -> Response {
    enter(&shared, brought.code.unwrap_or_default().trim(), arrival)
}

fn enter(shared: &Shared, code: &str, arrival: Arrival) -> Response {
    let Some((secret, _)) = shared.keys.exchange(code) else { return page(Told::NoGood) };
    let cookie = set_cookie(shared, &secret, None);
    // After a link on another site, a browser keeps a SameSite=Strict cookie back until a page
    // of ours leads on.
    let answer = match arrival {
        Arrival::Own => Redirect::to("/").into_response(),
        Arrival::Elsewhere => Html(ENTERED).into_response(),
    };
    (cookie, answer).into_response()
}

async fn log_out(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if let Some(secret) = check::cookie(&headers, &shared.cookie_name()) {
        shared.keys.end_session(secret);
    }
    (set_cookie(&shared, "", Some(0)), page(Told::LoggedOut)).into_response()
}

/// The cookie of a session: no script reads it, no other site sends it.
fn set_cookie(shared: &Shared, value: &str, max_age: Option<u32>) -> [(header::HeaderName, HeaderValue); 1] {
    let secure = if shared.https { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", shared.cookie_name());
    // The value is one of our own, of hexadecimal digits.
    let cookie = HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
    [(header::SET_COOKIE, cookie)]
}

/// The page for those who aren't logged in.
pub(in crate::server) fn page(told: Told) -> Response {
    let (status, title, text) = match told {
        Told::NotLoggedIn => {
            (StatusCode::UNAUTHORIZED, "Log in", "This console is for whoever runs the engine.")
        }
        Told::NoGood => (
            StatusCode::UNAUTHORIZED,
            "This link can’t be used",
            "A link works once, and for ten minutes. Get another one.",
        ),
        Told::LoggedOut => (StatusCode::OK, "You are logged out", "To come back, get another link."),
    };
    let html = include_str!("login.html").replace("{title}", title).replace("{text}", text);
    (status, Html(html)).into_response()
}

const ENTERED: &str = include_str!("entered.html");

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("login.css")).into_response()
}
