//! What became of each account that a bot worked on, as the store keeps it.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the pages and the buttons |
//! | `filter` | which runs are wanted, as an address says it |
//! | `list` | runs page by page, newest first |
//! | `show` | one run: its result, its log |
//! | `retry` | runs that are tried again |
//! | [`runs`] | runs as a table |

mod filter;
mod list;
mod retry;
mod runs;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::server::Shared;

pub(super) use runs::{Of, runs};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/attempts", get(list::page))
        .route("/attempts/retry", get(retry::ask).post(retry::matching))
        .route("/attempts/{id}", get(show::page))
        .route("/attempts/{id}/retry", post(retry::one))
        .route("/fragments/attempts", get(list::fragment))
}
