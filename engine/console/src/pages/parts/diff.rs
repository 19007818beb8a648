//! A difference between two texts, line by line.

use maud::{Markup, html};

/// A unified diff; what came is marked by more than its colour.
pub(in crate::pages) fn diff(text: &str) -> Markup {
    html! {
        pre.diff {
            @for line in text.lines() {
                @match line.chars().next() {
                    Some('+') => ins { (line) "\n" },
                    Some('-') => del { (line) "\n" },
                    _ => span.muted { (line) "\n" },
                }
            }
        }
    }
}
