//! The parameters of an extension: from a Rust type to what the engine checks by.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// A struct whose fields are an extension's parameters: whatever derives
/// `serde::Deserialize` and `schemars::JsonSchema`. Doc comments become descriptions, `#[serde(default)]`
/// makes a parameter optional, `#[schemars(range(min = 1, max = 9))]` bounds it.
pub trait Params: DeserializeOwned + JsonSchema + Send + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Params for T {}

/// For extensions without parameters.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
pub struct NoParams {}

/// A path; relative ones are meant from the workspace on, and handed over absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "path"))]
pub struct WorkspacePath(pub PathBuf);

impl AsRef<Path> for WorkspacePath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

/// A duration, which users write as `30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("format" = "seconds"))]
pub struct Seconds(#[schemars(with = "f64")] pub Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(input)?;
        Duration::try_from_secs_f64(seconds).map(Self).map_err(D::Error::custom)
    }
}

/// As seconds, so that a default is declared.
impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanos() == 0 {
            out.serialize_u64(self.0.as_secs())
        } else {
            out.serialize_f64(self.0.as_secs_f64())
        }
    }
}

/// The declarations of a type's fields, as `describe` gives them.
pub(crate) fn declared<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let required: Vec<&str> = match schema.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut params = Map::new();
    if let Some(Value::Object(fields)) = schema.get("properties") {
        for (name, field) in fields {
            params.insert(name.clone(), one(field, required.contains(&name.as_str())));
        }
    }
    Value::Object(params)
}

fn one(field: &Value, required: bool) -> Value {
    let kind = match (field.get("format").and_then(Value::as_str), type_of(field)) {
        (Some("path"), _) => "path",
        (Some("seconds"), _) => "duration",
        (_, Some("integer")) => "integer",
        (_, Some("number")) => "number",
        (_, Some("boolean")) => "boolean",
        (_, Some("array")) => "list",
        (_, Some("object")) => "table",
        _ => "string",
    };
    let mut spec = Map::from_iter([("type".to_owned(), json!(kind))]);
    if required {
        spec.insert("required".into(), json!(true));
    }
    let bounds = match kind {
        "string" | "path" => ["minLength", "maxLength"],
        _ => ["minimum", "maximum"],
    };
    let taken = [(bounds[0], "min"), (bounds[1], "max"), ("description", "description"), ("enum", "enum")];
    for (from, to) in taken {
        if let Some(value) = field.get(from).filter(|value| !value.is_null()) {
            spec.insert(to.into(), value.clone());
        }
    }
    if let Some(default) = field.get("default").filter(|value| !value.is_null()) {
        spec.insert("default".into(), default.clone());
    }
    Value::Object(spec)
}

/// The type that isn't `null`: `Option<u32>` is `["integer", "null"]`.
fn type_of(field: &Value) -> Option<&str> {
    match field.get("type")? {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Fast,
        Slow,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema counts")]
    struct All {
        /// Where the accounts are.
        file: WorkspacePath,
        #[schemars(range(min = 1, max = 50))]
        #[serde(default = "three")]
        packs: u32,
        pause: Option<Seconds>,
        #[serde(default = "half_a_minute")]
        limit: Seconds,
        mode: Mode,
        words: Vec<String>,
        #[serde(default)]
        loud: bool,
    }

    fn half_a_minute() -> Seconds {
        Seconds(Duration::from_secs(30))
    }

    fn three() -> u32 {
        3
    }

    #[test]
    fn a_types_fields_become_declarations() {
        assert_eq!(
            declared::<All>(),
            json!({
                "file": {"type": "path", "required": true, "description": "Where the accounts are."},
                "packs": {"type": "integer", "min": 1, "max": 50, "default": 3},
                "pause": {"type": "duration", "description": "A duration, which users write as `30s`."},
                "limit": {"type": "duration", "default": 30, "description": "A duration, which users write as `30s`."},
                "mode": {"type": "string", "required": true, "description": "How.", "enum": ["fast", "slow"]},
                "words": {"type": "list", "required": true},
                "loud": {"type": "boolean", "default": false},
            })
        );
        assert_eq!(declared::<NoParams>(), json!({}));
    }
}
