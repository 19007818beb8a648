//! What came of an extension's calls, since its generation was loaded.

use std::time::Duration;

use lariat_core::limits::Calls;
use maud::{Markup, html};

use crate::pages::parts::{lasting, numbers};

/// The headings of the cells.
pub(super) fn headings() -> Markup {
    html! { th.number scope="col" { "Calls" } th.number scope="col" { "Errors" } th scope="col" title="Half of the calls took at most so long; 99 of 100; the slowest" { "p50 · p99 · max" } }
}

/// The cells; those of what is built in aren't counted.
pub(super) fn cells(calls: Option<Calls>) -> Markup {
    html! {
        @match calls {
            None => { td.number { span.muted { "–" } } td.number { span.muted { "–" } } td { span.muted { "–" } } }
            Some(calls) => {
                td.number { (numbers(calls.calls)) @if calls.running > 0 { span.muted.small { " +" (numbers(calls.running)) } } }
                td.number { (numbers(calls.errors)) }
                td.nowrap { @if calls.calls > 0 { (span(calls.p50_us)) " · " (span(calls.p99_us)) " · " (span(calls.max_us)) } @else { span.muted { "–" } } }
            }
        }
    }
}

/// Most scripts answer within a millisecond.
fn span(micros: u64) -> String {
    if micros < 1_000 { format!("{micros} µs") } else { lasting(Duration::from_micros(micros)) }
}
