//! JSON Schemas (draft 2020-12) of every file, for editors and other programs.

use lariat_core::definition::{GroupDefinition, PoolDefinition};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::config::WorkspaceConfig;

/// The schemas by the name of their file, `NAME.schema.json`.
pub fn all() -> [(&'static str, Value); 3] {
    [("pool", pool()), ("group", group()), ("workspace", workspace())]
}

/// Of `pools/*.yaml`.
pub fn pool() -> Value {
    let mut schema = of::<PoolDefinition>("Lariat pool");
    also(&mut schema, "Direction", &["ASC", "DESC"]);
    also(
        &mut schema,
        "Operator",
        &[
            "==",
            "<>",
            "IN",
            "NOT IN",
            "BETWEEN",
            "LIKE",
            "CONTAINS",
            "NOT CONTAINS",
            "IS NULL",
            "IS NOT NULL",
            "LAST DAYS",
        ],
    );
    schema
}

/// Of `groups/*.yaml`.
pub fn group() -> Value {
    of::<GroupDefinition>("Lariat group")
}

/// Of `lariat.yaml`.
pub fn workspace() -> Value {
    of::<WorkspaceConfig>("Lariat workspace")
}

/// A schema as the text of its file.
pub fn to_text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn of<T: JsonSchema>(title: &str) -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), json!(title));
    }
    schema
}

/// Adds the other spellings that are read, which schemars doesn't know of.
fn also(schema: &mut Value, name: &str, spellings: &[&str]) {
    if let Some(words) = schema.pointer_mut(&format!("/$defs/{name}"))
        && let Some(options) = words.get_mut("oneOf").and_then(Value::as_array_mut)
    {
        options.push(json!({"description": "Other spellings.", "enum": spellings}));
    }
}
