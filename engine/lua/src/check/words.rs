//! Questions to the words of a script.

use super::tokens::Token;

/// The words of a script, asked by their place.
pub(super) struct Words<'a>(pub(super) &'a [Token<'a>]);

impl<'a> Words<'a> {
    pub(super) fn text(&self, at: usize) -> &'a str {
        self.0.get(at).map_or("", |token| token.text)
    }

    /// Whether the word at `at` is a field of something.
    pub(super) fn is_field(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| matches!(self.text(before), "." | ":"))
    }

    /// The name after a dot or colon that follows `at`.
    pub(super) fn field_of(&self, at: usize) -> Option<&'a str> {
        let name = self.0.get(at + 2).filter(|name| name.is_word())?;
        matches!(self.text(at + 1), "." | ":").then_some(name.text)
    }

    /// Whether the script makes this name its own: a local, a parameter that isn't
    /// the routine's, or a key.
    pub(super) fn own(&self, name: &str) -> bool {
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

    /// Whether the word at `at` is a text.
    pub(super) fn is_text(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|token| token.text.is_empty())
    }

    /// The line of the word at `at`.
    pub(super) fn line(&self, at: usize) -> usize {
        self.0.get(at).map_or(0, |token| token.line)
    }

    /// Whether these words follow from `at` on.
    pub(super) fn reads(&self, at: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(nth, word)| self.0.get(at + nth).is_some_and(|token| token.text == *word))
    }

    /// Whether an expression goes on or begins after the word before `at`.
    pub(super) fn in_expression(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        matches!(
            self.text(before),
            "return"
                | "="
                | "("
                | ","
                | "{"
                | "["
                | "and"
                | "or"
                | "not"
                | "in"
                | "if"
                | "elseif"
                | "while"
                | "until"
                | "=="
                | "~="
                | "<"
                | ">"
                | "<="
                | ">="
                | ".."
                | "+"
                | "-"
                | "*"
                | "/"
                | "//"
                | "%"
                | "^"
                | "#"
                | ":"
                | "."
                | "+="
                | "-="
        ) || (matches!(self.text(before), "then" | "else") && self.is_if_expression(before))
    }

    /// Whether the `then` or `else` at `at` belongs to an expression, as in
    /// `x = if a then b else c`.
    fn is_if_expression(&self, at: usize) -> bool {
        let mut deep = 0_usize;
        for before in (0..at).rev() {
            match self.text(before) {
                "end" => deep += 1,
                "function" | "do" if deep > 0 => deep -= 1,
                "if" if deep > 0 => deep -= 1,
                "if" => return before > 0 && self.in_expression(before),
                "function" | "do" => return false,
                _ => {}
            }
        }
        false
    }

    /// Where the bracket that opens at `at` closes; the end of the script if nowhere.
    pub(super) fn closing(&self, at: usize) -> usize {
        let mut deep = 0_usize;
        for place in at..self.0.len() {
            match self.text(place) {
                "(" | "{" | "[" => deep += 1,
                ")" | "}" | "]" => deep = deep.saturating_sub(1),
                _ => {}
            }
            if deep == 0 {
                return place;
            }
        }
        self.0.len()
    }
}
