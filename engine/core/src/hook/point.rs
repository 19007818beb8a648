//! When a hook runs: before, after or on the error of a phase.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::definition::problem::unknown;
use crate::launch::Phase;

/// On which side of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// Before the phase's own work.
    Before,
    /// After it went well.
    After,
    /// After it failed, before anything is undone.
    Error,
}

impl Moment {
    const ALL: [Self; 3] = [Self::Before, Self::After, Self::Error];

    /// The word in files and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Error => "error",
        }
    }
}

/// A moment of a phase, written `before:validate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HookPoint {
    /// On which side of the phase.
    pub moment: Moment,
    /// Which phase.
    pub phase: Phase,
}

impl HookPoint {
    /// A moment of a phase.
    pub const fn new(moment: Moment, phase: Phase) -> Self {
        Self { moment, phase }
    }

    /// All points in the order of a launch.
    pub fn all() -> impl Iterator<Item = Self> {
        Phase::ALL.into_iter().flat_map(|phase| Moment::ALL.map(|moment| Self { moment, phase }))
    }

    /// Whether a hook may change the plan here: before it is frozen.
    pub const fn may_patch(self) -> bool {
        matches!(self.moment, Moment::Before) && matches!(self.phase, Phase::ResolvePool | Phase::Validate)
    }

    /// Whether a hook may do without an instance here: once the plan is frozen, and
    /// before bots run.
    pub const fn may_skip(self) -> bool {
        matches!(
            (self.moment, self.phase),
            (Moment::Before | Moment::After, Phase::AcquireInstances) | (Moment::Before, Phase::LaunchBots)
        )
    }

    /// Whether a hook may deny here: while the launch is brought up. Its bots are
    /// brought to an end, and everything is given back, whatever a hook says.
    pub const fn may_deny(self) -> bool {
        !matches!(self.moment, Moment::Error) && !matches!(self.phase, Phase::Stop | Phase::Release)
    }

    /// Whether a hook may ask for another try here: before a phase that brings the
    /// launch up it is asked again, on an error the phase is run again.
    pub const fn may_retry(self) -> bool {
        match self.moment {
            Moment::Before => self.may_deny(),
            Moment::After => false,
            Moment::Error => true,
        }
    }
}

impl fmt::Display for HookPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.moment.as_str(), self.phase.as_str())
    }
}

impl FromStr for HookPoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|point| point.to_string() == text).ok_or_else(|| {
            let words: Vec<String> = Self::all().map(|point| point.to_string()).collect();
            unknown("point", text, words.iter().map(String::as_str))
        })
    }
}

impl Serialize for HookPoint {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HookPoint {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for HookPoint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HookPoint".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words: Vec<String> = Self::all().map(|point| point.to_string()).collect();
        schemars::json_schema!({"type": "string", "enum": words})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_as_they_are_written() {
        assert_eq!(HookPoint::all().count(), 18);
        for point in HookPoint::all() {
            assert_eq!(point.to_string().parse(), Ok(point));
        }
        let told = "before:validat".parse::<HookPoint>().unwrap_err();
        assert!(told.contains("did you mean \"before:validate\"?"), "{told}");
    }

    #[test]
    fn a_plan_is_changed_only_before_it_is_frozen() {
        let may: Vec<String> = HookPoint::all().filter(|p| p.may_patch()).map(|p| p.to_string()).collect();
        assert_eq!(may, ["before:resolve_pool", "before:validate"]);
    }
}
