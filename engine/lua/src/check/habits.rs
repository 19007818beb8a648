//! What other Luas have and Luau doesn't, with the cure.

use super::scan::Wrong;
use super::tokens::Tokens;
use super::words::Words;

/// A global that isn't there, and what to use.
pub(super) const GLOBALS: &[(&str, &str)] = &[
    ("io", "scripts can't reach files; keep values in ctx.store, talk to servers with ctx.http"),
    ("load", "scripts can't compile text; put the code into a module of scripts/lib/ and require it"),
    ("loadstring", "scripts can't compile text; put the code into a module of scripts/lib/ and require it"),
    ("loadfile", "put the code into a module of scripts/lib/ and require it"),
    ("dofile", "put the code into a module of scripts/lib/ and require it"),
    ("debug", "errors carry a traceback already; log with ctx.log"),
    ("package", "require finds the modules of scripts/lib/, nothing else"),
    ("getfenv", "every run has its own globals; use them, or a table of your own"),
    ("setfenv", "every run has its own globals; use them, or a table of your own"),
    ("newproxy", "use a table with a metatable"),
    ("warn", "use ctx.log:warn"),
    ("jit", "this is Luau, not LuaJIT"),
    ("ffi", "this is Luau, not LuaJIT"),
    ("null", "nothing is nil; JSON's null is lariat.null"),
    ("bit", "the library is called bit32 here"),
];

/// A field of a library that isn't there, and what to use.
pub(super) const FIELDS: &[(&str, &str, &str)] = &[
    ("os", "execute", "scripts can't start programs; a native plugin can"),
    ("os", "getenv", "give the value to the routine as a parameter"),
    ("os", "exit", "return from run, or lariat.fail(reason)"),
    ("os", "remove", "scripts can't reach files"),
    ("os", "rename", "scripts can't reach files"),
    ("os", "tmpname", "scripts can't reach files"),
    ("os", "setlocale", "there is one locale, \"C\""),
    ("math", "type", "Luau has one kind of number; a whole one is x % 1 == 0"),
    ("math", "tointeger", "Luau has one kind of number; use math.floor(x)"),
    ("math", "ult", "use bit32"),
    ("math", "maxinteger", "integers are exact up to 2^53"),
    ("math", "mininteger", "integers are exact down to -2^53"),
    ("string", "dump", "there is no bytecode for scripts"),
    ("table", "getn", "use #t"),
    ("table", "setn", "use #t"),
];

/// Metamethods that Luau never calls.
const METAMETHODS: &[(&str, &str)] = &[
    ("__gc", "close things where you are done with them"),
    ("__close", "close things where you are done with them"),
    ("__band", "use functions with bit32"),
    ("__bor", "use functions with bit32"),
    ("__bxor", "use functions with bit32"),
    ("__bnot", "use functions with bit32"),
    ("__shl", "use functions with bit32"),
    ("__shr", "use functions with bit32"),
];

/// The metamethods of other Luas that a script sets.
pub(super) fn metamethods(words: &Words<'_>) -> Vec<Wrong> {
    (0..words.0.len())
        .filter(|at| words.text(at + 1) == "=" || words.text(at + 1) == "(")
        .filter_map(|at| {
            let (name, cure) = METAMETHODS.iter().find(|(name, _)| *name == words.text(at))?;
            Some((words.line(at), format!("Luau never calls {name}"), Some((*cure).to_owned())))
        })
        .collect()
}

/// What to do about a syntax error on this line, if it is a habit of another Lua.
pub(crate) fn syntax_hint(source: &str, line: usize) -> Option<String> {
    let tokens = Tokens::of(source);
    let near = tokens.all().iter().filter(|token| token.line == line || token.line + 1 == line);
    let words: Vec<&str> = near.map(|token| token.text).collect();
    let has = |sign: &str| words.contains(&sign);
    let attribute = words.windows(3).any(|three| matches!(three, ["<", "const" | "close", ">"]));
    let hint = if has("goto") || has("::") {
        "Luau has no goto; use continue, break, or a function that returns"
    } else if words.windows(2).any(|two| two == ["+", "+"]) {
        "there is no ++; write x += 1"
    } else if words.windows(2).any(|two| two == ["&", "&"]) {
        "\"&&\" is and"
    } else if words.windows(2).any(|two| two == ["|", "|"]) {
        "\"||\" is or"
    } else if attribute {
        "Luau has no <const> and <close>; write a plain local, and close things yourself"
    } else if (has("<<") || has(">>")) && ["&", "|", "~"].into_iter().any(has) {
        "Luau has no bitwise operators; bit32 has band, bor, bxor, bnot, lshift and rshift"
    } else if has("<<") || has(">>") {
        "Luau has no bitwise operators; use bit32.lshift and bit32.rshift"
    } else if has("&") {
        "Luau has no bitwise operators; use bit32.band"
    } else if has("|") {
        "Luau has no bitwise operators; use bit32.bor"
    } else if has("~") {
        "Luau has no bitwise operators; use bit32.bxor or bit32.bnot (\"not equal\" is ~=)"
    } else if has("!") {
        "\"not equal\" is ~= and \"not\" is not"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// What to do about a runtime error that comes from a global that isn't there.
pub(crate) fn global_hint(message: &str) -> Option<String> {
    let name = |text: &str| format!("'{text}'");
    if !message.contains("nil") {
        return None;
    }
    let field = FIELDS.iter().find(|(_, field, _)| message.contains(&name(field)));
    let global = GLOBALS.iter().find(|(global, _)| message.contains(&name(global)));
    field.map(|(_, _, cure)| *cure).or(global.map(|(_, cure)| *cure)).map(str::to_owned)
}
