//! Phases, hooks and attempts over time, drawn: one lane for the phases, one for each bot.

use std::collections::BTreeMap;

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
    let mut lanes: BTreeMap<u32, Vec<&Attempt>> = BTreeMap::new();
    for attempt in &course.attempts {
        lanes.entry(attempt.instance).or_default().push(attempt);
    }
    let lanes: Vec<(u32, Vec<&Attempt>)> = lanes.into_iter().take(LANES).collect();
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
            @for ((instance, attempts), y) in lanes.iter().zip((1..).map(|lane| lane * LANE)) {
                text.name x="0" y=(y + 15) { "instance " (instance) }
                rect.lane x=(LEFT) y=(y + 2) width=(WIDTH - LEFT - 10) height="18" rx="3" {}
                @for block in blocks(attempts, &scale, end) { (block.draw(y + 4, end)) }
            }
        }
    }
}

/// What is drawn of a lane.
struct Block<'a> {
    class: &'static str,
    x: i64,
    width: i64,
    attempt: &'a Attempt,
    /// Attempts besides that would be drawn over it: many short ones in a long launch.
    others: u32,
}

fn blocks<'a>(attempts: &[&'a Attempt], scale: &Scale, end: Timestamp) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for attempt in attempts {
        let class = match word(attempt) {
            known @ ("completed" | "failed" | "skipped") => known,
            "in use" => "in-use",
            _ => "back",
        };
        let x = scale.x(attempt.began);
        let width = scale.width(attempt.began, attempt.ended.unwrap_or(end));
        let same = |block: &&mut Block<'_>| (block.class, block.x, block.width) == (class, x, width);
        match blocks.last_mut().filter(same) {
            Some(block) => block.others += 1,
            None => blocks.push(Block { class, x, width, attempt, others: 0 }),
        }
    }
    blocks
}

fn word(attempt: &Attempt) -> &'static str {
    attempt.outcome.map_or("in use", |outcome| outcome.as_str())
}

impl Block<'_> {
    fn draw(&self, y: i64, end: Timestamp) -> Markup {
        let attempt = self.attempt;
        let until = attempt.ended.unwrap_or(end);
        html! {
            rect class=(self.class) x=(self.x) y=(y) width=(self.width) height="14" rx="2" {
                title {
                    (attempt.account) ": " (word(attempt)) ", " (short(attempt.began, Some(until)))
                    @if let Some(reason) = &attempt.reason { ": " (reason) }
                    @if self.others > 0 { ", and " (self.others) " more" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lariat_core::ids::AccountId;
    use lariat_core::outcome::Disposition;

    use super::*;

    #[test]
    fn attempts_that_would_cover_each_other_are_drawn_once_and_told() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let attempt = |began, outcome| Attempt {
            instance: 1,
            account: AccountId::new(format!("a{began}")).unwrap(),
            began: at(began),
            ended: Some(at(began + 1)),
            outcome: Some(outcome),
            reason: None,
            progress: None,
        };
        let all = [
            attempt(0, Disposition::Completed),
            attempt(2, Disposition::Completed),
            attempt(4, Disposition::Completed),
            attempt(6, Disposition::Failed),
            attempt(500_000, Disposition::Failed),
        ];
        let scale = Scale { from: 0, span: 1_000_000 };
        let drawn = blocks(&all.iter().collect::<Vec<_>>(), &scale, at(1_000_000));
        let told: Vec<_> = drawn.iter().map(|block| (block.class, block.others)).collect();
        assert_eq!(told, [("completed", 2), ("failed", 0), ("failed", 0)]);
        assert!(drawn[0].draw(0, at(0)).into_string().contains("a0: completed, 1 ms, and 2 more"));
    }
}
