//! From the bytes of a file to a text that a YAML parser may see.

use crate::yaml::tree::Mark;

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Something wrong at a place, before it is known which file it is.
#[derive(Debug)]
pub(super) struct Wrong {
    pub mark: Mark,
    /// The key's path, where it is known.
    pub path: String,
    pub message: String,
}

impl Wrong {
    pub fn at(mark: Mark, message: impl Into<String>) -> Self {
        Self { mark, path: String::new(), message: message.into() }
    }
}

/// The text of a file: at most [`MAX_BYTES`], UTF-8, without a byte-order mark and
/// without control characters.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<&str, Wrong> {
    if bytes.len() > MAX_BYTES {
        return Err(Wrong::at(Mark::START, "is larger than 1 MiB, which no definition needs"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Wrong::at(Mark::START, "is UTF-16; save the file as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let mark = end_of(&String::from_utf8_lossy(good));
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            Err(Wrong::at(mark, format!("byte 0x{byte:02x} is not UTF-8; save the file as UTF-8")))
        }
    }
}

/// Strips the byte-order mark and refuses what YAML doesn't allow in a text.
pub(super) fn check(text: &str) -> Result<&str, Wrong> {
    if text.len() > MAX_BYTES {
        return Err(Wrong::at(Mark::START, "is larger than 1 MiB, which no definition needs"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bad = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}')) || c == '\u{feff}';
    match text.char_indices().find(|(_, c)| bad(*c)) {
        None => Ok(text),
        Some((at, c)) => {
            let mark = end_of(text.get(..at).unwrap_or_default());
            let code = u32::from(c);
            Err(Wrong::at(
                mark,
                format!(
                    "the character U+{code:04X} is not allowed; remove it, or write \"\\u{code:04x}\" in double quotes"
                ),
            ))
        }
    }
}

/// The place just after `text`.
fn end_of(text: &str) -> Mark {
    let line = text.matches('\n').count() + 1;
    let last = text.rsplit('\n').next().unwrap_or_default();
    Mark { index: text.chars().count(), line, column: last.chars().count() + 1 }
}
