//! The order of a query over the account table, taken from SQLite's hands.
//!
//! SQLite meets `ORDER BY pack_count` by the index of that name: it goes to the table for
//! each row, all over it, or sorts whole rows on disk. A million rows take three times as
//! long so as they take in the order in which they lie. So a query whose order is a list of
//! columns runs without it, and its accounts are sorted by [`keys`](super::keys) afterwards.
//! That is for the store alone, whose columns are known to compare as bytes.

use sqlparser::ast::{
    Expr, Ident, ObjectName, OrderByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr,
    Statement, TableFactor,
};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::sql::dialect::Sqlite;
use crate::sql::schema::ACCOUNTS;
use crate::sql::select::{NESTING, on_large_stack};

/// A query without its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unordered {
    /// The query; its last columns are those of the order that it didn't select.
    pub(super) sql: String,
    /// How many columns were added.
    pub(super) added: usize,
    /// Whether what it returns as the id is the table's, of which no two are the same.
    pub(super) ids_differ: bool,
    /// The order.
    pub(super) terms: Vec<Term>,
}

/// A column to order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// The name under which the query returns it.
    pub(super) name: String,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

impl Unordered {
    /// Takes the order off a query; `None` for one whose order can't be taken off, or that
    /// has none.
    pub(super) fn of(sql: &str) -> Option<Self> {
        let dialect = Sqlite::default();
        let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().ok()?;
        let (from, order) = (offset(sql, &tokens, Keyword::FROM)?, offset(sql, &tokens, Keyword::ORDER)?);
        let Order { terms, added, ids_differ } = on_large_stack(|| {
            let mut parser =
                Parser::new(&dialect).with_recursion_limit(NESTING).with_tokens_with_locations(tokens);
            let statements = parser.parse_statements().ok()?;
            let [Statement::Query(query)] = statements.as_slice() else { return None };
            read(query)
        })
        .ok()??;
        let (columns, rest) = (sql.get(..from)?, sql.get(from..order)?);
        let added_sql: String = added.iter().map(|column| format!(", {column} ")).collect();
        Some(Self { sql: format!("{columns}{added_sql}{rest}"), added: added.len(), ids_differ, terms })
    }
}

/// Where in a query that is one SELECT a word of its own stands, not one of a part of it.
fn offset(sql: &str, tokens: &[TokenWithSpan], keyword: Keyword) -> Option<usize> {
    let mut depth = 0_usize;
    let word = tokens.iter().find(|token| {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Word(word) => return depth == 0 && word.keyword == keyword,
            _ => {}
        }
        false
    })?;
    let Location { line, column } = word.span.start;
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let within = sql.get(start..)?.char_indices().nth(column)?.0;
    Some(start + within)
}

struct Order {
    terms: Vec<Term>,
    /// Its columns that the query must still be made to return.
    added: Vec<String>,
    ids_differ: bool,
}

fn read(query: &Query) -> Option<Order> {
    let SetExpr::Select(select) = &*query.body else { return None };
    let order = query.order_by.as_ref().filter(|order| order.interpolate.is_none())?;
    let OrderByKind::Expressions(order) = &order.kind else { return None };
    let plain = query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
    if !plain || !is_over_accounts(select) {
        return None;
    }
    let mut added = Vec::new();
    let mut terms = Vec::with_capacity(order.len());
    for by in order {
        let column = column(&by.expr)?;
        match selected(select, &column.value) {
            Selected::AsItIs | Selected::Renamed => {}
            Selected::Not => added.push(column.to_string()),
            Selected::AsSomethingElse => return None,
        }
        terms.push(term(by, column)?);
    }
    let ids_differ = matches!(selected(select, "id"), Selected::AsItIs);
    Some(Order { terms, added, ids_differ })
}

fn term(by: &OrderByExpr, column: &Ident) -> Option<Term> {
    let descending = match &by.options.sort {
        None | Some(OrderBySort::Asc) => false,
        Some(OrderBySort::Desc) => true,
        Some(_) => return None,
    };
    if by.with_fill.is_some() {
        return None;
    }
    // Nothing is smaller than NULL: <https://sqlite.org/lang_select.html#orderby>
    let nulls_first = by.options.nulls_first.unwrap_or(!descending);
    Some(Term { name: column.value.clone(), descending, nulls_first })
}

fn is_over_accounts(select: &Select) -> bool {
    let [from] = select.from.as_slice() else { return false };
    let TableFactor::Table { name, args: None, index_hints, sample: None, .. } = &from.relation else {
        return false;
    };
    from.joins.is_empty()
        && index_hints.is_empty()
        && is_accounts(name)
        && select.distinct.is_none()
        && select.having.is_none()
        && matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(by, _) if by.is_empty())
}

