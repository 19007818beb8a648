//! The web console: pages that the server renders, and that work without script.
//!
//! | part | what it is |
//! |---|---|
//! | [`router`] | all pages, to be merged into the server's router |
//! | `frame` | what is around each page: navigation, theme, messages, help |
//! | `parts` | what pages are made of: times, bars, badges, forms |
//! | `assets` | the style, the script and the icon, under names that change with them |
//! | `desk` | what pages remember of the events: throughput, the course of launches |
//! | `live` | tells the script of an open page which of its fragments are out of date |
//! | `overview` | everything at a glance |
//! | `groups` | groups: cards, editing, launching, bots |
//! | `launches` | the course of a launch, drawn; its summary |
//! | `attempts` | what became of each account that a bot worked on |
//! | `pools` | pools: list, numbers, trial, refresh, reset, deleting |
//! | `builder` | a pool's definition as a form, with what it selects while it is edited |
//! | `files` | a definition's file as it is written, to mend it |
//! | `accounts` | the account table, page by page |
//! | `extensions` | scripts, plugins, hooks, what is registered |
//! | `events` | what happened |
//! | `logs` | what was logged |
//!
//! A page is one function that asks the [`Service`](crate::Service) and gives a
//! `frame::Page`. A form posts to a route of its page, which answers with a redirect, or
//! with the page again and the problem on it.

mod accounts;
mod assets;
mod attempts;
mod builder;
mod desk;
mod events;
mod extensions;
mod files;
mod frame;
mod groups;
mod launches;
mod live;
mod logs;
mod overview;
mod parts;
mod pools;

use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};

use crate::server::Shared;

pub(crate) use frame::refused;

/// All pages. Within a tokio runtime, follows the engine's events from here on, until
/// `shared.ending`.
pub fn router(shared: &Shared) -> Router<Shared> {
    let desk = desk::Desk::start(shared);
    Router::new()
        .merge(overview::routes())
        .merge(groups::routes())
        .merge(launches::routes())
        .merge(attempts::routes())
        .merge(pools::routes())
        .merge(builder::routes())
        .merge(files::routes())
        .merge(accounts::routes())
        .merge(extensions::routes())
        .merge(events::routes())
        .merge(logs::routes())
        .merge(live::routes())
        .merge(frame::routes())
        .merge(assets::routes())
        .fallback(frame::missing)
        .layer(from_fn_with_state(desk.clone(), live::share))
        .layer(Extension(desk))
}
