//! Accounts as JSON, one object a line, so that versions can be compared line by line.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::unwritable;
use crate::error::AccountError;

pub(super) fn write_array(
    mut out: impl Write,
    rows: impl Iterator<Item = Map<String, Value>>,
) -> Result<(), AccountError> {
    let all = || -> io::Result<()> {
        let mut before = "[\n";
        for row in rows {
            out.write_all(before.as_bytes())?;
            serde_json::to_writer(&mut out, &row)?;
            before = ",\n";
        }
        out.write_all(if before == ",\n" { b"\n]\n" } else { b"[]\n" })
    };
    all().map_err(unwritable)
}

pub(super) fn write_lines(
    mut out: impl Write,
    mut rows: impl Iterator<Item = Map<String, Value>>,
) -> Result<(), AccountError> {
    let line = |row| -> io::Result<()> {
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")
    };
    rows.try_for_each(line).map_err(unwritable)
}
