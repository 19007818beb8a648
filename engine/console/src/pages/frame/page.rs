//! A page to be shown.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::flash::{self, Flash, Tone};
use super::layout::layout;
use super::nav::Section;
use super::request::Frame;
use crate::{Code, ServiceError};

/// A page: a title, what can be done, and a body.
pub(in crate::pages) struct Page {
    pub(super) section: Section,
    pub(super) title: String,
    pub(super) lead: Option<Markup>,
    pub(super) crumbs: Vec<(String, String)>,
    pub(super) actions: Markup,
    pub(super) messages: Vec<(Tone, String)>,
    pub(super) body: Markup,
    status: StatusCode,
}

impl Page {
    /// An empty page.
    pub(in crate::pages) fn new(section: Section, title: impl Into<String>) -> Self {
        Self {
            section,
            title: title.into(),
            lead: None,
            crumbs: Vec::new(),
            actions: html! {},
            messages: Vec::new(),
            body: html! {},
            status: StatusCode::OK,
        }
    }

    /// A line under the title.
    pub(in crate::pages) fn lead(mut self, lead: Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// A page above this one.
    pub(in crate::pages) fn under(mut self, href: impl Into<String>, name: impl Into<String>) -> Self {
        self.crumbs.push((href.into(), name.into()));
        self
    }

    /// Buttons and links beside the title.
    pub(in crate::pages) fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// What it is about.
    pub(in crate::pages) fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// A message above the body.
    pub(in crate::pages) fn message(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.messages.push((tone, text.into()));
        self
    }

    /// Why what was asked for wasn't done; the answer's status says it too.
    pub(in crate::pages) fn problem(mut self, error: Option<&ServiceError>) -> Self {
        if let Some(error) = error {
            self.status = status_of(error.code);
            self.messages.push((Tone::Bad, error.message.clone()));
        }
        self
    }

    /// The answer.
    pub(in crate::pages) fn show(mut self, frame: &Frame) -> Response {
        if let Some(Flash { tone, text }) = &frame.flash {
            self.messages.insert(0, (*tone, text.clone()));
        }
        let mut answer = (self.status, layout(&self, frame)).into_response();
        if frame.flash.is_some() {
            flash::clear(answer.headers_mut());
        }
        answer
    }
}

const fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Refused | Code::Stale => StatusCode::CONFLICT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}
