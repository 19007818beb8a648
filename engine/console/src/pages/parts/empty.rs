//! Where nothing is: what to do first.

use maud::{Markup, html};

/// A heading, and what to do.
pub(in crate::pages) fn empty(title: &str, what: Markup) -> Markup {
    html! { div.empty { h2 { (title) } div { (what) } } }
}
