//! What a script is, and where its functions are.

use super::words::Words;
use crate::kind::ScriptKind;

/// What a script is, as its words tell.
pub(super) struct Script<'a> {
    /// Its kind; none for a module of `scripts/lib/`.
    pub(super) kind: Option<ScriptKind>,
    /// Where the table of its declaration opens and closes, if it is written out.
    pub(super) declaration: Option<(usize, usize)>,
    /// What its table is called: `R`.
    pub(super) name: Option<&'a str>,
}

/// One of a script's own functions.
pub(super) struct Function<'a> {
    /// `run`, `fetch`, …
    pub(super) name: &'a str,
    /// Its first word, for its line.
    pub(super) at: usize,
    /// Where its parameters open.
    pub(super) opens: usize,
}

impl<'a> Script<'a> {
    /// By its declaration, or else by its folder.
    pub(super) fn of(words: &Words<'a>, display: &str) -> Self {
        for at in 0..words.0.len() {
            let word = words.text(at + 2);
            let Some(kind) = ScriptKind::ALL.into_iter().find(|kind| kind.word() == word) else { continue };
            if !words.reads(at, &["lariat", ".", word]) {
                continue;
            }
            let opens = if words.text(at + 3) == "(" { at + 4 } else { at + 3 };
            let declaration = (words.text(opens) == "{").then(|| (opens, words.closing(opens)));
            let named = at >= 2 && words.text(at - 1) == "=" && words.text(at.saturating_sub(3)) == "local";
            return Self { kind: Some(kind), declaration, name: named.then(|| words.text(at - 2)) };
        }
        let folder = |kind: &ScriptKind| display.contains(&format!("scripts/{}/", kind.folder()));
        Self { kind: ScriptKind::ALL.into_iter().find(folder), declaration: None, name: None }
    }

    /// The functions that are written as `function R.run(…)`, `R.run = function(…)`, or
    /// `run = function(…)` in the declaration.
    pub(super) fn functions(&self, words: &Words<'a>) -> Vec<Function<'a>> {
        (0..words.0.len()).filter_map(|at| self.function(words, at)).collect()
    }

    fn function(&self, words: &Words<'a>, at: usize) -> Option<Function<'a>> {
        let inside = self.declaration.is_some_and(|(opens, closes)| (opens..closes).contains(&at));
        if inside && words.reads(at + 1, &["=", "function", "("]) && !words.is_field(at) {
            return Some(Function { name: words.text(at), at, opens: at + 3 });
        }
        let table = self.name?;
        if words.text(at) == "function" && words.text(at + 1) == table && words.text(at + 4) == "(" {
            return words.field_of(at + 1).map(|name| Function { name, at, opens: at + 4 });
        }
        let assigned =
            words.text(at) == table && !words.is_field(at) && words.reads(at + 3, &["=", "function", "("]);
        words.field_of(at).filter(|_| assigned).map(|name| Function { name, at, opens: at + 5 })
    }
}
