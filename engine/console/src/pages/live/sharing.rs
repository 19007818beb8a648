//! Open pages that show the same get the same: a fragment is made once for all who ask for it
//! while nothing changes, since twenty of them would take as much of the processor as bots do.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

use crate::pages::desk::{Desk, Fresh};
use crate::server::access::{Identity, reveals};

/// Fragments that are kept at most; those beyond are made for whoever asks.
const MOST: usize = 64;
/// The longest that is kept.
const LONGEST: u64 = 1 << 20;

/// The last fragments.
#[derive(Default)]
pub(in crate::pages) struct Fragments(Mutex<HashMap<Key, Arc<Fresh<Option<Kept>>>>>);

/// What is asked for, and whether by somebody who may change things: they get buttons.
type Key = (String, bool);

/// What can be given again.
#[derive(Clone)]
struct Kept {
    headers: HeaderMap,
    body: Bytes,
}

impl Fragments {
    fn place(&self, key: Key) -> Option<Arc<Fresh<Option<Kept>>>> {
        let mut all = self.0.lock();
        if !all.contains_key(&key) {
            all.retain(|_, fresh| Arc::strong_count(fresh) > 1 || !fresh.is_over());
        }
        if all.len() >= MOST && !all.contains_key(&key) {
            return None;
        }
        Some(all.entry(key).or_default().clone())
    }
}

/// Gives what was made for somebody else just now, or lets the request through.
pub(in crate::pages) async fn share(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let Some(fresh) = key(&request).and_then(|key| desk.fragments().place(key)) else {
        return next.run(request).await;
    };
    let (mut asked, mut own) = (Some((request, next)), None);
    let make = async {
        let (request, next) = asked.take()?;
        keep(next.run(request).await).await.map_err(|answer| own = Some(answer)).ok()
    };
    if let Some(kept) = fresh.get(|| desk.versions(), make).await {
        return (kept.headers, kept.body).into_response();
    }
    match (own, asked) {
        (Some(own), _) => own,
        // What somebody else got can't be given twice.
        (None, Some((request, next))) => next.run(request).await,
        (None, None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn key(request: &Request) -> Option<Key> {
    let uri = request.uri();
    let shared = request.method() == Method::GET && uri.path().starts_with("/fragments/");
    // That somebody saw secrets is noted each time.
    if !shared || reveals(uri.query()) {
        return None;
    }
    let may_change = request.extensions().get::<Identity>().is_some_and(Identity::may_change);
    Some((uri.path_and_query()?.as_str().to_owned(), may_change))
}

/// Refusals, and what is very long, are told only to whoever asked.
async fn keep(answer: Response) -> Result<Kept, Response> {
    let fits = answer.body().size_hint().exact().is_some_and(|length| length <= LONGEST);
    if answer.status() != StatusCode::OK || !fits {
        return Err(answer);
    }
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    Ok(Kept { headers: parts.headers, body })
}
