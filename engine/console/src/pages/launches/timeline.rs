//! Phases, hooks and attempts over time, drawn: one lane for the phases, one for each bot.

use std::collections::BTreeSet;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::desk::course::{Attempt, Course};
use crate::pages::parts::{lasting, short};

/// The drawing's width, of which names take the left.
const WIDTH: i64 = 1_000;
const LEFT: i64 = 90;
/// The height of a lane.
const LANE: i64 = 22;
/// Lanes that are drawn at most.
const LANES: usize = 64;

struct Scale {
    from: i64,
    span: i64,
}

impl Scale {
    fn x(&self, at: Timestamp) -> i64 {
        LEFT + (at.as_millisecond() - self.from).clamp(0, self.span) * (WIDTH - LEFT - 10) / self.span
    }

    fn width(&self, from: Timestamp, to: Timestamp) -> i64 {
        (self.x(to) - self.x(from)).max(2)
    }
}

pub(super) fn draw(course: &Course) -> Markup {
    let end = course.ended.unwrap_or_else(Timestamp::now);
    let from = course.began.as_millisecond();
    let scale = Scale { from, span: (end.as_millisecond() - from).max(1) };
    let lanes: BTreeSet<u32> = course.attempts.iter().map(|attempt| attempt.instance).collect();
    let lanes: Vec<u32> = lanes.into_iter().take(LANES).collect();
    let count = i64::try_from(lanes.len()).unwrap_or(0) + 1;
    let height = count * LANE + 24;
    let told = format!(
        "{} phases and {} attempts on {} instances",
        course.phases.len(),
        course.attempts.len(),
        lanes.len()
    );
    html! {
        svg.timeline viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(told) {
            @for quarter in 0..=4_i64 {
                @let x = LEFT + quarter * (WIDTH - LEFT - 10) / 4;
                @let time = lasting(std::time::Duration::from_millis(u64::try_from(scale.span * quarter / 4).unwrap_or(0)));
                line.tick x1=(x) x2=(x) y1="0" y2=(height - 16) {}
                text x=(x) y=(height - 4) text-anchor=(if quarter == 4 { "end" } else { "start" }) { (time) }
            }
            text.name x="0" y="15" { "phases" }
            @for phase in &course.phases {
                @let until = phase.ended.unwrap_or(end);
                rect.phase.broken[phase.error.is_some()] x=(scale.x(phase.began)) y="3" width=(scale.width(phase.began, until)) height="16" rx="3" {
                    title { (phase.phase) ", " (short(phase.began, Some(until))) @if let Some(error) = &phase.error { ": " (error) } }
                }
                @if scale.width(phase.began, until) > 70 { text x=(scale.x(phase.began) + 5) y="15" { (phase.phase.replace('_', " ")) } }
            }
            @for hook in &course.hooks {
                circle.hook cx=(scale.x(hook.at)) cy="11" r="3" { title { "hook " (hook.hook) " at " (hook.point) ": " (hook.outcome) } }
            }
            @for (instance, y) in lanes.iter().zip((1..).map(|lane| lane * LANE)) {
                text.name x="0" y=(y + 15) { "instance " (instance) }
                rect.lane x=(LEFT) y=(y + 2) width=(WIDTH - LEFT - 10) height="18" rx="3" {}
                @for attempt in course.attempts.iter().filter(|attempt| attempt.instance == *instance) {
                    (block(attempt, &scale, y + 4, end))
                }
            }
        }
    }
}

fn block(attempt: &Attempt, scale: &Scale, y: i64, end: Timestamp) -> Markup {
    let until = attempt.ended.unwrap_or(end);
    let word = attempt.outcome.map_or("in use", |outcome| outcome.as_str());
    let class = match word {
        "completed" | "failed" | "skipped" => word,
        "in use" => "in-use",
        _ => "back",
    };
    html! {
        rect class=(class) x=(scale.x(attempt.began)) y=(y) width=(scale.width(attempt.began, until)) height="14" rx="2" {
            title { (attempt.account) ": " (word) ", " (short(attempt.began, Some(until))) @if let Some(reason) = &attempt.reason { ": " (reason) } }
        }
    }
}
