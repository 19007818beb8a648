//! `Idempotency-Key` on launches: who orders the same launch again, because the answer
//! got lost, gets the same answer, and nothing is launched twice. The launch goes on
//! when whoever ordered it hangs up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared as SharedFuture};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::server::Shared;
use crate::server::access::Identity;
use crate::server::answer::Problem;

/// Answers that may be asked for again.
#[derive(Default)]
pub struct Answers(Mutex<HashMap<Key, Given>>);

/// Whose key, for what.
type Key = (Arc<str>, String, String);

#[derive(Clone)]
struct Given {
    body: [u8; 32],
    at: Instant,
    answer: SharedFuture<BoxFuture<'static, Option<Arc<Kept>>>>,
}

struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    problem: Option<Problem>,
}

impl Answers {
    const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
    const MOST: usize = 1024;
    const LONGEST_KEY: usize = 256;
    const LONGEST_BODY: usize = 1 << 20;
    const LONGEST_ANSWER: usize = 16 << 20;

    fn make_room(all: &mut HashMap<Key, Given>) {
        let now = Instant::now();
        all.retain(|_, given| now.duration_since(given.at) < Self::LIFE);
        while all.len() >= Self::MOST {
            let oldest = all.iter().min_by_key(|(_, given)| given.at).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            all.remove(&oldest);
        }
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answers({})", self.0.lock().len())
    }
}

/// Gives the answer that was given before, or lets the request through once.
pub(in crate::server) async fn check(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match key(&request) {
        Some(Ok(key)) => once(&shared, key, request, next).await.unwrap_or_else(IntoResponse::into_response),
        Some(Err(problem)) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn key(request: &Request) -> Option<Result<Key, Problem>> {
    let path = request.uri().path();
    if request.method() != Method::POST || !path.starts_with("/api/") || !path.ends_with("/launch") {
        return None;
    }
    let key = request.headers().get("idempotency-key")?;
    let who = request.extensions().get::<Identity>()?.who.clone();
    let fits = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= Answers::LONGEST_KEY);
    let told = || Problem::bad_request("an Idempotency-Key has 1 to 256 letters that can be read");
    Some(fits.map(|key| (who, path.to_owned(), key.to_owned())).ok_or_else(told))
}

async fn once(shared: &Shared, key: Key, request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, Answers::LONGEST_BODY).await;
    let body = body.map_err(|error| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, 2, error.to_string()))?;
    let hash = Sha256::digest(&body).into();
    let given = {
        let mut all = shared.answers.0.lock();
        Answers::make_room(&mut all);
        let make = || {
            let request = Request::from_parts(parts, Body::from(body));
            // A task of its own, which goes on when this request is dropped.
            let task = tokio::spawn(async move { keep(next.run(request).await).await });
            let answer = async move { task.await.ok().flatten().map(Arc::new) }.boxed().shared();
            Given { body: hash, at: Instant::now(), answer }
        };
        all.entry(key.clone()).or_insert_with(make).clone()
    };
    if given.body != hash {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            2,
            "this Idempotency-Key was used for another order; use a new one for each",
        ));
    }
    let kept = given.answer.await;
    // What broke may go well the next time, and what couldn't be kept can't be given again.
    if kept.as_ref().is_none_or(|kept| kept.status.is_server_error()) {
        shared.answers.0.lock().remove(&key);
    }
    let kept = kept.ok_or_else(|| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            1,
            "the answer is lost; look at the group before you try again",
        )
    })?;
    let mut answer = (kept.status, kept.body.clone()).into_response();
    *answer.headers_mut() = kept.headers.clone();
    if let Some(problem) = &kept.problem {
        answer.extensions_mut().insert(problem.clone());
    }
    Ok(answer)
}

async fn keep(answer: Response) -> Option<Kept> {
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, Answers::LONGEST_ANSWER).await.ok()?;
    let problem = parts.extensions.get::<Problem>().cloned();
    Some(Kept { status: parts.status, headers: parts.headers, body, problem })
}
