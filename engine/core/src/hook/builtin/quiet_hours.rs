//! `quiet_hours`: hours without launches, or with one bot only.
//!
//! ```yaml
//! hooks:
//!   quiet_hours: {enabled: true, config: {from: "22:00", to: "06:00", utc_offset: "+02:00"}}
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{EngineView, info, mode};
use crate::hook::{Hook, HookCall, HookError, HookInfo, Moment, Verdict};
use crate::launch::Phase;

const DAY: i64 = 24 * 60;

/// Denies launches in quiet hours, or gives them one bot.
pub struct QuietHours {
    info: HookInfo,
    engine: Arc<dyn EngineView>,
}

impl QuietHours {
    /// The hook by this engine's clock.
    pub fn new(engine: Arc<dyn EngineView>) -> Self {
        let description = "Denies launches in quiet hours, or gives them one bot";
        let params = json!({
            "from": {"type": "string", "required": true, "description": "When they begin, like 22:00"},
            "to": {"type": "string", "required": true, "description": "When they end, like 06:00"},
            "utc_offset": {"type": "string", "default": "+00:00", "description": "How far these times are from UTC, like +02:00"},
            "mode": mode(["deny", "one_bot"], "What is done about a launch in these hours"),
        });
        Self { info: info("quiet_hours", description, Moment::Before, Phase::Validate, params), engine }
    }
}

#[async_trait]
impl Hook for QuietHours {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let text = |key: &str| call.params.get(key).and_then(Value::as_str).unwrap_or_default();
        let (from, to) = (time("from", text("from"))?, time("to", text("to"))?);
        let offset = offset(text("utc_offset"))?;
        let minute = (self.engine.now().as_second().div_euclid(60) + offset).rem_euclid(DAY);
        if !is_within(minute, from, to) {
            return Ok(Verdict::Continue);
        }
        if text("mode") != "one_bot" {
            let now = format!("{:02}:{:02}", minute / 60, minute % 60);
            let hours = format!("{} to {} (UTC{})", text("from"), text("to"), text("utc_offset"));
            return Ok(Verdict::Deny { reason: format!("quiet hours are from {hours}, and it is {now}") });
        }
        if call.plan.bot_count <= 1 {
            return Ok(Verdict::Continue);
        }
        Ok(Verdict::Patch { patch: Map::from_iter([("bot_count".to_owned(), 1.into())]) })
    }
}

/// Also over midnight. From a time to itself is the whole day.
const fn is_within(minute: i64, from: i64, to: i64) -> bool {
    if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
}

/// Minutes since midnight.
fn time(key: &str, text: &str) -> Result<i64, HookError> {
    minutes(text)
        .filter(|minutes| *minutes <= DAY)
        .ok_or_else(|| HookError::new(format!("config.{key}: \"{text}\" is not a time; write it like 22:00")))
}

/// Minutes to add to UTC.
fn offset(text: &str) -> Result<i64, HookError> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    minutes(rest).filter(|minutes| *minutes <= 14 * 60).map(|minutes| sign * minutes).ok_or_else(|| {
        HookError::new(format!("config.utc_offset: \"{text}\" is not an offset; write it like +02:00"))
    })
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes): (i64, i64) = (
        Some(hours).filter(|part| digits(part))?.parse().ok()?,
        Some(minutes).filter(|part| digits(part) && part.len() == 2)?.parse().ok()?,
    );
    (hours <= 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_over_midnight() {
        for (now, from, to, within) in [
            ("23:00", "22:00", "06:00", true),
            ("05:59", "22:00", "06:00", true),
            ("06:00", "22:00", "06:00", false),
            ("21:59", "22:00", "06:00", false),
            ("12:00", "09:00", "17:00", true),
            ("17:00", "09:00", "17:00", false),
            ("00:00", "20:00", "24:00", false),
            ("03:00", "08:00", "08:00", true),
        ] {
            let [now, from, to] = [now, from, to].map(|text| minutes(text).unwrap());
            assert_eq!(is_within(now, from, to), within, "{now} in {from}..{to}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_told() {
        for text in ["", "22", "22:0", "25:00", "22:60", "-1:00", "+2:00", "24:30", "noon"] {
            assert!(time("from", text).is_err(), "{text}");
        }
        assert_eq!(
            (offset("-03:30").unwrap(), offset("+02:00").unwrap(), offset("1:00").unwrap()),
            (-210, 120, 60)
        );
        assert!(offset("+15:00").is_err() && offset("CET").is_err());
    }
}
