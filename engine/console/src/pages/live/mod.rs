//! `/live`: tells the script of an open page which topics changed, as server-sent events.
//! It then fetches the fragments (`data-live`) that are about them (`data-on`).
//!
//! What is told is a state, not a list: a page that stops reading costs one message, and
//! finds out everything with the next. How often there is news is the
//! [`Desk`]'s to say; `sharing` makes each fragment once for all who ask for it then.

mod sharing;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Extension, Router};
use futures::Stream;
use tokio::sync::watch;

pub(super) use sharing::{Fragments, share};

use super::desk::{Desk, Versions};
use crate::server::Shared;
use crate::server::access::Until;

/// Longer without a word, and the script takes the connection for lost.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/live", get(stream))
}

struct Reader {
    changes: watch::Receiver<Versions>,
    told: Versions,
    until: Until,
    /// What is said first.
    hello: Option<String>,
}

async fn stream(
    until: Until,
    Extension(desk): Extension<Arc<Desk>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = desk.changes();
    let told = *changes.borrow();
    let reader = Reader { changes, told, until, hello: Some(desk.engine().to_owned()) };
    let stream = futures::stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    });
    let life = KeepAlive::new().interval(SIGN_OF_LIFE).event(Event::default().event("alive").data(""));
    Sse::new(stream).keep_alive(life)
}

impl Reader {
    async fn next(&mut self) -> Option<Event> {
        if let Some(engine) = self.hello.take() {
            return Some(Event::default().event("hello").data(engine));
        }
        tokio::select! {
            () = self.until.over() => return None,
            changed = self.changes.changed() => changed.ok()?,
        }
        let now = *self.changes.borrow_and_update();
        let topics: Vec<&str> = now.since(&self.told).map(|topic| topic.word()).collect();
        self.told = now;
        Some(Event::default().event("changed").data(topics.join(" ")))
    }
}
