//! Parameters as the engine hands them over: checked by what is declared, with the defaults.

use std::path::Path;

use serde_json::{Map, Value};

use crate::{Error, Extension, Result};

/// What an extension gets when these are given to it; `null` is none at all.
pub(super) fn checked(extension: &Extension, given: Value, workspace: &Path) -> Result<Value> {
    let nothing = Map::new();
    let declared = extension.described().get("params").and_then(Value::as_object).unwrap_or(&nothing);
    let given = match given {
        Value::Null => Map::new(),
        Value::Object(given) => given,
        other => return Err(Error::invalid(format!("config: {other} is not a table"))),
    };
    if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
        return Err(Error::invalid(format!("config.{name}: unknown parameter \"{name}\"")));
    }
    let mut handed = Map::new();
    for (name, spec) in declared {
        let value = given.get(name).filter(|value| !value.is_null()).or(spec.get("default"));
        let wrong = |why: String| Error::invalid(format!("config.{name}: {why}"));
        match value {
            Some(value) => {
                let value = one(spec, value, workspace).map_err(wrong)?;
                handed.insert(name.clone(), value);
            }
            None if spec.get("required") == Some(&Value::Bool(true)) => {
                return Err(wrong("is missing".into()));
            }
            None => {}
        }
    }
    Ok(Value::Object(handed))
}

fn one(spec: &Value, value: &Value, workspace: &Path) -> std::result::Result<Value, String> {
    let kind = spec.get("type").and_then(Value::as_str).unwrap_or_default();
    let handed = match (kind, value) {
        ("string", Value::String(_)) => Some(value.clone()),
        ("path", Value::String(path)) => Some(workspace.join(path).to_string_lossy().into()),
        ("integer", Value::Number(number)) if !number.is_f64() => Some(value.clone()),
        ("number", Value::Number(_)) => Some(value.clone()),
        ("boolean", Value::Bool(_)) => Some(value.clone()),
        ("duration", Value::Number(number)) => {
            number.as_f64().filter(|seconds| *seconds >= 0.0).map(|_| value.clone())
        }
        ("duration", Value::String(text)) => seconds(text).map(Value::from),
        ("list", Value::Array(_)) => Some(value.clone()),
        ("table", Value::Object(_)) => Some(value.clone()),
        _ => None,
    };
    let handed = handed.ok_or_else(|| format!("{value} is no {kind}"))?;
    let (size, unit) = match value {
        Value::String(text) => (Some(text.chars().count() as f64), " characters"),
        _ => (handed.as_f64(), ""),
    };
    let bound = |name: &str| spec.get(name).and_then(Value::as_f64);
    if let (Some(size), Some(min)) = (size, bound("min"))
        && size < min
    {
        return Err(format!("{value} is too small; at least {min}{unit}"));
    }
    if let (Some(size), Some(max)) = (size, bound("max"))
        && size > max
    {
        return Err(format!("{value} is too large; at most {max}{unit}"));
    }
    match spec.get("enum") {
        Some(Value::Array(words)) if !words.contains(&handed) => {
            let words: Vec<String> = words.iter().map(Value::to_string).collect();
            Err(format!("{value} is not one of {}", words.join(", ")))
        }
        _ => Ok(handed),
    }
}

/// `1500ms`, `30s`, `5m`, `2h`, `1d` in seconds.
fn seconds(text: &str) -> Option<f64> {
    let digits = text.find(|it: char| it.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    number.trim().parse::<f64>().ok().filter(|number| *number >= 0.0).map(|number| number * unit)
}

#[cfg(test)]
mod tests {
    use lariat_abi::LARIAT_INVALID;
    use serde_json::json;

    use super::*;
    use crate::{Context, Outcome, Routine, Run, Seconds, WorkspacePath, testing};

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Config {
        #[serde(default = "three")]
        #[schemars(range(min = 1, max = 50))]
        packs: u32,
        #[serde(default)]
        pause: Option<Seconds>,
        file: WorkspacePath,
        #[serde(default)]
        #[schemars(extend("enum" = ["fast", "slow"]))]
        mode: Option<String>,
    }

    fn three() -> u32 {
        3
    }

    /// Says what it was given.
    #[derive(Default)]
    struct Echo;

    impl Routine for Echo {
        const NAME: &'static str = "Echo";
        type Params = Config;

        async fn run(&self, _: &Context, run: Run<Config>) -> Result<Outcome> {
            let Config { packs, pause, file, mode } = run.params;
            Ok(Outcome::completed(json!({"packs": packs, "pause": pause, "file": file, "mode": mode})))
        }
    }

    #[test]
    fn defaults_are_filled_in_and_durations_and_paths_handed_over_as_the_engine_does() {
        let routine = testing::routine::<Echo>().unwrap();
        let ran = routine.run(json!({"file": "a.csv", "pause": "2m"}), None).unwrap();
        let told = json!({"packs": 3, "pause": 120, "file": "a.csv", "mode": null});
        assert_eq!(ran, Outcome::completed(told));
        let ran = routine.run(json!({"file": "/a.csv", "mode": "slow", "packs": null}), None).unwrap();
        let told = json!({"packs": 3, "pause": null, "file": "/a.csv", "mode": "slow"});
        assert_eq!(ran, Outcome::completed(told));
    }

    #[test]
    fn what_the_engine_refuses_never_reaches_the_extension() {
        let routine = testing::routine::<Echo>().unwrap();
        for (given, told) in [
            (json!({}), "config.file: is missing"),
            (json!({"file": "f", "pakcs": 1}), "config.pakcs: unknown parameter"),
            (json!({"file": "f", "packs": 0}), "config.packs: 0 is too small; at least 1"),
            (json!({"file": "f", "packs": 51}), "config.packs: 51 is too large; at most 50"),
            (json!({"file": "f", "packs": "two"}), "config.packs: \"two\" is no integer"),
            (json!({"file": 3}), "config.file: 3 is no path"),
            (json!({"file": "f", "pause": "soon"}), "config.pause: \"soon\" is no duration"),
            (json!({"file": "f", "mode": "loud"}), "config.mode: \"loud\" is not one of \"fast\", \"slow\""),
            (json!("f"), "config: \"f\" is not a table"),
        ] {
            let error = routine.run(given, None).unwrap_err();
            assert_eq!(error.status(), LARIAT_INVALID);
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