fn is_accounts(name: &ObjectName) -> bool {
    let names: Option<Vec<&str>> =
        name.0.iter().map(|part| part.as_ident().map(|name| name.value.as_str())).collect();
    match names.as_deref() {
        Some([table]) => table.eq_ignore_ascii_case(ACCOUNTS),
        Some([schema, table]) => schema.eq_ignore_ascii_case("main") && table.eq_ignore_ascii_case(ACCOUNTS),
        _ => false,
    }
}

/// How a query returns the column that a word of its order names.
enum Selected {
    AsItIs,
    /// Another column under its name.
    Renamed,
    Not,
    AsSomethingElse,
}

fn selected(select: &Select, name: &str) -> Selected {
    let mut found = Selected::Not;
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => found = Selected::AsItIs,
            SelectItem::UnnamedExpr(expr) => {
                if column(expr).is_some_and(|column| column.value.eq_ignore_ascii_case(name)) {
                    found = Selected::AsItIs;
                }
            }
            SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(name) => {
                // An expression may compare in a way of its own.
                let Some(column) = column(expr) else { return Selected::AsSomethingElse };
                if !column.value.eq_ignore_ascii_case(name) {
                    return Selected::Renamed;
                }
                found = Selected::AsItIs;
            }
            SelectItem::ExprWithAlias { .. } => {}
            SelectItem::ExprWithAliases { .. } => return Selected::AsSomethingElse,
        }
    }
    found
}

/// The column that an expression is, if it is nothing but one.
fn column(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(column) => Some(column),
        Expr::CompoundIdentifier(names) => names.last(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(sql: &str) -> (String, Vec<String>) {
        let unordered = Unordered::of(sql).unwrap_or_else(|| panic!("{sql}"));
        let told = |term: &Term| {
            let (by, nulls) =
                (if term.descending { "-" } else { "+" }, if term.nulls_first { "" } else { "?" });
            format!("{by}{}{nulls}", term.name)
        };
        (unordered.sql, unordered.terms.iter().map(told).collect())
    }

    #[test]
    fn an_order_by_columns_is_taken_off() {
        for (sql, rest, by) in [
            ("SELECT id, n FROM accounts ORDER BY n", "SELECT id, n FROM accounts ", &["+n"][..]),
            (
                "SELECT * FROM main.accounts a ORDER BY a.n DESC, id;",
                "SELECT * FROM main.accounts a ",
                &["-n?", "+id"],
            ),
            (
                "SELECT id -- ü\n , (SELECT 1 ORDER BY 1) AS x\n FROM Accounts WHERE x = 'ORDER BY'\n ORDER\tBY n ASC NULLS LAST -- so",
                "SELECT id -- ü\n , (SELECT 1 ORDER BY 1) AS x\n , n FROM Accounts WHERE x = 'ORDER BY'\n ",
                &["+n?"],
            ),
            (
                "SELECT id, p AS n FROM accounts ORDER BY n, \"m\" DESC NULLS FIRST",
                "SELECT id, p AS n , \"m\" FROM accounts ",
                &["+n", "-m"],
            ),
        ] {
            let (left, order) = terms(sql);
            assert_eq!(
                (left.as_str(), order.as_slice()),
                (rest, by.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
            );
        }
    }

    #[test]
    fn any_other_order_is_left_to_sqlite() {
        for sql in [
            "SELECT id FROM accounts",
            "SELECT id FROM accounts ORDER BY 1",
            "SELECT id FROM accounts ORDER BY random()",
            "SELECT id FROM accounts ORDER BY id COLLATE NOCASE",
            "SELECT id, lower(id) AS n FROM accounts ORDER BY n",
            "SELECT id FROM accounts ORDER BY n LIMIT 5",
            "SELECT DISTINCT id FROM accounts ORDER BY n",
            "SELECT id FROM accounts GROUP BY n ORDER BY n",
            "SELECT id FROM accounts JOIN other ORDER BY n",
            "SELECT id FROM accounts, other ORDER BY n",
            "SELECT id FROM temp.accounts ORDER BY n",
            "SELECT id FROM others ORDER BY n",
            "WITH accounts AS (SELECT 1 AS id) SELECT id FROM accounts ORDER BY id",
            "SELECT id FROM (SELECT * FROM accounts) ORDER BY id",
            "SELECT id FROM accounts UNION SELECT id FROM accounts ORDER BY id",
            "SELECT",
        ] {
            assert_eq!(Unordered::of(sql), None, "{sql}");
        }
    }
}
