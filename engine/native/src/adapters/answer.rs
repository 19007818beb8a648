//! A payload that a library answered.

use serde::Deserialize;

/// Reads an answer, or why it can't be read. That it is UTF-8 is seen once for the whole of it,
/// which costs less than for each text in it.
pub(super) fn read<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, String> {
    let text = std::str::from_utf8(answer).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The same of a method that may answer with nothing.
pub(super) fn read_any<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<Option<T>, String> {
    if answer.is_empty() { Ok(None) } else { read(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stands_for_null_and_what_is_wrong_is_told() {
        assert_eq!(read_any::<u32>(b""), Ok(None));
        assert_eq!(read_any::<u32>(b" null "), Ok(None));
        assert_eq!(read_any::<u32>(b"7"), Ok(Some(7)));
        assert_eq!(read::<String>("\"ü\\u00fc\"".as_bytes()), Ok("üü".into()));
        for (wrong, why) in [(&b"\"\xff\""[..], "utf-8"), (b"", "EOF"), (b"7 7", "trailing")] {
            let told = read::<String>(wrong).or_else(|_| read::<u32>(wrong).map(|it| it.to_string()));
            assert!(told.as_ref().is_err_and(|told| told.contains(why)), "{told:?}: {why}");
        }
    }
}
