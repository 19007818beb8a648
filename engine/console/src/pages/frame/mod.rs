//! What is around each page.
//!
//! | part | what it is |
//! |---|---|
//! | [`Frame`] | what a request says about it: theme, message of the last click, who asks |
//! | [`Page`] | a page to be shown in it |
//! | [`Section`], `nav` | where a page belongs, and the way to the others |
//! | `flash` | the message that the next page shows |
//! | `cookies` | reading and writing the two small cookies for it |
//! | `theme` | light, dark, or as the system says |
//! | `help` | the keys |
//! | `icons` | the logo and the few drawings |
//! | `missing` | the page for what isn't there |

mod cookies;
mod flash;
mod help;
mod icons;
mod layout;
mod missing;
mod nav;
mod page;
mod request;
mod theme;

use axum::Router;
use axum::routing::get;

use crate::server::Shared;

pub(in crate::pages) use flash::{Tone, done, redirect};
pub(in crate::pages) use icons::{Icon, icon};
pub(in crate::pages) use missing::{missing, problem_page};
pub(in crate::pages) use nav::Section;
pub(in crate::pages) use page::Page;
pub(in crate::pages) use request::Frame;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/theme", get(theme::choose)).route("/help", get(help::page))
}
