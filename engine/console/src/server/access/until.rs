//! Until when a stream goes on.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use tokio_util::sync::CancellationToken;

use super::check;
use crate::server::Shared;

/// Until when a stream goes on: to the end of the server, or of the session that asked
/// for it.
pub(crate) struct Until {
    ending: CancellationToken,
    session: Option<CancellationToken>,
}

impl Until {
    /// Waits for the end.
    pub(crate) async fn over(&self) {
        match &self.session {
            None => self.ending.cancelled().await,
            Some(session) => tokio::select! {
                () = self.ending.cancelled() => {}
                () = session.cancelled() => {}
            },
        }
    }

    /// Whether nothing more may be told, whatever has happened.
    pub(crate) fn has_left(&self) -> bool {
        self.session.as_ref().is_some_and(CancellationToken::is_cancelled)
    }
}

impl FromRequestParts<Shared> for Until {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Infallible> {
        let by_session = !parts.headers.contains_key(header::AUTHORIZATION);
        let session = by_session.then(|| {
            let cookie = check::cookie(&parts.headers, &shared.cookie_name());
            let end = cookie.and_then(|cookie| shared.keys.end_of_session(cookie));
            // It has ended since it was checked.
            end.unwrap_or_else(|| {
                let over = CancellationToken::new();
                over.cancel();
                over
            })
        });
        Ok(Self { ending: shared.ending.clone(), session })
    }
}
