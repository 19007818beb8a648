//! A pool's definition as a form: filters and sorts over the columns that there are, or a
//! query, a folder, or the settings of an extension's pool type; with what it selects and
//! the YAML that it becomes.
//!
//! The form holds everything: whatever is pressed posts it, and the answer is the form with
//! that change. Nothing is saved before somebody saves.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | new, edit, and the live preview |
//! | `draft` | what is being edited: a definition, with what is switched off |
//! | `reading` | the posted form as a draft |
//! | `values` | values as they are typed, and back |
//! | `steps` | add, remove, move, switch off |
//! | `columns` | the columns of a database, and which comparisons fit them |
//! | `form` | the draft as a form |
//! | `page` | the pages around it |

mod columns;
mod draft;
mod form;
mod page;
mod reading;
mod steps;
mod values;

use axum::Router;
use axum::routing::{get, post};

use crate::server::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/pools:new", get(page::new).post(page::create))
        .route("/pools/{name}/edit", get(page::edit).post(page::save))
        .route("/fragments/builder", post(page::preview))
}
