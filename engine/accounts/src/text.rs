//! A file's bytes as text.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{AccountError, Fault};
use crate::place::Place;

/// The bytes of a file of at most `limit` bytes. `size` is its length as listed; the
/// file may have grown since, so that the limit holds for what is read.
pub(crate) fn read(path: &Path, size: u64, limit: u64) -> Result<Vec<u8>, Fault> {
    let too_large = |size| Fault::from(AccountError::TooLarge { size, limit });
    if size > limit {
        return Err(too_large(size));
    }
    let failed = |error| Fault::from(AccountError::reading(&error));
    let mut file = File::open(path).map_err(failed)?;
    let expected = usize::try_from(size).map_err(|_| too_large(size))?;
    let mut bytes = vec![0; expected.saturating_add(1)];
    let length = file.read(&mut bytes).map_err(failed)?;
    bytes.truncate(length);
    // As long as it was listed: that is all, without asking the system again.
    if length != expected {
        let more = limit.saturating_add(1).saturating_sub(length.try_into().unwrap_or(u64::MAX));
        file.take(more).read_to_end(&mut bytes).map_err(failed)?;
    }
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= limit => Ok(bytes),
        _ => Err(too_large(limit.saturating_add(1))),
    }
}

/// The text without its byte order mark. Refuses what is empty, isn't UTF-8 or holds NUL.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(AccountError::Utf16.into());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Fault::at(Place::of(bytes, at), AccountError::Binary(0)));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::at(Place::of(bytes, error.valid_up_to()), AccountError::NotUtf8))?;
    if text.trim().is_empty() {
        return Err(AccountError::Empty.into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_since_it_was_listed_is_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        for listed in [0, 9, 10, 11, 20] {
            assert_eq!(read(file.path(), listed, 20).unwrap(), b"0123456789", "{listed}");
            assert!(matches!(
                read(file.path(), listed.min(9), 9).unwrap_err().error,
                AccountError::TooLarge { size: 10, limit: 9 }
            ));
        }
    }

    #[test]
    fn says_where_bytes_are_no_text() {
        let told = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
        assert!(told(b"ab\nc\xFFd").starts_with("2:2: isn't UTF-8"));
        assert!(told(b"ab\0").starts_with("1:3: holds the byte 0x00"));
        assert!(told(b"\xFF\xFE<\0").starts_with("is UTF-16"));
        assert!(told(b"\xEF\xBB\xBF \n").starts_with("the file is empty"));
        assert_eq!(decode(b"\xEF\xBB\xBFx"), Ok("x"));
    }
}
