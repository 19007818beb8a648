//! What a script reads part by part: a file's lines, another pool's accounts.

use lariat_core::account::AccountRow;

use crate::files::Lines;

/// Most that a run may have open at once.
const MOST: usize = 16;

/// Something that comes in parts.
pub(crate) enum Stream {
    /// The lines of a file.
    Lines(Lines),
    /// The accounts of another pool.
    Accounts(std::vec::IntoIter<AccountRow>),
}

/// What a run has open, by number.
#[derive(Default)]
pub(crate) struct Streams(Vec<Option<Stream>>);

impl Streams {
    /// Keeps one and gives its number.
    ///
    /// # Errors
    /// When the run has too many already.
    pub(crate) fn open(&mut self, stream: Stream) -> Result<usize, String> {
        if self.0.iter().flatten().count() >= MOST {
            return Err(format!(
                "a script may read at most {MOST} files and pools at a time; read them to their ends"
            ));
        }
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        match self.0.get_mut(free) {
            Some(slot) => *slot = Some(stream),
            None => self.0.push(Some(stream)),
        }
        Ok(free)
    }

    /// Takes one out, to read a part of it.
    pub(crate) fn take(&mut self, number: usize) -> Option<Stream> {
        self.0.get_mut(number)?.take()
    }

    /// Puts it back.
    pub(crate) fn put_back(&mut self, number: usize, stream: Stream) {
        if let Some(slot) = self.0.get_mut(number) {
            *slot = Some(stream);
        }
    }
}
