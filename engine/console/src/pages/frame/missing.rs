//! The page for what isn't there, or can't be shown.

use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::nav::Section;
use super::page::Page;
use super::request::Frame;
use crate::server::{unknown, wants_json};
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

/// What no route is for. Programs are answered in their own way.
pub(in crate::pages) async fn missing(frame: Frame, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api/") || wants_json(&headers) {
        return unknown().await.into_response();
    }
    let told = ServiceError::new(Code::NotFound, format!("There is no page at {}.", uri.path()));
    problem_page(&frame, Section::Overview, &told)
}
