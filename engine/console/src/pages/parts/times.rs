//! Times: how long ago, when, how long. The script shows moments in the reader's own time,
//! with UTC on hover; without it they are UTC.

use std::time::Duration;

use jiff::Timestamp;
use maud::{Markup, html};

/// `2m ago`, kept up to date by the script.
pub(in crate::pages) fn ago(then: Timestamp) -> Markup {
    let text = told(Timestamp::now().as_second() - then.as_second());
    html! { time datetime=(iso(then)) title=(utc(then)) data-ago { (text) } }
}

/// A moment.
pub(in crate::pages) fn clock(then: Timestamp) -> Markup {
    html! { time datetime=(iso(then)) title=(utc(then)) data-clock { (utc(then)) } }
}

/// How long something took: `820 ms`, `3.2 s`, `4m 10s`.
pub(in crate::pages) fn lasting(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        60_000..3_600_000 => format!("{}m {}s", millis / 60_000, millis / 1_000 % 60),
        _ => format!("{}h {}m", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// From one moment to another, or to now.
pub(in crate::pages) fn short(from: Timestamp, to: Option<Timestamp>) -> String {
    let to = to.unwrap_or_else(Timestamp::now);
    lasting(Duration::try_from(to.duration_since(from)).unwrap_or_default())
}

fn iso(then: Timestamp) -> String {
    then.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn utc(then: Timestamp) -> String {
    then.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The script tells it in the same words.
fn told(seconds: i64) -> String {
    match seconds {
        ..5 => "just now".to_owned(),
        5..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_one_unit() {
        for (seconds, text) in
            [(-3, "just now"), (4, "just now"), (59, "59s ago"), (125, "2m ago"), (90_000, "1d ago")]
        {
            assert_eq!(told(seconds), text);
        }
    }

    #[test]
    fn how_long_is_told_as_finely_as_it_matters() {
        for (millis, text) in [(820, "820 ms"), (3_210, "3.2 s"), (250_000, "4m 10s"), (3_720_000, "1h 2m")] {
            assert_eq!(lasting(Duration::from_millis(millis)), text);
        }
    }
}
