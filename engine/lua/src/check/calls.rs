//! Calls whose arguments, as they are written out, the engine wouldn't take; fields of
//! the plan that aren't there; and what is written to although nobody may.

use lariat_core::definition::problem::unknown;
use lariat_core::duration::Span;

use super::params::keys;
use super::scan::Wrong;
use super::script::Script;
use super::words::Words;
use crate::kind::ScriptKind;

/// What a plan has.
const PLAN: [&str; 7] = ["group", "routine", "instances", "bot_count", "account_pool", "config", "options"];
/// What a patch may change of it.
const PATCH: [&str; 6] = ["bot_count", "instances", "routine", "config", "options", "account_pool"];

/// What is wrong with the calls of a script.
pub(super) fn wrong(words: &Words<'_>, script: &Script<'_>) -> Vec<Wrong> {
    let mut found = Vec::new();
    for at in (0..words.0.len()).filter(|at| !words.is_field(*at)) {
        found.extend(lariat(words, at));
        found.extend(progress(words, at));
        found.extend(frozen(words, at));
        if script.kind == Some(ScriptKind::Hook) {
            found.extend(patch(words, at));
            found.extend(plan(words, at));
        }
    }
    found.extend(functions(words, script));
    found
}

/// Durations that are none, as texts: those aren't among the words, so the lines are read.
pub(super) fn durations(source: &str) -> Vec<Wrong> {
    let mut found = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let code = line.split("--").next().unwrap_or(line);
        for call in ["ctx:sleep", "lariat.retry"] {
            let Some((_, after)) = code.split_once(call) else { continue };
            let Some(quoted) = after.trim_start().strip_prefix('(').map(str::trim_start) else { continue };
            let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some(text) = quoted.split(quote).nth(1) else { continue };
            let literal =
                quoted.split(quote).nth(2).is_some_and(|rest| rest.trim_start().starts_with([')', ',']));
            if literal && text.parse::<Span>().is_err() {
                let message = format!("{call} is given \"{text}\", which is no duration");
                found.push((
                    index + 1,
                    message,
                    Some("write it as in \"50ms\", \"30s\" or \"1h30m\"".into()),
                ));
            }
        }
    }
    found
}

fn lariat(words: &Words<'_>, at: usize) -> Option<Wrong> {
    if words.text(at) != "lariat" {
        return None;
    }
    let name = words.field_of(at)?;
    let empty = words.reads(at + 3, &["(", ")"]);
    let text = words.text(at + 3) == "(" && words.is_text(at + 4) && words.text(at + 5) == ")";
    let (message, hint) = match name {
        "fail" | "skip" | "give_back" | "deny" if empty => {
            (format!("lariat.{name} is given no reason"), format!("write: lariat.{name}(\"why\")"))
        }
        "done" if text => (
            "lariat.done takes a table or nothing, and is given a text".to_owned(),
            "give the result names, as in lariat.done { packs_opened = 3 }".to_owned(),
        ),
        "retry" if text => (
            "lariat.retry is given one value, and takes two: the pause, and why".to_owned(),
            "write: lariat.retry(\"30s\", \"why\")".to_owned(),
        ),
        _ => return None,
    };
    Some((words.line(at), message, Some(hint)))
}

/// `ctx:progress(1)`
fn progress(words: &Words<'_>, at: usize) -> Option<Wrong> {
    if !words.reads(at, &["ctx", ":", "progress", "("]) {
        return None;
    }
    let (opens, closes) = (at + 3, words.closing(at + 3));
    // A call among the arguments may give both.
    let one = !(opens + 1..closes).any(|inside| matches!(words.text(inside), "," | "(" | "..."));
    one.then(|| {
        let message = "ctx:progress takes two numbers: steps done, and steps altogether".to_owned();
        (words.line(at), message, Some("write: ctx:progress(done, total)".into()))
    })
}

/// `ctx.params.x = 1`
fn frozen(words: &Words<'_>, at: usize) -> Option<Wrong> {
    if !words.reads(at, &["ctx", "."]) {
        return None;
    }
    let part = words.field_of(at).filter(|part| matches!(*part, "params" | "account" | "plan"))?;
    let name = words.field_of(at + 2)?;
    let set = matches!(words.text(at + 5), "=" | "+=" | "-=");
    set.then(|| {
        let message = format!("ctx.{part}.{name} is set, and ctx.{part} can only be read");
        (words.line(at), message, Some(format!("write: local {name} = ctx.{part}.{name}")))
    })
}

fn patch(words: &Words<'_>, at: usize) -> Option<Wrong> {
    if !words.reads(at, &["lariat", ".", "patch"]) {
        return None;
    }
    let opens = if words.text(at + 3) == "(" { at + 4 } else { at + 3 };
    let keys = (words.text(opens) == "{").then(|| keys(words, opens))??;
    let wrong = keys.into_iter().find(|key| !PATCH.contains(key))?;
    Some((words.line(at), unknown("field of the plan", wrong, PATCH), None))
}

fn plan(words: &Words<'_>, at: usize) -> Option<Wrong> {
    if !words.reads(at, &["ctx", ".", "plan", "."]) {
        return None;
    }
    let name = words.field_of(at + 2).filter(|name| !PLAN.contains(name))?;
    Some((words.line(at), unknown("field of the plan", name, PLAN), None))
}

/// `function R:run(ctx)`, whose `ctx` is the routine; `function R.run()`, which uses it.
fn functions(words: &Words<'_>, script: &Script<'_>) -> Vec<Wrong> {
    let Some(kind) = script.kind else { return Vec::new() };
    let mut found = Vec::new();
    for function in
        script.functions(words).iter().filter(|function| kind.functions().contains(&function.name))
    {
        let (name, letter) = (function.name, script.name.unwrap_or(kind.letter()));
        let closes = words.closing(function.opens);
        let hint = format!("write: function {letter}.{name}({})", kind.parameters(name));
        if words.text(function.at) == "function" && words.text(function.at + 2) == ":" {
            let message = format!("{name} is written with a colon, so that its first parameter isn't ctx");
            found.push((words.line(function.at), message, Some(hint)));
        } else if closes == function.opens + 1 {
            let end = super::returns::end(words, closes + 1);
            let inside = closes + 1..end;
            let own = inside.clone().any(|at| {
                words.text(at) == "function" || (words.text(at) == "local" && words.text(at + 1) == "ctx")
            });
            let used = inside.clone().any(|at| words.text(at) == "ctx" && !words.is_field(at));
            if used && !own {
                let message = format!("{name} uses ctx, which it doesn't take");
                found.push((words.line(function.at), message, Some(hint)));
            }
        }
    }
    found
}
