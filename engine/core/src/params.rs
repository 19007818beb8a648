//! The parameters of an extension: what it declares, and how values are checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::Problem;
use crate::definition::problem::unknown;
use crate::duration::Span;

/// The declared parameters, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ParamSpecs(pub BTreeMap<String, ParamSpec>);

/// One declared parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// The value when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// The smallest number, or the fewest characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number, or the most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The only values accepted.
    #[serde(default, rename = "enum", alias = "choices", skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Value>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The types of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// Text.
    String,
    /// A whole number.
    #[serde(alias = "int")]
    Integer,
    /// Any number.
    #[serde(alias = "float")]
    Number,
    /// `true` or `false`.
    #[serde(alias = "bool")]
    Boolean,
    /// A path inside the workspace, or an absolute one.
    Path,
    /// A duration such as `30s`; handed over as a number of seconds.
    Duration,
    /// A list of anything.
    List,
    /// A table of anything.
    Table,
}

impl ParamKind {
    const fn accepts(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Path => "a path",
            Self::Duration => "a duration such as 30s",
            Self::List => "a list",
            Self::Table => "a table",
        }
    }
}

impl ParamSpec {
    /// The value as the extension gets it, or why it isn't accepted.
    fn check(&self, value: &Value) -> Result<Value, String> {
        let wrong = || format!("{value} is not {}", self.kind.accepts());
        let value = match self.kind {
            ParamKind::String | ParamKind::Path => {
                Value::String(value.as_str().ok_or_else(wrong)?.to_owned())
            }
            ParamKind::Integer => whole(value).map(Value::from).ok_or_else(wrong)?,
            ParamKind::Number => Some(value).filter(|v| v.is_number()).cloned().ok_or_else(wrong)?,
            ParamKind::Boolean => Some(value).filter(|v| v.is_boolean()).cloned().ok_or_else(wrong)?,
            ParamKind::List => Some(value).filter(|v| v.is_array()).cloned().ok_or_else(wrong)?,
            ParamKind::Table => Some(value).filter(|v| v.is_object()).cloned().ok_or_else(wrong)?,
            ParamKind::Duration => {
                let span: Span = serde_json::from_value(value.clone()).map_err(|_| wrong())?;
                Value::from(span.as_duration().as_secs_f64())
            }
        };
        #[allow(clippy::cast_precision_loss)]
        let size = match &value {
            Value::String(text) => Some((text.chars().count() as f64, " characters")),
            other => other.as_f64().map(|number| (number, "")),
        };
        if let Some((size, unit)) = size {
            if let Some(min) = self.min.filter(|min| size < *min) {
                return Err(format!("{value} is too small; at least {min}{unit}"));
            }
            if let Some(max) = self.max.filter(|max| size > *max) {
                return Err(format!("{value} is too large; at most {max}{unit}"));
            }
        }
        if !self.choices.is_empty() && !self.choices.contains(&value) {
            let choices: Vec<String> = self.choices.iter().map(Value::to_string).collect();
            return Err(format!("{value} is not one of {}", choices.join(", ")));
        }
        Ok(value)
    }
}

/// A whole number, also when it was written as `3.0`.
#[allow(clippy::cast_possible_truncation)]
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9e15).map(|f| f as i64))
}

impl ParamSpecs {
    /// The values as the extension gets them, defaults filled in.
    ///
    /// # Errors
    /// One problem for each value that is missing, unknown or not accepted; their
    /// paths begin with `prefix`.
    pub fn check(
        &self,
        prefix: &str,
        given: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Vec<Problem>> {
        let mut values = Map::new();
        let mut found = Vec::new();
        for name in given.keys().filter(|name| !self.0.contains_key(*name)) {
            found.push(Problem::at(
                format!("{prefix}.{name}"),
                unknown("parameter", name, self.0.keys().map(String::as_str)),
            ));
        }
        for (name, spec) in &self.0 {
            match given.get(name).filter(|value| !value.is_null()).or(spec.default.as_ref()) {
                Some(value) => match spec.check(value) {
                    Ok(value) => {
                        values.insert(name.clone(), value);
                    }
                    Err(message) => found.push(Problem::at(format!("{prefix}.{name}"), message)),
                },
                None if spec.required => {
                    let accepts = spec.kind.accepts();
                    found.push(Problem::at(
                        format!("{prefix}.{name}"),
                        format!("is missing; it takes {accepts}"),
                    ));
                }
                None => {}
            }
        }
        if found.is_empty() { Ok(values) } else { Err(found) }
    }

    /// The parameters that have to be given: required, and without a default.
    pub fn indispensable(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(_, spec)| spec.required && spec.default.is_none())
            .map(|(name, _)| name.as_str())
    }

    /// What is wrong with the declarations themselves: defaults that break their own
    /// rules, bounds that leave nothing.
    pub fn problems(&self, prefix: &str) -> Vec<Problem> {
        let mut found = Vec::new();
        for (name, spec) in &self.0 {
            if let Some(Err(message)) = spec.default.as_ref().map(|default| spec.check(default)) {
                found.push(Problem::at(format!("{prefix}.{name}.default"), message));
            }
            if let (Some(min), Some(max)) = (spec.min, spec.max)
                && min > max
            {
                found.push(Problem::at(
                    format!("{prefix}.{name}.min"),
                    format!("is above max ({min} > {max})"),
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn specs() -> ParamSpecs {
        serde_json::from_value(json!({
            "packs": {"type": "integer", "default": 1, "min": 1, "max": 50},
            "pause": {"type": "duration"},
            "mode": {"type": "string", "enum": ["fast", "slow"]},
            "file": {"type": "path", "required": true},
        }))
        .unwrap()
    }

    fn check(given: Value) -> Result<Value, Vec<String>> {
        specs()
            .check("config", given.as_object().unwrap())
            .map(Value::Object)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn fills_in_defaults_and_converts() {
        assert_eq!(
            check(json!({"file": "a.csv", "pause": "1m"})),
            Ok(json!({"packs": 1, "pause": 60.0, "file": "a.csv"}))
        );
        assert_eq!(check(json!({"file": "a.csv", "packs": 3.0})), Ok(json!({"packs": 3, "file": "a.csv"})));
    }

    #[test]
    fn says_what_is_wrong_and_what_is_accepted() {
        let told =
            check(json!({"pack": 3, "packs": 51, "mode": "medium", "pause": "soon"})).unwrap_err().join("\n");
        assert!(told.contains("config.pack: unknown parameter \"pack\"; did you mean \"packs\"?"), "{told}");
        assert!(told.contains("config.packs: 51 is too large; at most 50"), "{told}");
        assert!(told.contains("config.mode: \"medium\" is not one of \"fast\", \"slow\""), "{told}");
        assert!(told.contains("config.pause: \"soon\" is not a duration"), "{told}");
        assert!(told.contains("config.file: is missing; it takes a path"), "{told}");
    }

    #[test]
    fn a_default_obeys_its_own_bounds() {
        let specs: ParamSpecs =
            serde_json::from_value(json!({"n": {"type": "integer", "default": 0, "min": 1}, "m": {"type": "number", "min": 2, "max": 1}})).unwrap();
        let paths: Vec<String> = specs.problems("params").into_iter().map(|p| p.path).collect();
        assert_eq!(paths, ["params.m.min", "params.n.default"]);
    }
}
