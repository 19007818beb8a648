//! Labelled inputs, and buttons that post.

use maud::{Markup, html};

/// A labelled one-line input with a hint.
pub(in crate::pages) fn field(name: &str, label: &str, kind: &str, value: &str, hint: &str) -> Markup {
    let hint_id = format!("hint-{name}");
    html! {
        label.field {
            span.label { (label) }
            input type=(kind) name=(name) value=(value) step=[(kind == "number").then_some("any")]
                autocomplete="off" aria-describedby=[(!hint.is_empty()).then_some(&hint_id)];
            @if !hint.is_empty() { span.hint id=(hint_id) { (hint) } }
        }
    }
}

/// A labelled choice of `(value, words)`.
pub(in crate::pages) fn select(
    name: &str,
    label: &str,
    chosen: &str,
    choices: &[(String, String)],
    hint: &str,
) -> Markup {
    let hint_id = format!("hint-{name}");
    let known = choices.iter().any(|(value, _)| value == chosen);
    html! {
        label.field {
            span.label { (label) }
            select name=(name) aria-describedby=[(!hint.is_empty()).then_some(&hint_id)] {
                @if !known { option value=(chosen) selected { (chosen) } }
                @for (value, words) in choices {
                    option value=(value) selected[value == chosen] { (words) }
                }
            }
            @if !hint.is_empty() { span.hint id=(hint_id) { (hint) } }
        }
    }
}

/// A labelled box to tick.
pub(in crate::pages) fn checkbox(name: &str, label: &str, ticked: bool) -> Markup {
    html! { label.tick { input type="checkbox" name=(name) value="true" checked[ticked]; span { (label) } } }
}

/// A button that posts to an address. `class`: `primary`, `danger`, or nothing.
pub(in crate::pages) fn post(action: &str, words: &str, class: &str, may: bool) -> Markup {
    html! {
        form.inline action=(action) method="post" {
            button class=(class) type="submit" disabled[!may] { (words) }
        }
    }
}
