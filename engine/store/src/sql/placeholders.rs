//! The `?` of a raw query, counted as SQLite numbers them: a bare `?` is one more
//! than the largest number so far, `?3` is the third.

use std::collections::BTreeSet;

use lariat_core::definition::{Parameter, Problem};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::sql::limits::VARIABLES;
use crate::sql::place::Place;

/// Which values a query takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placeholders {
    used: BTreeSet<usize>,
}

impl Placeholders {
    /// Finds them. The error tells of one that has a name.
    pub(super) fn find(tokens: &[TokenWithSpan]) -> Result<Self, String> {
        let mut used = BTreeSet::new();
        for (index, token) in tokens.iter().enumerate() {
            let place = Place::new(token.span.start.line, token.span.start.column);
            let number = match &token.token {
                Token::Placeholder(text) if text == "?" => used.last().copied().unwrap_or(0) + 1,
                Token::Placeholder(text) => match text.strip_prefix('?').and_then(|n| n.parse().ok()) {
                    Some(number) if (1..=VARIABLES).contains(&number) => number,
                    _ => return Err(named(place, text)),
                },
                Token::Colon | Token::AtSign => {
                    let name = tokens.get(index + 1).map(|next| next.token.to_string()).unwrap_or_default();
                    return Err(named(place, &format!("{}{name}", token.token)));
                }
                _ => continue,
            };
            used.insert(number);
        }
        Ok(Self { used })
    }

    /// What is wrong between them and the parameters.
    pub(super) fn problem(&self, parameters: &[Parameter]) -> Option<Problem> {
        let takes = self.used.last().copied().unwrap_or(0);
        let has = parameters.len();
        if takes != has {
            return Some(Problem::at(
                "query.parameters",
                format!(
                    "has {has} {}, but the query has {takes} {}; each `?` takes one, in their order",
                    if has == 1 { "entry" } else { "entries" },
                    if takes == 1 { "placeholder" } else { "placeholders" },
                ),
            ));
        }
        let (unused, parameter) =
            parameters.iter().enumerate().find(|(index, _)| !self.used.contains(&(index + 1)))?;
        Some(Problem::at(
            format!("query.parameters[{unused}]"),
            format!("\"{}\" isn't used: the query has no ?{}", parameter.name, unused + 1),
        ))
    }
}

fn named(place: Place, text: &str) -> String {
    format!(
        "{place}: the placeholder {text} isn't accepted; write `?` for each parameter in their order, or ?1, ?2, … to use one twice"
    )
}
