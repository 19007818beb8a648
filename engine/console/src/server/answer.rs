//! Errors as problem details (RFC 9457), with `error` and `exit` besides: the words and
//! the exit code that the command line gives for the same.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::place::Place;
use crate::pages;
use crate::service::{Code, ServiceError};

/// What went wrong, as it is told.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// Nothing beyond the status: the standard's word for that.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    error: String,
    exit: i32,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, exit: i32, detail: impl Into<String>) -> Self {
        let (detail, title) = (detail.into(), status.canonical_reason().unwrap_or("Error"));
        let error = detail.clone();
        Self { kind: "about:blank", title, status: status.as_u16(), detail, instance: None, error, exit }
    }

    fn at(self, path: &str) -> Self {
        Self { instance: Some(path.to_owned()), ..self }
    }

    pub(super) fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 2, why)
    }

    pub(super) fn unauthorized(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 1, why)
    }

    pub(super) fn forbidden(why: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, 3, why)
    }

    pub(super) fn too_many(why: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, 5, why)
    }

    pub(super) fn misdirected(why: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, 2, why)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, Json(&self)).into_response();
        answer.extensions_mut().insert(self);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let status = match error.code {
            Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Refused => StatusCode::CONFLICT,
            Code::Stale => StatusCode::PRECONDITION_FAILED,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.code.exit(), error.message)
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

pub(crate) async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, 4, "there is no such route")
}

pub(super) async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, 2, "this route takes another method")
}

/// Says in every problem what was asked for, and makes one of whatever refusal isn't one
/// yet, such as that of a body that is too large. Who asks for a page with a browser gets a
/// page.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_api = Place::of(&path) == Place::Api;
    let browser = (!is_api && takes_pages(request.headers())).then(|| request.headers().clone());
    let mut answer = next.run(request).await;
    let status = answer.status();
    if let Some(problem) = answer.extensions_mut().remove::<Problem>() {
        let told = match browser {
            Some(asked) => (status, pages::refused(&asked, problem.title, &problem.detail)).into_response(),
            None => problem.at(&path).into_response(),
        };
        return with_headers_of(&answer, told);
    }
    if !is_api || !(status.is_client_error() || status.is_server_error()) || is_json(&answer) {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let text = axum::body::to_bytes(body, LONGEST).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let exit = if status.is_server_error() { 1 } else { 2 };
    let problem = Problem::new(status, exit, if text.is_empty() { status.to_string() } else { text });
    with_headers_of(&Response::from_parts(parts, Body::empty()), problem.at(&path).into_response())
}

/// Of an answer that isn't ours no more than this is told.
const LONGEST: usize = 4096;

fn is_json(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.contains("json"))
}

/// Whether whoever asks shows pages, as browsers say that they do.
fn takes_pages(headers: &HeaderMap) -> bool {
    accepts(headers, "text/html")
}

/// Whether whoever asks for a page wants none, as programs may say.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    accepts(headers, "json") && !takes_pages(headers)
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let mut kinds = headers.get_all(header::ACCEPT).into_iter().filter_map(|kinds| kinds.to_str().ok());
    kinds.any(|kinds| kinds.contains(kind))
}

/// What is told instead of an answer, with what the answer besides its body said.
fn with_headers_of(answer: &Response, mut told: Response) -> Response {
    for (name, value) in answer.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            told.headers_mut().insert(name.clone(), value.clone());
        }
    }
    told
}
