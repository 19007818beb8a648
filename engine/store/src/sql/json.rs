//! Values of a row as JSON text, written straight into the text of an account's fields.

use std::fmt::Write;

use crate::sql::authorizer::Cell;

/// Appends a value. Blobs become hexadecimal text; text that isn't UTF-8 gets
/// replacement characters; infinities, which JSON doesn't have, become the texts
/// `Inf` and `-Inf`, as SQLite's shell shows them.
pub(super) fn push_cell(out: &mut String, cell: Cell<'_>) {
    match cell {
        Cell::Null => out.push_str("null"),
        Cell::Int(value) => push_display(out, value),
        Cell::Real(value) if value.is_finite() => push_debug(out, value),
        Cell::Real(value) => out.push_str(if value > 0.0 { "\"Inf\"" } else { "\"-Inf\"" }),
        Cell::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => push_text(out, text),
            Err(_) => push_text(out, &String::from_utf8_lossy(bytes)),
        },
        Cell::Blob(bytes) => {
            out.push('"');
            push_hex(out, bytes);
            out.push('"');
        }
    }
}

/// Appends a JSON string.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        // The byte found is ASCII, so that both sides of it are whole characters.
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut special = special.chars();
        match special.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some(control) => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = special.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends bytes as lower-case hexadecimal.
pub(super) fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

// Writing to a `String` never fails.
fn push_display(out: &mut String, value: i64) {
    let _ = write!(out, "{value}");
}

/// The shortest decimal that reads back as the same float, with a point or an exponent.
fn push_debug(out: &mut String, value: f64) {
    let _ = write!(out, "{value:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn read(cell: Cell<'_>) -> Value {
        let mut out = String::new();
        push_cell(&mut out, cell);
        serde_json::from_str(&out).unwrap()
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text in any::<String>()) {
            prop_assert_eq!(read(Cell::Text(text.as_bytes())), Value::from(text));
        }

        #[test]
        fn every_number_reads_back(int in any::<i64>(), real in any::<f64>().prop_filter("finite", |r| r.is_finite())) {
            prop_assert_eq!(read(Cell::Int(int)), Value::from(int));
            prop_assert!(read(Cell::Real(real)).as_f64() == Some(real) && read(Cell::Real(real)).is_f64());
        }
    }

    #[test]
    fn what_json_has_no_word_for() {
        assert_eq!(read(Cell::Real(f64::INFINITY)), Value::from("Inf"));
        assert_eq!(read(Cell::Real(f64::NEG_INFINITY)), Value::from("-Inf"));
        assert_eq!(read(Cell::Blob(&[0, 0xab])), Value::from("00ab"));
        assert_eq!(read(Cell::Text(&[b'a', 0, 0xff])), Value::from("a\0\u{fffd}"));
    }
}
