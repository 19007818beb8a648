//! The account table: searched page by page, however long it is.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the pages and the buttons |
//! | `list` | the accounts that a search finds |
//! | `show` | one account, its runs; its secrets, when somebody asks for them |
//! | `export` | the accounts that a search finds, as a file |
//! | `orders` | reset and import |

mod export;
mod list;
mod orders;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::server::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/accounts", get(list::page))
        .route("/accounts:import", get(orders::ask_import).post(orders::import))
        .route("/accounts:export", get(export::page).post(export::download))
        .route("/accounts/{id}", get(show::page))
        .route("/accounts/{id}/reveal", post(show::reveal))
        .route("/accounts/{id}/reset", get(orders::ask_reset).post(orders::reset))
}
