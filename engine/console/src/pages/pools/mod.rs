//! Pools: looking at them, trying them, refreshing, resetting and deleting them.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the pages, their live fragment, the buttons |
//! | `list` | all pools, searched and sorted |
//! | `show` | one pool: numbers, definition, history |
//! | [`places`] | how its accounts stand, and why one isn't served |
//! | `trial` | what a pool selects now, with sample rows |
//! | `orders` | refresh; reset and delete, which ask first |
//! | `files` | import of YAML, export of it |

mod files;
mod list;
mod orders;
mod places;
mod show;
mod trial;

use axum::Router;
use axum::routing::{get, post};

use crate::server::Shared;

pub(super) use places::standings;
pub(super) use show::text;
pub(super) use trial::report;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/pools", get(list::page))
        .route("/fragments/pools", get(list::fragment))
        .route("/pools:import", get(files::page).post(files::import))
        .route("/pools/{name}", get(show::page))
        .route("/fragments/pools/{name}", get(show::fragment))
        .route("/pools/{name}/accounts", get(places::page))
        .route("/pools/{name}/test", get(trial::page))
        .route("/pools/{name}/export", get(files::export))
        .route("/pools/{name}/refresh", post(orders::refresh))
        .route("/pools/{name}/reset", get(orders::ask_reset).post(orders::reset))
        .route("/pools/{name}/delete", get(orders::ask_delete).post(orders::delete))
}
