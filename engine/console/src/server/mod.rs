//! The HTTP server of a running engine: its API under `/api/v1/`, and its console.
//!
//! ```text
//!  request ─▶ meter ─▶ headers ─▶ answer ─▶ audit ─▶ origin ─▶ access ─▶ rate ─▶ once ─▶ routes, events, pages ─▶ Service
//! ```
//!
//! | part | does |
//! |---|---|
//! | [`router`], [`serve`] | puts it together |
//! | [`Shared`] | what the routes work with |
//! | `listen`, [`Tls`] | connections, encrypted where they must be |
//! | `headers` | what every answer says to a browser |
//! | `origin`, [`Hosts`] | which requests are meant for this engine |
//! | [`access`] | who may ask, and for what: tokens, links, sessions |
//! | [`guard`] | the audit log, how often somebody may ask, launches that are ordered twice |
//! | `place` | what a path is for |
//! | `routes` | one function a route, each one call of the [`Service`](crate::Service) |
//! | `openapi` | the routes of the API, for the router and for its OpenAPI document |
//! | `events` | `/api/v1/events`: server-sent events, and the last ones remembered |
//! | `health`, `metrics` | `/healthz`, `/readyz`, `/metrics` |
//! | `meter` | how many requests there were, and how long they took |
//! | `answer` | errors as problem details |

pub mod access;
mod answer;
mod events;
pub mod guard;
mod headers;
mod health;
mod hosts;
mod listen;
mod meter;
mod metrics;
mod openapi;
mod origin;
mod place;
mod routes;
mod shared;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tower_http::timeout::RequestBodyTimeoutLayer;

pub(crate) use answer::{unknown, wants_json};
pub use events::{Found, History};
pub use hosts::Hosts;
pub use listen::Tls;
pub use shared::Shared;

use access::Identity;
use access::links::{Link, LinkOrder};
use events::Wanted;
use openapi::{Api, told};

use crate::service::{Reloaded, Status, StopOrder};

/// Most bytes of a request's body, where a route doesn't say otherwise.
const LARGEST_BODY: usize = 1 << 20;

/// How long a client may send nothing in the middle of a request's body.
const SLOWEST_BODY: Duration = Duration::from_secs(30);

/// All routes, the console's pages included.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .nest("/api/v1", api().router())
        .merge(access::login::routes())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::tell))
        .merge(crate::pages::router(&shared))
        .method_not_allowed_fallback(answer::wrong_method)
        // The last one is the first that a request meets.
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(RequestBodyTimeoutLayer::new(SLOWEST_BODY))
        .layer(from_fn_with_state(shared.clone(), guard::once::check))
        .layer(from_fn_with_state(shared.clone(), guard::rate::requests))
        .layer(from_fn_with_state(shared.clone(), access::check::check))
        .layer(from_fn_with_state(shared.clone(), guard::rate::failures))
        .layer(from_fn_with_state(shared.clone(), origin::check))
        .layer(from_fn_with_state(shared.clone(), guard::record))
        .layer(from_fn(answer::finish))
        .layer(from_fn(headers::add))
        .layer(from_fn_with_state(shared.clone(), meter::count))
        .with_state(shared)
}

fn api() -> Api {
    Api::default()
        .get("/engine", routes::engine, told("Which engine this is.").answer::<routes::Engine>())
        .get("/identity", access::links::identity, told("Who asks.").answer::<Identity>())
        .post(
            "/links",
            access::links::create,
            told("Makes a link to the console that can be used once.").body::<LinkOrder>().answer::<Link>(),
        )
        .get("/status", routes::status, told("How everything stands.").answer::<Status>())
        .post("/reload", routes::reload, told("Reads everything again, now.").answer::<Reloaded>())
        .post(
            "/shutdown",
            routes::shut_down,
            told("Ends the engine.").body::<StopOrder>().answer::<routes::Ending>(),
        )
        .get(
            "/events",
            events::stream::stream,
            told("The events from now on, or after `since`; `Last-Event-ID` is honoured.")
                .query::<Wanted>()
                .answer::<String>()
                .kind("text/event-stream"),
        )
        .get(
            "/events/recent",
            events::stream::recent,
            told("The last events, newest first.").query::<Wanted>().answer::<Vec<Map<String, Value>>>(),
        )
        .merge(routes::at_work())
        .merge(routes::records())
}

/// Serves until `shared.ending` is cancelled and the requests under way are answered.
pub async fn serve(listener: TcpListener, tls: Option<Tls>, shared: Shared) {
    let (ending, history) = (shared.ending.clone(), shared.history.clone());
    // Of two that serve one engine, only the first one records.
    let (serve, record) = (listen::serve(listener, tls, router(shared), &ending), history.record(&ending));
    tokio::join!(serve, record);
}
