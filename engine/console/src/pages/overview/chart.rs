//! Settlements over time, drawn as stacked columns.

use maud::{Markup, html};

use crate::pages::desk::pulse::Beat;
use crate::pages::parts::numbers;

/// One column for each span, oldest at the left. The highest fills the height.
pub(super) fn chart(spans: &[Beat]) -> Markup {
    let top = spans.iter().map(|beat| beat.all()).max().unwrap_or_default().max(1);
    let all = spans.iter().map(|beat| beat.all()).sum::<u64>();
    let told = format!(
        "{} accounts settled in the last 15 minutes, at most {} within 10 s",
        numbers(all),
        numbers(if all == 0 { 0 } else { top })
    );
    let width = spans.len() * 10;
    html! {
        svg.pulse viewBox={ "0 0 " (width) " 100" } preserveAspectRatio="none" role="img" aria-label=(told) {
            title { (told) }
            @for y in [1, 34, 67, 99] { line x1="0" x2=(width) y1=(y) y2=(y) {} }
            @for (at, beat) in spans.iter().enumerate() { (column(at * 10 + 1, *beat, top)) }
        }
        p.counts.small {
            span { span.dot.completed {} "completed" } span { span.dot.skipped {} "skipped" }
            span { span.dot.failed {} "failed" } span { span.dot.back {} "back in the pool" }
            span { "top: " (numbers(if all == 0 { 0 } else { top })) " in 10 s" }
        }
    }
}

fn column(x: usize, beat: Beat, top: u64) -> Markup {
    // In tenths of the chart's units, so that whole numbers are fine enough.
    let height = |count: u64| count.saturating_mul(980) / top;
    let mut base = 990;
    let parts = [
        ("completed", beat.completed),
        ("skipped", beat.skipped),
        ("failed", beat.failed),
        ("back", beat.back),
    ];
    html! {
        @for (class, count) in parts.into_iter().filter(|part| part.1 > 0) {
            @let tall = height(count);
            @let () = base -= tall.min(base);
            rect class=(class) x=(x) y={ (base / 10) "." (base % 10) } width="8" height={ (tall / 10) "." (tall % 10) } {}
        }
    }
}
