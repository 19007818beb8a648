//! Accounts by state. The order never changes, and the numbers are beside the bar: colour
//! alone says nothing.

use lariat_core::pool::Counts;
use maud::{Markup, html};

use super::numbers;

fn states(counts: &Counts) -> [(&'static str, &'static str, usize); 5] {
    [
        ("completed", "completed", counts.completed),
        ("in-use", "in use", counts.in_use),
        ("available", "available", counts.available),
        ("skipped", "skipped", counts.skipped),
        ("failed", "failed", counts.failed),
    ]
}

/// The counts as a bar.
pub(in crate::pages) fn bar(counts: &Counts) -> Markup {
    let states = states(counts);
    let told: Vec<String> = states
        .iter()
        .filter(|state| state.2 > 0)
        .map(|(_, word, count)| format!("{} {word}", numbers(*count)))
        .collect();
    let told = if told.is_empty() { "no accounts".to_owned() } else { told.join(", ") };
    let mut at = 0;
    html! {
        svg.bar viewBox={ "0 0 " (counts.total.max(1)) " 1" } preserveAspectRatio="none" role="img" aria-label=(told) {
            title { (told) }
            @for (class, _, count) in states.into_iter().filter(|state| state.2 > 0) {
                rect class=(class) x=(at) y="0" width=(count) height="1" {}
                @let () = at += count;
            }
        }
    }
}

/// The counts as numbers with their colours.
pub(in crate::pages) fn counts(counts: &Counts) -> Markup {
    html! {
        ul.counts {
            @for (class, word, count) in states(counts) {
                li.none[count == 0] { span class={ "dot " (class) } {} b { (numbers(count)) } " " (word) }
            }
        }
    }
}
