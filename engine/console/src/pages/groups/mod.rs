//! Groups: looking at them, changing them, running them.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the pages, their live fragments, the buttons |
//! | `list` | all groups as cards |
//! | `show` | one group: its bots, its definition, its launches |
//! | `edit` | making, changing and deleting one |
//! | `form` | a definition as a form, and back |
//! | `launch` | the plan, the questions before a launch, launching |
//! | `conflicts` | instances that others hold: the question, and the answers |
//! | `orders` | stop, pause, resume, scale |

mod conflicts;
mod edit;
mod form;
mod launch;
mod list;
mod orders;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::server::Shared;

pub(super) use list::instances;
pub(super) use show::bots;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/groups", get(list::page))
        .route("/fragments/groups", get(list::fragment))
        .route("/groups:new", get(edit::new).post(edit::create))
        .route("/groups/{name}", get(show::page))
        .route("/fragments/groups/{name}", get(show::fragment))
        .route("/groups/{name}/edit", get(edit::page).post(edit::save))
        .route("/groups/{name}/delete", get(edit::ask_delete).post(edit::delete))
        .route("/groups/{name}/launch", get(launch::page).post(launch::launch))
        .route("/groups/{name}/stop", post(orders::stop))
        .route("/groups/{name}/pause", post(orders::pause))
        .route("/groups/{name}/resume", post(orders::resume))
        .route("/groups/{name}/scale", post(orders::scale))
}
