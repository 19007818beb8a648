//! What a request says about the frame of its answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::flash::{self, Flash};
use super::theme::Theme;
use crate::pages::desk::Desk;
use crate::server::Shared;
use crate::server::access::Identity;

/// What is around the page that is asked for.
pub(in crate::pages) struct Frame {
    pub(super) theme: Theme,
    pub(super) flash: Option<Flash>,
    /// Path and query, to come back to.
    pub(super) here: String,
    /// Whether whoever asks may change anything.
    pub(in crate::pages) may_change: bool,
    /// What pages remember.
    pub(in crate::pages) desk: Arc<Desk>,
    /// The engine.
    pub(in crate::pages) shared: Shared,
}

impl FromRequestParts<Shared> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Infallible> {
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        // Without the layer there is nobody who follows events: an empty desk.
        let desk = parts.extensions.get::<Arc<Desk>>().cloned().unwrap_or_default();
        Ok(Self {
            theme: Theme::read(&parts.headers),
            flash: flash::read(&parts.headers),
            here,
            may_change: parts.extensions.get::<Identity>().is_some_and(Identity::may_change),
            desk,
            shared: shared.clone(),
        })
    }
}
