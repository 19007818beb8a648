//! The first layer of the guard: the text of a raw query, parsed before any
//! database sees it. It must be one SELECT, with or without WITH. The authorizer
//! decides again on what SQLite makes of it.

use std::ops::ControlFlow;

use sqlparser::ast::{Query, Select, Statement, Visit, Visitor};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{TokenWithSpan, Tokenizer};

use crate::sql::dialect::Sqlite;
use crate::sql::failure::Failure;
use crate::sql::limits::SQL_BYTES;
use crate::sql::place::Place;
use crate::sql::placeholders::Placeholders;
use crate::sql::tokens;

/// How deep parentheses, subqueries and expressions may nest.
pub(super) const NESTING: usize = 100;
/// Enough for a tree as deep as [`tokens`] lets it become, in a build without
/// optimisation; pages that aren't touched cost nothing.
const STACK: usize = 64 << 20;

/// What the guard learns from a query that it lets pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// The names that WITH gives.
    pub(super) ctes: Vec<String>,
    /// The values that it takes.
    pub(super) placeholders: Placeholders,
}

/// Checks a raw query: `Failure::Query` for one that can't be read,
/// `Failure::Refused` for one that isn't a single SELECT.
pub(super) fn check(sql: &str) -> Result<Checked, Failure> {
    if sql.len() > SQL_BYTES {
        return Err(Failure::Refused(format!(
            "the SQL is {} bytes long; at most {SQL_BYTES} are accepted",
            sql.len()
        )));
    }
    if let Some(offset) = sql.find('\0') {
        return Err(Failure::Refused(format!(
            "{}: a NUL character isn't allowed, since SQLite would stop reading there",
            Place::of(sql, offset)
        )));
    }
    let dialect = Sqlite::default();
    let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().map_err(|e| {
        Failure::Query(format!("{}: {}", Place::new(e.location.line, e.location.column), e.message))
    })?;
    tokens::check(&tokens)?;
    let placeholders = Placeholders::find(&tokens).map_err(Failure::Query)?;
    let ctes = on_large_stack(|| names(&dialect, tokens))??;
    Ok(Checked { ctes, placeholders })
}

/// The parser's tree is as deep as a query has operators, and is freed from the top:
/// more than the stack of an ordinary thread can take.
pub(super) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let failed = || Failure::Unavailable("no thread to read the query on".to_owned());
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map_err(|_| failed())?.join().map_err(|_| failed())
    })
}

/// The names that WITH gives in a query that is one SELECT.
fn names(dialect: &Sqlite, tokens: Vec<TokenWithSpan>) -> Result<Vec<String>, Failure> {
    let statements = parse(dialect, tokens).map_err(told)?;
    let [Statement::Query(query)] = statements.as_slice() else {
        return Err(Failure::Refused("a pool's query must be exactly one SELECT".to_owned()));
    };
    let mut finder = Finder::default();
    match query.visit(&mut finder) {
        ControlFlow::Continue(()) => Ok(finder.ctes),
        ControlFlow::Break(rule) => Err(Failure::Refused(rule.to_owned())),
    }
}

fn parse(dialect: &Sqlite, tokens: Vec<TokenWithSpan>) -> Result<Vec<Statement>, ParserError> {
    Parser::new(dialect).with_recursion_limit(NESTING).with_tokens_with_locations(tokens).parse_statements()
}

/// The parser's message with its place in front.
fn told(error: ParserError) -> Failure {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            return Failure::Query(format!("nests deeper than {NESTING} levels; write it flatter"));
        }
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    let placed = message.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        let place = Place::new(line.trim().parse().ok()?, column.trim().parse().ok()?);
        let what = what.strip_prefix("Expected: ").map_or(what.to_owned(), |rest| format!("expected {rest}"));
        Some(format!("{place}: {what}"))
    });
    Failure::Query(format!("{}; the query must be a SELECT as SQLite writes it", placed.unwrap_or(message)))
}

/// Collects names, and stops at what no SELECT of SQLite has.
#[derive(Default)]
struct Finder {
    ctes: Vec<String>,
}

impl Visitor for Finder {
    type Break = &'static str;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Self::Break> {
        match statement {
            Statement::Query(_) => ControlFlow::Continue(()),
            _ => ControlFlow::Break("a statement inside the query that isn't a SELECT isn't allowed"),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if !query.locks.is_empty() || query.for_clause.is_some() {
            return ControlFlow::Break("FOR UPDATE and the like aren't allowed; a pool's query only reads");
        }
        if query.settings.is_some() || query.format_clause.is_some() || !query.pipe_operators.is_empty() {
            return ControlFlow::Break("a clause that SQLite doesn't have isn't allowed");
        }
        if let Some(with) = &query.with {
            self.ctes.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.clone()));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        match select.into {
            Some(_) => ControlFlow::Break("SELECT INTO isn't allowed; a pool's query only reads"),
            None => ControlFlow::Continue(()),
        }
    }
}
