//! Names that don't exist: in `ctx`, in `lariat`, and globals of other Luas.

use std::path::PathBuf;

use super::habits::{FIELDS, GLOBALS};
use super::tokens::{Token, Tokens};
use crate::finding::{Finding, Severity};
use crate::load::{Library, Source};
use crate::names;

/// What is found by reading the words of a script.
pub(crate) fn scan(source: &Source, library: &Library) -> Vec<Finding> {
    let tokens = Tokens::of(&source.text);
    let words = Words(tokens.all());
    let mut findings = Vec::new();
    for at in 0..words.0.len() {
        if let Some((line, message, hint)) = words.problem(at) {
            let file = PathBuf::from(&source.display);
            findings.push(Finding { file, line, severity: Severity::Error, message, hint });
        }
    }
    findings.extend(requires(source, library));
    findings.sort_by_key(|finding| finding.line);
    findings.dedup();
    findings
}

struct Words<'a>(&'a [Token<'a>]);

impl<'a> Words<'a> {
    fn text(&self, at: usize) -> &'a str {
        self.0.get(at).map_or("", |token| token.text)
    }

    /// Whether the word at `at` is a field of something.
    fn is_field(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| matches!(self.text(before), "." | ":"))
    }

    /// The name after a dot or colon that follows `at`.
    fn field_of(&self, at: usize) -> Option<&'a str> {
        let name = self.0.get(at + 2).filter(|name| name.is_word())?;
        matches!(self.text(at + 1), "." | ":").then_some(name.text)
    }

    /// Whether the script makes this name its own: a local, a parameter that isn't
    /// the routine's, or a key.
    fn own(&self, name: &str) -> bool {
        (0..self.0.len()).any(|at| {
            self.text(at) == name
                && !self.is_field(at)
                && (self.text(at + 1) == "="
                    || at.checked_sub(1).is_some_and(|before| {
                        matches!(self.text(before), "local" | "function" | "for")
                            || (matches!(self.text(before), "(" | ",") && self.in_parameters(at))
                    }))
        })
    }

    /// Whether `at` stands in the parameters of a function.
    fn in_parameters(&self, at: usize) -> bool {
        let opened = (0..at).rev().find(|before| matches!(self.text(*before), "(" | ")"));
        opened.is_some_and(|open| {
            self.text(open) == "("
                && (open.saturating_sub(6)..open)
                    .rev()
                    .take_while(|before| {
                        let text = self.text(*before);
                        text == "function"
                            || text == "."
                            || text == ":"
                            || self.0.get(*before).is_some_and(Token::is_word)
                    })
                    .any(|before| self.text(before) == "function")
        })
    }

    fn problem(&self, at: usize) -> Option<(usize, String, Option<String>)> {
        let token = self.0.get(at)?;
        if !token.is_word() || self.is_field(at) {
            return None;
        }
        let line = token.line;
        match (token.text, self.field_of(at)) {
            ("lariat", Some(name)) => {
                names::problem("lariat", names::LARIAT, name).map(|message| (line, message, None))
            }
            ("ctx", Some(name)) if self.text(at.saturating_sub(1)) != "local" => {
                names::problem("ctx", names::CTX, name)
                    .or_else(|| self.problem_in_part(at, name))
                    .map(|message| (line, message, None))
            }
            (library, Some(field)) if !self.own(library) => FIELDS
                .iter()
                .find(|(owner, name, _)| *owner == library && *name == field)
                .map(|(_, _, cure)| {
                    (line, format!("there is no {library}.{field}"), Some((*cure).to_owned()))
                })
                .or_else(|| self.missing_global(at)),
            _ => self.missing_global(at),
        }
    }

    /// `ctx.log.inof` and the like.
    fn problem_in_part(&self, at: usize, name: &str) -> Option<String> {
        let (_, known) = names::PARTS.iter().find(|(part, _)| *part == name)?;
        names::problem(&format!("ctx.{name}"), known, self.field_of(at + 2)?)
    }

    fn missing_global(&self, at: usize) -> Option<(usize, String, Option<String>)> {
        let token = self.0.get(at)?;
        let (name, cure) = GLOBALS.iter().find(|(name, _)| *name == token.text)?;
        let used = matches!(self.text(at + 1), "(" | "." | ":" | "");
        (used && !self.own(name))
            .then(|| (token.line, format!("there is no {name}"), Some((*cure).to_owned())))
    }
}

/// `require "name"` of a module that isn't there. Texts aren't among the words, so
/// the lines are read.
fn requires(source: &Source, library: &Library) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or(line);
        let Some((before, after)) = code.split_once("require") else { continue };
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':')) {
            continue;
        }
        let quoted = after.trim_start().trim_start_matches('(').trim_start();
        let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(name) = quoted.split(quote).nth(1) else { continue };
        if let Err(message) = library.find(name) {
            let file = PathBuf::from(&source.display);
            let severity = Severity::Error;
            findings.push(Finding { file, line: at + 1, severity, message, hint: None });
        }
    }
    findings
}
