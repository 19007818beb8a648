//! `ctx.params.x` that isn't declared.

use std::collections::BTreeSet;

use lariat_core::definition::problem::unknown;

use super::scan::Wrong;
use super::script::Script;
use super::words::Words;

/// The uses of parameters that a script doesn't declare. Says nothing where the
/// declaration isn't written out, and so can't be read.
pub(super) fn wrong(words: &Words<'_>, script: &Script<'_>) -> Vec<Wrong> {
    let Some(declared) = declared(words, script) else { return Vec::new() };
    (0..words.0.len())
        .filter_map(|at| {
            let name = used(words, script, at)?;
            (!declared.contains(name)).then(|| {
                let hint = declared
                    .is_empty()
                    .then(|| format!("declare it: params = {{ {name} = {{ type = \"string\" }} }}"));
                (words.line(at), unknown("parameter", name, declared.iter().copied()), hint)
            })
        })
        .collect()
}

/// The parameter that is read at `at`: `ctx.params.x`, or `params.x` where the script
/// says `local params = ctx.params`.
fn used<'a>(words: &Words<'a>, script: &Script<'_>, at: usize) -> Option<&'a str> {
    if words.is_field(at) {
        return None;
    }
    if words.reads(at, &["ctx", ".", "params", "."]) {
        return words.field_of(at + 2);
    }
    let name = words.0.get(at).filter(|token| token.is_word())?.text;
    let alias = words.text(at + 1) == "." && is_alias(words, script, name);
    words.field_of(at).filter(|_| alias)
}

fn is_alias(words: &Words<'_>, script: &Script<'_>, name: &str) -> bool {
    let declaration =
        |at: &usize| script.declaration.is_some_and(|(opens, closes)| (opens..closes).contains(at));
    let made: Vec<usize> = (0..words.0.len())
        .filter(|at| !declaration(at))
        .filter(|at| {
            let before = at.checked_sub(1).map_or("", |before| words.text(before));
            words.text(*at) == name
                && (matches!(before, "local" | "for" | "function" | "," | "(") || words.text(at + 1) == "=")
                && !words.is_field(*at)
        })
        .collect();
    match made.as_slice() {
        [only] => {
            words.reads(*only, &[name, "=", "ctx", ".", "params"])
                && !matches!(words.text(only + 5), "." | "[" | ":" | "or" | "and")
        }
        _ => false,
    }
}

/// The names that `params = { … }` of the declaration has; none when it can't be read.
fn declared<'a>(words: &Words<'a>, script: &Script<'_>) -> Option<BTreeSet<&'a str>> {
    let (opens, closes) = script.declaration?;
    let mut at = opens + 1;
    while at < closes {
        if words.reads(at, &["params", "="]) {
            return (words.text(at + 2) == "{").then(|| keys(words, at + 2))?;
        }
        at = if matches!(words.text(at), "{" | "(" | "[") { words.closing(at) + 1 } else { at + 1 };
    }
    Some(BTreeSet::new())
}

/// The names in a table that is written out; none when they can't be read.
pub(super) fn keys<'a>(words: &Words<'a>, opens: usize) -> Option<BTreeSet<&'a str>> {
    let closes = words.closing(opens);
    let mut names = BTreeSet::new();
    let mut at = opens + 1;
    while at < closes {
        if words.text(at + 1) == "=" {
            names.insert(words.text(at));
            at += 2;
        } else if words.text(at) == "[" {
            // `["name"]`: texts aren't among the words.
            return None;
        } else if words.text(at) == "{" || words.text(at) == "(" {
            at = words.closing(at) + 1;
        } else {
            at += 1;
        }
    }
    Some(names)
}
