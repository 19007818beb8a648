//! What can be told of a query from its words alone, whatever order they come in:
//! that it begins as a SELECT, that nothing follows it, and that the parser's tree
//! stays small.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::sql::failure::Failure;
use crate::sql::place::Place;

/// How many operators a query may have. Each can make the parser's tree one level
/// deeper, and a tree of many thousand levels would overflow the stack.
const OPERATORS: usize = 1_000;

/// Checks the words of a query.
pub(super) fn check(tokens: &[TokenWithSpan]) -> Result<(), Failure> {
    let mut words = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_)));
    match words.clone().next().map(|first| &first.token) {
        None | Some(Token::EOF) => return Err(Failure::Query("is empty; write a SELECT".to_owned())),
        Some(Token::Word(word)) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH) => {}
        Some(other) => {
            return Err(Failure::Refused(format!(
                "a pool's query must begin with SELECT or WITH, not with {other}"
            )));
        }
    }
    if words.any(|token| token.token == Token::SemiColon) {
        let mut rest = words.skip_while(|token| matches!(token.token, Token::SemiColon | Token::EOF));
        if let Some(second) = rest.next() {
            let place = Place::new(second.span.start.line, second.span.start.column);
            return Err(Failure::Refused(format!(
                "{place}: a second statement isn't allowed; a pool's query is one SELECT"
            )));
        }
    }
    let operators = tokens.iter().filter(|token| is_operator(&token.token)).count();
    if operators > OPERATORS {
        return Err(Failure::Refused(format!(
            "the query has {operators} operators; at most {OPERATORS} are accepted. Use IN (…) for many values"
        )));
    }
    Ok(())
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::NOTNULL
                | Keyword::IN
                | Keyword::LIKE
                | Keyword::GLOB
                | Keyword::MATCH
                | Keyword::REGEXP
                | Keyword::BETWEEN
                | Keyword::COLLATE
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::JOIN
        ),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::EOF => false,
        _ => true,
    }
}
