//! What somebody has seen of a definition who saves it, and what is told when it isn't so
//! any more.

use similar::TextDiff;

use crate::hash::ContentHash;

/// What somebody has seen of a definition who saves or removes it. Another state of it on
/// disk is refused, so that two who write at once don't overwrite each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seen {
    /// What is in force.
    #[default]
    Current,
    /// This generation.
    Generation(u64),
    /// This content of the file (`If-Match`).
    Content(ContentHash),
}

impl From<Option<u64>> for Seen {
    fn from(generation: Option<u64>) -> Self {
        generation.map_or(Self::Current, Self::Generation)
    }
}

/// The most lines of a difference that are told.
const MOST: usize = 40;

/// How one text differs from another, a line each, under what they are called; `None` when
/// they are the same.
pub fn difference(one: (&str, &str), other: (&str, &str)) -> Option<String> {
    let told = TextDiff::from_lines(one.1, other.1)
        .unified_diff()
        .context_radius(1)
        .header(one.0, other.0)
        .to_string();
    let mut lines: Vec<&str> = told.lines().take(MOST + 1).collect();
    if lines.len() > MOST {
        lines.truncate(MOST);
        lines.push("…");
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
