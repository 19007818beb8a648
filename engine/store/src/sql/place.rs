//! A place in a query's text.

use std::fmt;

/// Line and column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    line: u64,
    column: u64,
}

impl Place {
    pub(super) fn new(line: u64, column: u64) -> Self {
        Self { line, column }
    }

    /// The place of a byte of `sql`.
    pub(super) fn of(sql: &str, offset: usize) -> Self {
        let mut place = Self::new(1, 1);
        for (_, character) in sql.char_indices().take_while(|(at, _)| *at < offset) {
            if character == '\n' {
                place = Self::new(place.line + 1, 1);
            } else {
                place.column += 1;
            }
        }
        place
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} of the SQL", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        assert_eq!(Place::of("SELECT\n ü, x", 12), Place::new(2, 5));
        assert_eq!(Place::of("", 9), Place::new(1, 1));
    }
}
