//! The page for what isn't there, or can't be shown.

use axum::response::Response;
use maud::html;

use super::nav::Section;
use super::page::Page;
use super::request::Frame;
use crate::{Code, ServiceError};

/// Instead of a page: why it can't be shown.
pub(in crate::pages) fn problem_page(frame: &Frame, section: Section, error: &ServiceError) -> Response {
    let title = match error.code {
        Code::NotFound => "Not found",
        _ => "This can't be shown",
    };
    let (href, name, ..) = section.place();
    let body = html! { p { a href=(href) { "Back to " (name) } } };
    Page::new(section, title).problem(Some(error)).body(body).show(frame)
}
