//! `/api/v1/events`: every event as it happens, as server-sent events; and
//! `/api/v1/events/recent`, the last ones as a list.
//!
//! An event's id is its number and which engine numbered it. Whoever comes back with the
//! last id (`Last-Event-ID`) gets what it missed, as far as that is remembered; what
//! isn't is told as `events.lost`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Found, History, Wanted};
use crate::server::Shared;
use crate::server::access::Until;
use crate::server::answer::Problem;

/// Somebody who listens.
struct Listener {
    history: Arc<History>,
    newest: watch::Receiver<u64>,
    /// The number of the event that comes next.
    next: u64,
    /// The numbers that it knows are those of another engine.
    restarted: bool,
    wanted: Wanted,
    until: Until,
    /// There are only so many listeners.
    _place: OwnedSemaphorePermit,
}

pub(in crate::server) async fn stream(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
    until: Until,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = shared.listeners.clone().try_acquire_owned().map_err(|_| {
        Problem::too_many("too many listen already; close a page of the console, or a program that follows")
    })?;
    let (history, newest) = (shared.history.clone(), shared.history.newest());
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    // Before the first event, whatever number it will have is next.
    let now = match *newest.borrow() {
        0 => 0,
        seen => seen + 1,
    };
    let (next, restarted) = match (last.and_then(|id| parse(&history, id)), wanted.since) {
        (Some(Ok(seen)), _) | (None, Some(seen)) => (seen.saturating_add(1).min(now), false),
        (Some(Err(())), _) => (history.oldest().unwrap_or(now), true),
        (None, None) => (now, false),
    };
    let listener = Listener { history, newest, next, restarted, wanted, until, _place: place };
    let stream = futures::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The number in an id; an error when another engine gave it.
fn parse(history: &History, id: &str) -> Option<Result<u64, ()>> {
    let (seq, run) = id.split_once('.').unwrap_or((id, history.run()));
    let seq = seq.parse().ok()?;
    Some(if run == history.run() { Ok(seq) } else { Err(()) })
}

impl Listener {
    /// The next event that is wanted; `None` when the engine or the session ends.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.restarted) {
            return Some(lost(&json!({"type": "events.lost", "restarted": true})));
        }
        loop {
            if self.until.has_left() {
                return None;
            }
            let seen = *self.newest.borrow_and_update();
            match self.history.at(self.next) {
                // Told to whoever asked for whatever: it may have been one of theirs.
                Found::Lost(_, next) if self.next == 0 => self.next = next,
                Found::Lost(count, next) => {
                    self.next = next;
                    return Some(lost(&json!({"type": "events.lost", "count": count})));
                }
                Found::Event(event) => {
                    self.next = event.seq + 1;
                    let Ok(told) = serde_json::to_value(&*event) else { continue };
                    if self.wanted.takes(&told) {
                        let kind = told.get("type").and_then(Value::as_str).unwrap_or_default();
                        let id = format!("{}.{}", event.seq, self.history.run());
                        return Some(Event::default().id(id).event(kind).data(told.to_string()));
                    }
                }
                Found::Nothing if seen >= self.next => self.next = seen + 1,
                Found::Nothing => tokio::select! {
                    changed = self.newest.changed() => changed.ok()?,
                    () = self.until.over() => {
                        // What was told before the end is still told.
                        if matches!(self.history.at(self.next), Found::Nothing) {
                            return None;
                        }
                    }
                },
            }
        }
    }
}

fn lost(told: &Value) -> Event {
    Event::default().event("events.lost").data(told.to_string())
}

/// The last events, the newest first.
pub(in crate::server) async fn recent(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<Value>> {
    Json(shared.history.recent(wanted.limit.unwrap_or(100).min(1000), &wanted))
}
