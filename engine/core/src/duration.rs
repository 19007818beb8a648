//! Durations as people write them: `300ms`, `30s`, `5m`, `1h30m`, or a bare number
//! of seconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest duration that is accepted: a hundred years.
const MAX_SECONDS: f64 = 100.0 * 365.25 * 86_400.0;

/// A duration that reads and prints as people write it.
///
/// ```
/// use lariat_core::duration::Span;
/// let span: Span = "1h30m".parse()?;
/// assert_eq!(span.as_duration().as_secs(), 5400);
/// assert_eq!(span.to_string(), "1h30m");
/// # Ok::<(), lariat_core::duration::SpanError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span(Duration);

/// Why a text isn't a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write it like 300ms, 30s, 5m, 1h30m, or as a number of seconds")]
pub struct SpanError(String);

impl Span {
    /// No time at all; most settings read it as "off".
    pub const ZERO: Span = Span(Duration::ZERO);

    /// That many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// That many milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(Duration::from_millis(milliseconds))
    }

    /// As the standard library's type.
    pub const fn as_duration(self) -> Duration {
        self.0
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The duration, or `None` for zero, where zero means "off".
    pub fn non_zero(self) -> Option<Duration> {
        (!self.is_zero()).then_some(self.0)
    }

    /// To the millisecond, since a sum of decimal fractions is never exact.
    fn from_seconds(seconds: f64) -> Option<Self> {
        if !(0.0..=MAX_SECONDS).contains(&seconds) {
            return None;
        }
        let nanos = Duration::from_secs_f64(seconds).as_nanos();
        u64::try_from((nanos + 500_000) / 1_000_000).ok().map(Self::from_millis)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError(text.to_owned());
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        if let Ok(seconds) = rest.parse::<f64>() {
            return Self::from_seconds(seconds).ok_or_else(wrong);
        }
        let mut total = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let number: f64 = number.parse().map_err(|_| wrong())?;
            total += number
                * match unit.trim() {
                    "ms" => 0.001,
                    "s" => 1.0,
                    "m" => 60.0,
                    "h" => 3600.0,
                    "d" => 86_400.0,
                    _ => return Err(wrong()),
                };
            rest = tail;
        }
        Self::from_seconds(total).ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.subsec_millis();
        let mut seconds = self.0.as_secs();
        if seconds == 0 && millis == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
            if seconds >= size {
                write!(f, "{}{unit}", seconds / size)?;
                seconds %= size;
            }
        }
        if millis > 0 { write!(f, "{millis}ms") } else { Ok(()) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl de::Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration like 300ms, 30s, 5m, 1h30m, or a number of seconds")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
        seconds.to_string().parse().map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
        seconds.to_string().parse().map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Span, E> {
        seconds.to_string().parse().map_err(E::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "300ms, 30s, 5m, 1h30m, or a bare number of seconds",
            "oneOf": [
                {"type": "string", "pattern": r"^\s*([0-9.]+\s*(ms|s|m|h|d)\s*)+$|^\s*[0-9.]+\s*$"},
                {"type": "number", "minimum": 0}
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, millis) in [
            ("300ms", 300),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("45", 45_000),
            ("0.5", 500),
            ("1.5s", 1500),
            ("0", 0),
            ("2d", 172_800_000),
        ] {
            assert_eq!(text.parse::<Span>(), Ok(Span::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_duration() {
        for text in ["", "-1", "-5s", "5 parsecs", "s", "1e400", "NaN", "inf", "5m5", "999999999999h"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn prints_what_it_reads(millis in 0u64..10_000_000_000) {
            let span = Span::from_millis(millis);
            proptest::prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }

        #[test]
        fn never_panics(text in ".{0,24}") {
            let _ = text.parse::<Span>();
        }
    }
}
