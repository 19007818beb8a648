//! JSON to Lua.

use mlua::{Lua, Result, Table, Value};
use serde_json::{Map, Value as Json};

/// The registry's name of the metatable that marks an empty list.
const EMPTY_LIST: &str = "lariat.empty_list";
/// The largest integer below which a Lua number holds every integer.
const EXACT: u64 = 1 << 53;

/// The metatable that marks an empty list, so that it is encoded as `[]` again.
pub(crate) fn empty_list_mark(lua: &Lua) -> Result<Table> {
    if let Ok(Value::Table(mark)) = lua.named_registry_value(EMPTY_LIST) {
        return Ok(mark);
    }
    let mark = lua.create_table()?;
    mark.raw_set("__metatable", false)?;
    mark.set_readonly(true);
    lua.set_named_registry_value(EMPTY_LIST, mark.clone())?;
    Ok(mark)
}

/// A Lua value of its own; `null` becomes `lariat.null`.
pub(crate) fn from_json(lua: &Lua, json: &Json) -> Result<Value> {
    convert(lua, json, false)
}

/// A table that can't be changed; fields that are `null` are absent, as SQL's NULL
/// is nil to a script.
pub(crate) fn from_json_frozen(lua: &Lua, fields: &Map<String, Json>) -> Result<Table> {
    object(lua, fields, true)
}

/// The same for any value.
pub(crate) fn frozen(lua: &Lua, json: &Json) -> Result<Value> {
    convert(lua, json, true)
}

fn convert(lua: &Lua, json: &Json, frozen: bool) -> Result<Value> {
    Ok(match json {
        Json::Null => Value::NULL,
        Json::Bool(yes) => Value::Boolean(*yes),
        Json::Number(number) => match number.as_f64() {
            Some(float) if exact(number) => Value::Number(float),
            _ => Value::String(lua.create_string(number.to_string())?),
        },
        Json::String(text) => Value::String(lua.create_string(text)?),
        Json::Array(items) => {
            let list = lua.create_table_with_capacity(items.len(), 0)?;
            for (index, item) in items.iter().enumerate() {
                list.raw_set(index + 1, convert(lua, item, frozen)?)?;
            }
            if items.is_empty() {
                list.set_metatable(Some(empty_list_mark(lua)?))?;
            }
            list.set_readonly(frozen);
            Value::Table(list)
        }
        Json::Object(fields) => Value::Table(object(lua, fields, frozen)?),
    })
}

fn object(lua: &Lua, fields: &Map<String, Json>, frozen: bool) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, fields.len())?;
    for (name, field) in fields {
        if !(frozen && field.is_null()) {
            table.raw_set(name.as_str(), convert(lua, field, frozen)?)?;
        }
    }
    table.set_readonly(frozen);
    Ok(table)
}

fn exact(number: &serde_json::Number) -> bool {
    match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) => integer.unsigned_abs() <= EXACT,
        (None, Some(_)) => false,
        (None, None) => true,
    }
}
