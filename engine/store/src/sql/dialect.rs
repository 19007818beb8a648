//! SQLite's way of writing SQL, for the parser: sqlparser's own dialect and what it
//! misses. A query that the parser can't read is refused, however valid, so each gap
//! closed here is a query that works.

use std::any::TypeId;

use sqlparser::ast::{BinaryOperator, Expr, Statement};
use sqlparser::dialect::{Dialect, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

/// sqlparser's SQLite, and besides: `IS` between any two values, shifts, identifiers
/// of any letters.
#[derive(Debug, Default)]
pub(super) struct Sqlite(SQLiteDialect);

impl Dialect for Sqlite {
    // The parser asks for the type where it knows SQLite's differences by heart.
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn is_identifier_start(&self, character: char) -> bool {
        self.0.is_identifier_start(character) || !character.is_ascii()
    }

    fn is_identifier_part(&self, character: char) -> bool {
        self.is_identifier_start(character) || character.is_ascii_digit() || character == '$'
    }

    // <https://sqlite.org/lang_expr.html#isisnot>: `a IS b` is `a = b` where NULL equals
    // NULL. The tree is only looked at, never run, so that `=` may stand for it.
    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        if !parser.parse_keyword(Keyword::IS) {
            return self.0.parse_infix(parser, left, precedence);
        }
        let _ = parser.parse_keyword(Keyword::NOT);
        let _ = parser.parse_keywords(&[Keyword::DISTINCT, Keyword::FROM]);
        let left = Box::new(left.clone());
        Some(parser.parse_subexpr(precedence).map(|right| Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right: Box::new(right),
        }))
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn parse_statement(&self, parser: &mut Parser) -> Option<Result<Statement, ParserError>> {
        self.0.parse_statement(parser)
    }
    fn is_delimited_identifier_start(&self, character: char) -> bool {
        self.0.is_delimited_identifier_start(character)
    }
    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        self.0.identifier_quote_style(identifier)
    }
    fn supports_filter_during_aggregation(&self) -> bool {
        self.0.supports_filter_during_aggregation()
    }
    fn supports_in_empty_list(&self) -> bool {
        self.0.supports_in_empty_list()
    }
    fn supports_limit_comma(&self) -> bool {
        self.0.supports_limit_comma()
    }
    fn supports_dollar_placeholder(&self) -> bool {
        self.0.supports_dollar_placeholder()
    }
    fn supports_notnull_operator(&self) -> bool {
        self.0.supports_notnull_operator()
    }
    fn supports_comma_separated_trim(&self) -> bool {
        self.0.supports_comma_separated_trim()
    }
    fn supports_numeric_literal_underscores(&self) -> bool {
        self.0.supports_numeric_literal_underscores()
    }
}
