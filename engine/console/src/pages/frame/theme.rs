//! Light, dark, or as the system says. The choice is a cookie that the server reads, so
//! that no page flashes in the other one; it needs no script, and no right to change the
//! engine.

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::cookies;

const COOKIE: &str = "lariat_theme";
const A_YEAR: u32 = 31_536_000;

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Theme {
    /// As the system says.
    System,
    Light,
    Dark,
}

impl Theme {
    pub(super) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For `data-theme`; none leaves it to the system.
    pub(super) fn chosen(self) -> Option<&'static str> {
        (self != Self::System).then_some(self.word())
    }

    pub(super) fn read(headers: &HeaderMap) -> Self {
        let word = cookies::read(headers, COOKIE).unwrap_or_default();
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or(Self::System)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    to: Theme,
    #[serde(default)]
    back: String,
}

/// `GET /theme?to=dark&back=/pools`
pub(super) async fn choose(Query(choice): Query<Choice>) -> Response {
    let back = Some(choice.back.as_str()).filter(|back| is_ours(back)).unwrap_or("/");
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response();
    let seconds = if choice.to == Theme::System { 0 } else { A_YEAR };
    if let Some(value) = cookies::write(COOKIE, choice.to.word(), seconds) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
    answer
}

/// Whether an address is a page of this console: nobody is to be led elsewhere.
fn is_ours(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/", "/pools?q=a%20b", "/groups/Premium%20Farmers"] {
            assert!(is_ours(path), "{path}");
        }
        for path in ["", "//evil", "https://evil/", "/\\evil", "/a\nb", "javascript:1", "/ü"] {
            assert!(!is_ours(path), "{path}");
        }
    }
}
