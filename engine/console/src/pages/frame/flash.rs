//! The message that the next page shows: "launched", or why not. It travels in a cookie
//! that the page which shows it removes.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cookies;

const COOKIE: &str = "lariat_flash";
/// Browsers drop cookies beyond 4 KB; percent-encoding triples.
const LONGEST: usize = 1_000;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Tone {
    /// It was done.
    Good,
    /// It was done, but.
    Warning,
    /// It wasn't done.
    Bad,
}

impl Tone {
    pub(in crate::pages) const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A message for people.
#[derive(Debug, Clone)]
pub(super) struct Flash {
    pub(super) tone: Tone,
    pub(super) text: String,
}

pub(super) fn read(headers: &HeaderMap) -> Option<Flash> {
    let value = cookies::read(headers, COOKIE)?;
    let (tone, text) = value.split_once(' ')?;
    let tone = [Tone::Good, Tone::Warning, Tone::Bad].into_iter().find(|known| known.word() == tone)?;
    Some(Flash { tone, text: text.to_owned() })
}

/// Takes the message off the browser.
pub(super) fn clear(headers: &mut HeaderMap) {
    if let Some(value) = cookies::write(COOKIE, "", 0) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Goes to another page, which shows a message.
pub(in crate::pages) fn redirect(to: &str, tone: Tone, text: &str) -> Response {
    let text: String = text.chars().take(LONGEST).collect();
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    if let Some(value) = cookies::write(COOKIE, &format!("{} {text}", tone.word()), 60) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
    answer
}

/// Goes to another page, which says what was done.
pub(in crate::pages) fn done(to: &str, text: &str) -> Response {
    redirect(to, Tone::Good, text)
}
