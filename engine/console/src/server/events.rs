//! `/api/v1/events`: every event as it happens, as server-sent events. `?group=` and
//! `?pool=` leave out those of others.

use std::convert::Infallible;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use lariat_core::event::{Received, Subscription};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Which events are wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    group: Option<String>,
    pool: Option<String>,
}

impl Wanted {
    fn takes(&self, event: &Value) -> bool {
        let fits = |wanted: &Option<String>, key: &str| {
            wanted.as_deref().is_none_or(|wanted| event.get(key).is_some_and(|value| value == wanted))
        };
        fits(&self.group, "group") && fits(&self.pool, "pool")
    }
}

pub(super) async fn stream(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let from = (shared.service.events(), shared.ending, wanted);
    let stream = futures::stream::unfold(from, |(mut events, ending, wanted)| async move {
        let event = next(&mut events, &ending, &wanted).await?;
        Some((Ok(event), (events, ending, wanted)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// The next event that is wanted; `None` when the engine ends.
async fn next(events: &mut Subscription, ending: &CancellationToken, wanted: &Wanted) -> Option<Event> {
    loop {
        match events.next_until(ending).await? {
            // Told to whoever asked for whatever: it may have been one of theirs.
            Received::Lost(count) => {
                let told = json!({"type": "events.lost", "count": count});
                return Some(Event::default().event("events.lost").data(told.to_string()));
            }
            Received::Event(event) => {
                let Ok(told) = serde_json::to_value(&*event) else { continue };
                if wanted.takes(&told) {
                    let kind = told.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                    let id = event.seq.to_string();
                    return Some(Event::default().id(id).event(kind).data(told.to_string()));
                }
            }
        }
    }
}
