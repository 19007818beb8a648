//! What scripts find in a fresh machine: the pure parts of Luau's library.

use mlua::{Lua, Result, StdLib, Table, Value};

/// The globals that stay; everything else goes.
const GLOBALS: &[&str] = &[
    "_VERSION",
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "typeof",
    "unpack",
    "xpcall",
    "collectgarbage",
    "bit32",
    "buffer",
    "coroutine",
    "math",
    "os",
    "string",
    "table",
    "utf8",
    "vector",
];

/// The parts of `os` that stay.
const OS: &[&str] = &["clock", "date", "difftime", "time"];

/// A machine without anything that reaches out of it.
pub(super) fn bare() -> Result<Lua> {
    let libraries = StdLib::COROUTINE
        | StdLib::TABLE
        | StdLib::OS
        | StdLib::STRING
        | StdLib::UTF8
        | StdLib::BIT
        | StdLib::MATH
        | StdLib::BUFFER
        | StdLib::VECTOR;
    let lua = Lua::new_with(libraries, mlua::LuaOptions::default())?;
    lua.set_compiler(crate::load::compiler());
    keep(&lua.globals(), GLOBALS)?;
    keep(&lua.globals().raw_get::<Table>("os")?, OS)?;
    Ok(lua)
}

fn keep(table: &Table, names: &[&str]) -> Result<()> {
    for pair in table.pairs::<Value, Value>() {
        let (key, _) = pair?;
        let stays = matches!(&key, Value::String(name) if names.iter().any(|kept| *name == **kept));
        if !stays {
            table.raw_set(key, Value::Nil)?;
        }
    }
    Ok(())
}
