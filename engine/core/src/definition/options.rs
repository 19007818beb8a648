//! How a launch goes: the options, their defaults, and the layers they come from
//! (built-in, `lariat.yaml`, the group, the command line; the later one wins).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::duration::Span;

/// What to do when an instance that a launch wants is held by another launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// Ask whoever started the launch; without an answer, skip.
    Ask,
    /// Stop the bot that holds the instance, then take it.
    Cancel,
    /// Do without the instance.
    Skip,
    /// Give up the launch.
    Abort,
}

/// When a bot is started again after it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Never.
    Never,
    /// When its routine raised an error or ran out of its budget.
    OnFailure,
    /// Also when its routine ended well.
    Always,
}

/// Whether a launch refreshes its pool first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshPolicy {
    /// Ask whoever started the launch; without an answer, don't.
    Ask,
    /// Yes.
    Always,
    /// No.
    Never,
    /// When the last refresh is longer ago than this.
    IfOlderThan(Span),
}

impl fmt::Display for RefreshPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask => f.write_str("ask"),
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::IfOlderThan(age) => write!(f, "if_older_than({age})"),
        }
    }
}

impl FromStr for RefreshPolicy {
    type Err = String;

    /// Reads `ask`, `always`, `never`, `if_older_than(5m)`, and the command line's
    /// `if-older-than=5m`.
    fn from_str(text: &str) -> Result<Self, String> {
        let age = |age: &str| age.parse::<Span>().map(Self::IfOlderThan).map_err(|error| error.to_string());
        match text {
            "ask" => Ok(Self::Ask),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            other => {
                if let Some(inner) =
                    other.strip_prefix("if_older_than(").and_then(|rest| rest.strip_suffix(')'))
                {
                    age(inner)
                } else if let Some(inner) = other.strip_prefix("if-older-than=") {
                    age(inner)
                } else {
                    Err(format!("{other:?} is not accepted; use ask, always, never or if_older_than(5m)"))
                }
            }
        }
    }
}

impl Serialize for RefreshPolicy {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RefreshPolicy {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for RefreshPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RefreshPolicy".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "ask | always | never | if_older_than(5m)",
            "type": "string",
            "anyOf": [{"enum": ["ask", "always", "never"]}, {"pattern": r"^if_older_than\(.+\)$"}]
        })
    }
}

macro_rules! options {
    ($($(#[$doc:meta])* $key:ident: $type:ty = $default:expr;)*) => {
        /// The options of a launch, every one decided.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct LaunchOptions { $($(#[$doc])* pub $key: $type,)* }

        /// One layer of options: what it leaves out comes from the layer below.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct LaunchSettings {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $key: Option<$type>,)*
        }

        impl Default for LaunchOptions {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl LaunchOptions {
            /// These options with a layer laid over them.
            #[must_use]
            pub fn with(self, layer: &LaunchSettings) -> Self {
                Self { $($key: layer.$key.clone().unwrap_or(self.$key),)* }
            }
        }

        impl LaunchSettings {
            /// The names of all options.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($key)),*];

            /// Whether the layer decides nothing.
            pub fn is_empty(&self) -> bool {
                *self == Self::default()
            }
        }
    };
}

options! {
    /// Whether `validate` checks the routine and its parameters (default true).
    validate_routine: bool = true;
    /// Whether `validate` checks the routine's templates (default true).
    validate_templates: bool = true;
    /// Whether `validate` checks that each instance exists (default true).
    validate_emulators: bool = true;
    /// What to do about an instance that another launch holds (default skip).
    on_conflict: ConflictPolicy = ConflictPolicy::Skip;
    /// Pause between the starts of two bots (default 0s).
    stagger_delay: Span = Span::ZERO;
    /// How long an instance may take to become ready (default 60s).
    emulator_timeout: Span = Span::from_secs(60);
    /// When a bot is started again (default never).
    restart_policy: RestartPolicy = RestartPolicy::Never;
    /// Whether the pool is refreshed first (default ask).
    refresh_pool: RefreshPolicy = RefreshPolicy::Ask;
    /// Accounts that one bot works on at most; 0: until the pool is exhausted (default 0).
    max_accounts: u64 = 0;
    /// How long a routine may take with one account; 0: no limit (default 0s).
    routine_timeout: Span = Span::ZERO;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_later_layer_wins_and_silence_keeps_the_earlier() {
        let file: LaunchSettings =
            serde_json::from_value(json!({"stagger_delay": "3s", "max_accounts": 5})).unwrap();
        let line: LaunchSettings = serde_json::from_value(json!({"stagger_delay": 0})).unwrap();
        let options = LaunchOptions::default().with(&file).with(&line);
        assert_eq!(options.stagger_delay, Span::ZERO);
        assert_eq!(options.max_accounts, 5);
        assert!(options.validate_routine);
    }

    #[test]
    fn refresh_policies_read_both_spellings() {
        for text in ["ask", "always", "never", "if_older_than(5m)"] {
            assert_eq!(text.parse::<RefreshPolicy>().unwrap().to_string(), text);
        }
        assert_eq!("if-older-than=90s".parse(), Ok(RefreshPolicy::IfOlderThan(Span::from_secs(90))));
        assert!("sometimes".parse::<RefreshPolicy>().is_err());
    }
}
