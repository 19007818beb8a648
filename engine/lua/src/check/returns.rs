//! What a script's functions give back, where it is written out: a hook that returns
//! `true`, a pool that returns nothing.

use super::scan::Wrong;
use super::script::{Function, Script};
use super::words::Words;
use crate::kind::ScriptKind;

/// A value after `return`, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Nothing,
    Yes,
    No,
    Number,
    Text,
    Table,
    /// `nil, "why"`
    Failure,
    Unread,
}

/// The returns that the engine would refuse.
pub(super) fn wrong(words: &Words<'_>, script: &Script<'_>) -> Vec<Wrong> {
    let Some(kind) = script.kind else { return Vec::new() };
    let functions = script.functions(words);
    functions.iter().flat_map(|function| of(words, kind, function)).collect()
}

fn of(words: &Words<'_>, kind: ScriptKind, function: &Function<'_>) -> Vec<Wrong> {
    let (returns, raises) = returns(words, function);
    let mut wrong: Vec<Wrong> = returns
        .iter()
        .filter_map(|(at, value)| {
            let (message, hint) = refused(kind, function.name, *value)?;
            Some((words.line(*at), message, Some(hint)))
        })
        .collect();
    let asked = matches!((kind, function.name), (ScriptKind::Pool, "fetch" | "claim"));
    if asked && returns.is_empty() && !raises {
        let (message, hint) = match function.name {
            "fetch" => {
                ("fetch never returns anything", "return the list of accounts, as in { { id = \"a1\" } }")
            }
            _ => ("claim never returns anything", "return true, or false and why"),
        };
        wrong.push((words.line(function.at), message.to_owned(), Some(hint.to_owned())));
    }
    wrong
}

/// Why the engine doesn't take a value, and what to return.
fn refused(kind: ScriptKind, function: &str, value: Value) -> Option<(String, String)> {
    let what = match value {
        Value::Yes | Value::No => "a boolean",
        Value::Number => "a number",
        Value::Text => "a text",
        Value::Table => "a table",
        Value::Failure => "nil and a text, of which nobody sees the text",
        Value::Nothing => "nothing",
        Value::Unread => return None,
    };
    let hint = match (kind, function, value) {
        (ScriptKind::Routine, "run", Value::Yes) => "return nothing or a table: the account is completed",
        (ScriptKind::Routine, "run", Value::Number) => "give it a name: return { packs_opened = 3 }",
        (ScriptKind::Routine, "run", Value::No | Value::Text | Value::Failure) => {
            "return lariat.fail(\"why\"), lariat.skip(\"why\") or lariat.give_back(\"why\")"
        }
        (ScriptKind::Hook, "run", Value::Yes | Value::Number) => "return nothing to go on",
        (ScriptKind::Hook, "run", Value::No | Value::Text | Value::Failure) => {
            "return lariat.deny(\"why\") to end the launch"
        }
        (ScriptKind::Hook, "run", Value::Table) => "return lariat.patch { … } to change the plan",
        (
            ScriptKind::Pool,
            "fetch",
            Value::Yes | Value::No | Value::Number | Value::Text | Value::Nothing,
        ) => {
            "return the list of accounts, or a function that gives the next one; error(\"why\") keeps what the pool has"
        }
        (ScriptKind::Pool, "claim", Value::Number | Value::Text | Value::Table | Value::Nothing) => {
            "return true, or false and why"
        }
        _ => return None,
    };
    Some((format!("{function} of {} returns {what}", kind.a()), hint.to_owned()))
}

/// The function's own returns, and whether it calls `error`.
fn returns(words: &Words<'_>, function: &Function<'_>) -> (Vec<(usize, Value)>, bool) {
    let mut found = Vec::new();
    let mut raises = false;
    // Whether each open block is a function; the first is the one that is read.
    let mut open = vec![true];
    let mut at = words.closing(function.opens) + 1;
    while at < words.0.len() {
        match words.text(at) {
            "function" => open.push(true),
            "do" | "repeat" => open.push(false),
            "if" if !words.in_expression(at) => open.push(false),
            "end" | "until" => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            "error" => raises = true,
            "return" if open.iter().filter(|function| **function).count() == 1 => {
                found.push((at, value(words, at + 1)));
            }
            _ => {}
        }
        at += 1;
    }
    (found, raises)
}

/// Where the function ends whose body begins at `at`.
pub(super) fn end(words: &Words<'_>, at: usize) -> usize {
    let mut open = 1_usize;
    for place in at..words.0.len() {
        match words.text(place) {
            "function" | "do" | "repeat" => open += 1,
            "if" if !words.in_expression(place) => open += 1,
            "end" | "until" => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return place;
        }
    }
    words.0.len()
}

fn value(words: &Words<'_>, at: usize) -> Value {
    let ends = |at: usize| {
        at >= words.0.len() || matches!(words.text(at), "end" | "else" | "elseif" | "until" | ";")
    };
    let is_text = |at: usize| words.0.get(at).is_some_and(|token| token.text.is_empty());
    let is_number = |at: usize| words.text(at).starts_with(|c: char| c.is_ascii_digit());
    match words.text(at) {
        _ if ends(at) => Value::Nothing,
        "nil" if ends(at + 1) => Value::Nothing,
        "nil" if words.text(at + 1) == "," && is_text(at + 2) => Value::Failure,
        "true" if ends(at + 1) => Value::Yes,
        "false" if ends(at + 1) || (words.text(at + 1) == "," && is_text(at + 2)) => Value::No,
        "{" if ends(words.closing(at) + 1) => Value::Table,
        _ if is_text(at) && ends(at + 1) => Value::Text,
        _ if is_number(at) && (ends(at + 1) || (words.text(at + 1) == "." && ends(at + 3))) => Value::Number,
        "-" if is_number(at + 1) && ends(at + 2) => Value::Number,
        _ => Value::Unread,
    }
}
