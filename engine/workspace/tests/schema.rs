//! The schemas in `sdk/schema` are those of the code. `UPDATE_SCHEMAS=1 cargo test -p
//! lariat-workspace schema` writes them.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use lariat_workspace::schema;
use serde_json::Value;

#[test]
fn the_schema_files_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/schema");
    for (name, schema) in schema::all() {
        let path = folder.join(format!("{name}.schema.json"));
        let text = schema::to_text(&schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let file = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            file == text,
            "{} is out of date; run `UPDATE_SCHEMAS=1 cargo test -p lariat-workspace schema`",
            path.display()
        );
    }
}

/// Every object of a schema that lists properties.
fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(|properties| properties.is_object())
                && map.contains_key("type")
            {
                found.push(schema);
            }
            map.values().for_each(|value| objects(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_described_and_no_other_is_accepted() {
    for (name, schema) in schema::all() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        let mut found = Vec::new();
        objects(&schema, &mut found);
        assert!(!found.is_empty(), "{name}");
        for object in found {
            assert_eq!(object["additionalProperties"], false, "{name}: {object}");
            for (key, property) in object["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{name}: {key} has no description");
            }
        }
    }
}

#[test]
fn every_spelling_that_is_read_is_in_the_schema() {
    let schema = schema::pool().to_string();
    for word in ["\"DESC\"", "\"asc\"", "\"BETWEEN\"", "\"not contains\"", "\"==\"", "\"packs_desc\""] {
        assert!(schema.contains(word), "{word}");
    }
}
