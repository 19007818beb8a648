//! The HTTP API of a running engine, under `/api/v1/`.
//!
//! | part | does |
//! |---|---|
//! | [`router`], [`serve`] | puts it together |
//! | `routes` | one function a route, each one call of the [`Service`] |
//! | `events` | `/api/v1/events`: server-sent events |
//! | `auth` | who may ask: whoever brings the token |
//! | `answer` | errors as `{"error", "exit"}` with a status |

mod answer;
mod auth;
mod events;
mod routes;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::service::Service;

/// What the routes work with.
#[derive(Clone)]
pub struct Shared {
    /// The verbs.
    pub service: Arc<Service>,
    /// What a request must bring.
    pub token: Arc<str>,
    /// Cancelled when the server ends, which ends streams.
    pub ending: CancellationToken,
}

/// All routes. Those of a console are merged into it by whoever has one.
pub fn router(shared: Shared) -> Router {
    let api = Router::new()
        .route("/engine", get(routes::engine))
        .route("/status", get(routes::status))
        .route("/reload", post(routes::reload))
        .route("/shutdown", post(routes::shut_down))
        .route("/events", get(events::stream))
        .route("/groups/{name}/launch", post(routes::launch))
        .route("/groups/{name}/stop", post(routes::stop))
        .route("/groups/{name}/scale", post(routes::scale))
        .route("/groups/{name}/pause", post(routes::pause))
        .route("/groups/{name}/resume", post(routes::resume))
        .merge(routes::records())
        .fallback(answer::unknown)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(axum::middleware::from_fn_with_state(shared.clone(), auth::check))
        .with_state(shared);
    Router::new().nest("/api/v1", api)
}

/// Serves until `shared.ending` is cancelled and the requests under way are answered.
///
/// # Errors
/// What the system says.
pub async fn serve(listener: TcpListener, shared: Shared) -> std::io::Result<()> {
    let ending = shared.ending.clone();
    axum::serve(listener, router(shared)).with_graceful_shutdown(ending.cancelled_owned()).await
}
