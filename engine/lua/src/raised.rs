//! What a script raised, in words: where, what, and the calls that led there.

use lariat_core::routine::RoutineError;
use mlua::{Lua, Value};

use crate::json::{Limits, to_json};

/// Most lines of a traceback.
const MAX_CALLS: usize = 20;
/// Most bytes of a message.
const MAX_MESSAGE: usize = 8 << 10;

/// An error as the handler saw it where it was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raised {
    /// `scripts/routines/x.lua:12: text`.
    pub(crate) message: String,
    /// One call a line, the innermost first.
    pub(crate) traceback: String,
}

impl From<Raised> for RoutineError {
    fn from(raised: Raised) -> Self {
        let traceback = Some(raised.traceback).filter(|lines| !lines.is_empty());
        Self::Raised { message: raised.message, traceback }
    }
}

/// Reads an error where it was raised. Called as the handler of `xpcall`.
pub(crate) fn read(lua: &Lua, error: &Value) -> Raised {
    let calls = calls(lua);
    let place = calls.first().map(|call| format!("{}:{}: ", call.file, call.line)).unwrap_or_default();
    let mut message = match error {
        Value::String(text) => at_script(text.to_string_lossy(), &place),
        Value::Nil => format!("{place}error(nil): nothing was said"),
        Value::Table(_) => match to_json(error, Limits { bytes: MAX_MESSAGE, depth: 8 }) {
            Ok(json) => format!("{place}{json}"),
            Err(_) => format!("{place}a table was raised as an error"),
        },
        Value::Error(error) => format!("{place}{}", words(error)),
        other => format!("{place}{}", other.to_string().unwrap_or_else(|_| other.type_name().into())),
    };
    cut(&mut message, MAX_MESSAGE);
    let lines: Vec<String> = calls.iter().map(Call::to_string).collect();
    Raised { message, traceback: lines.join("\n") }
}

/// What a library function raised through its guard in the prelude, at the script's
/// own line.
fn at_script(text: String, place: &str) -> String {
    let own = text.strip_prefix("[lariat]:").and_then(|rest| rest.split_once(": "));
    match own {
        Some((line, said)) if line.bytes().all(|byte| byte.is_ascii_digit()) => format!("{place}{said}"),
        _ => text,
    }
}

/// What an error of mlua's says, without its own traceback.
pub(crate) fn words(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. } => words(cause),
        mlua::Error::RuntimeError(text) | mlua::Error::MemoryError(text) => {
            text.split("\nstack traceback:").next().unwrap_or(text).to_owned()
        }
        other => other.to_string(),
    }
}

/// Shortens a text to at most that many bytes, and shows that it did.
pub(crate) fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        let end = text.floor_char_boundary(bytes);
        text.truncate(end);
        text.push('…');
    }
}

struct Call {
    file: String,
    line: usize,
    name: String,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} in {}", self.file, self.line, self.name)
    }
}

/// The script's own calls, the innermost first; the host's are left out.
fn calls(lua: &Lua) -> Vec<Call> {
    let mut calls = Vec::new();
    for level in 0.. {
        let call = lua.inspect_stack(level, |debug| {
            let source = debug.source();
            let name = match (source.what, debug.names().name) {
                ("main", _) => "the top of the file".to_owned(),
                (_, Some(name)) if !name.is_empty() => name.into_owned(),
                _ => "a function".to_owned(),
            };
            let file = source.short_src.map(std::borrow::Cow::into_owned).unwrap_or_default();
            debug.current_line().map(|line| Call { file, line, name })
        });
        match call {
            None => break,
            Some(Some(call)) if call.file.ends_with(".lua") => calls.push(call),
            Some(_) => {}
        }
        if calls.len() == MAX_CALLS || level > 200 {
            break;
        }
    }
    calls
}
