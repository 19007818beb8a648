//! A place in a text.

use serde::Serialize;

/// Line and column as editors count them, from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte.
    pub(crate) fn of(text: &[u8], offset: usize) -> Self {
        Cursor::new(text).advance(offset)
    }
}

/// Tells the places of ever later bytes in one pass over the text.
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
    place: Place,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, offset: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of the byte at `offset`, which must not lie before the last one.
    pub(crate) fn advance(&mut self, offset: usize) -> Place {
        let step = offset.saturating_sub(self.offset).min(self.rest.len());
        let (passed, rest) = self.rest.split_at(step);
        for byte in passed {
            match byte {
                b'\n' => self.place = Place { line: self.place.line + 1, column: 1 },
                0x80..=0xBF => {} // the inside of a character
                _ => self.place.column += 1,
            }
        }
        (self.rest, self.offset) = (rest, self.offset + step);
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let text = "aß\n帳x".as_bytes();
        assert_eq!(Place::of(text, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(text, 3), Place { line: 1, column: 3 });
        assert_eq!(Place::of(text, 4), Place { line: 2, column: 1 });
        assert_eq!(Place::of(text, 7), Place { line: 2, column: 2 });
        assert_eq!(Place::of(text, 99), Place { line: 2, column: 3 });
    }
}
