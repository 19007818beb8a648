//! Names that don't exist: in `ctx`, in `lariat`, and globals of other Luas; and
//! functions that are called the wrong way.

use super::habits::{FIELDS, GLOBALS};
use super::scan::Wrong;
use super::words::Words;
use crate::api_description::{CallStyle, call_style, context_names, home_of, lariat_names, part_names};
use crate::kind::ScriptKind;
use crate::names;

/// What is wrong with the names of a script.
pub(super) fn wrong(words: &Words<'_>, kind: Option<ScriptKind>) -> Vec<Wrong> {
    let known = Known { words, kind };
    (0..words.0.len()).filter_map(|at| known.problem(at)).collect()
}

struct Known<'a> {
    words: &'a Words<'a>,
    kind: Option<ScriptKind>,
}

impl Known<'_> {
    fn problem(&self, at: usize) -> Option<Wrong> {
        let words = self.words;
        let token = words.0.get(at)?;
        if !token.is_word() || words.is_field(at) {
            return None;
        }
        match (token.text, words.field_of(at)) {
            ("lariat", Some(name)) => {
                self.missing(at, "lariat", &lariat_names(self.kind), name).or_else(|| self.unheard(at, name))
            }
            ("ctx", Some(name)) if words.text(at.saturating_sub(1)) != "local" => self
                .missing(at, "ctx", &context_names(self.kind), name)
                .or_else(|| self.in_part(at, name))
                .or_else(|| self.called(at, name)),
            (library, Some(field)) if !words.own(library) => FIELDS
                .iter()
                .find(|(owner, name, _)| *owner == library && *name == field)
                .map(|(_, _, cure)| {
                    (token.line, format!("there is no {library}.{field}"), Some((*cure).to_owned()))
                })
                .or_else(|| self.missing_global(at)),
            _ => self.missing_global(at),
        }
    }

    /// A name that this kind of script hasn't.
    fn missing(&self, at: usize, table: &str, known: &[&str], name: &str) -> Option<Wrong> {
        if known.contains(&name) {
            return None;
        }
        let line = self.words.line(at);
        if let (Some(kind), Some(home)) = (self.kind, home_of(table, name)) {
            let home: Vec<String> = home.iter().map(|kind| format!("{}s", kind.word())).collect();
            let message = format!("{table}.{name} is for {}, and this is {}", home.join(" and "), kind.a());
            return Some((line, message, Some(format!("there is {}", known.join(", ")))));
        }
        names::problem(table, known, name).map(|message| (line, message, None))
    }

    /// `ctx.log.inof` and the like.
    fn in_part(&self, at: usize, part: &str) -> Option<Wrong> {
        let name = self.words.field_of(at + 2)?;
        let message = names::problem(&format!("ctx.{part}"), &part_names(part)?, name)?;
        Some((self.words.line(at), message, None))
    }

    /// `ctx.sleep(…)` and `ctx.log.info(…)`: their first argument would be lost.
    fn called(&self, at: usize, name: &str) -> Option<Wrong> {
        let words = self.words;
        let (part, function, sign) = match part_names(name) {
            Some(_) => (Some(name), words.field_of(at + 2)?, at + 3),
            None => (None, name, at + 1),
        };
        let wrong = call_style(part, function)? == CallStyle::Colon
            && words.text(sign) == "."
            && words.text(sign + 2) == "("
            && words.text(sign + 3) != "ctx";
        let whose = part.map_or("ctx".to_owned(), |part| format!("ctx.{part}"));
        wrong.then(|| {
            (
                words.line(at),
                format!("{whose}.{function} is called with a dot, so that its first argument is lost"),
                Some(format!("write {whose}:{function}(…)")),
            )
        })
    }

    /// `lariat.fail("…")` as a statement.
    fn unheard(&self, at: usize, name: &str) -> Option<Wrong> {
        const ANSWERS: [&str; 8] =
            ["done", "fail", "skip", "give_back", "patch", "deny", "skip_instance", "retry"];
        let lost = ANSWERS.contains(&name) && at > 0 && !self.words.in_expression(at);
        lost.then(|| {
            (
                self.words.line(at),
                format!("lariat.{name} does nothing by itself"),
                Some(format!("write: return lariat.{name}(…)")),
            )
        })
    }

    fn missing_global(&self, at: usize) -> Option<Wrong> {
        let words = self.words;
        let (name, cure) = GLOBALS.iter().find(|(name, _)| *name == words.text(at))?;
        let used = *name == "null" || matches!(words.text(at + 1), "(" | "." | ":" | "");
        (used && !words.own(name))
            .then(|| (words.line(at), format!("there is no {name}"), Some((*cure).to_owned())))
    }
}
