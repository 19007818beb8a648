//! Searches in large texts, in time that grows with the text only. Luau's own compare
//! the whole needle at each place, and never look at the interrupt.

use memchr::memmem;
use mlua::{Lua, LuaString, Result, Table};

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set(
        "find",
        lua.create_function(|_, (text, needle, from): (LuaString, LuaString, Option<f64>)| {
            Ok(find(&text.as_bytes(), &needle.as_bytes(), from.unwrap_or(1.0)))
        })?,
    )?;
    host.raw_set("split", lua.create_function(|lua, (text, by)| split(lua, &text, &by))?)
}

/// The first and the last place, counted from 1, as `string.find` gives them. A start
/// below 1 counts from the end.
fn find(text: &[u8], needle: &[u8], from: f64) -> (Option<usize>, Option<usize>) {
    let skipped = skipped(text.len(), from);
    let found = text.get(skipped..).and_then(|rest| memmem::find(rest, needle)).map(|at| at + skipped);
    (found.map(|at| at + 1), found.map(|at| at + needle.len()))
}

/// How many bytes lie before a start that a script gave.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, as it should
fn skipped(len: usize, from: f64) -> usize {
    let back = (-from) as usize;
    if back > 0 { len.saturating_sub(back) } else { (from as usize).saturating_sub(1) }
}

fn split(lua: &Lua, text: &LuaString, by: &LuaString) -> Result<Table> {
    let (text, by) = (text.as_bytes(), by.as_bytes());
    let parts = lua.create_table()?;
    let mut rest = 0;
    for at in memmem::find_iter(&text, &*by) {
        parts.raw_push(lua.create_string(text.get(rest..at).unwrap_or_default())?)?;
        rest = at + by.len();
    }
    parts.raw_push(lua.create_string(text.get(rest..).unwrap_or_default())?)?;
    Ok(parts)
}
