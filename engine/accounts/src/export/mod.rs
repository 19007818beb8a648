//! Accounts as text: CSV, JSON, JSON Lines or account XML.
//!
//! JSON and XML keep every value and its type, so that an import gives the same
//! accounts again. CSV has no types: there a text that looks like a number comes back
//! as one, an empty text as nothing. Cells are written as they are, also those that
//! begin with `=`, which a spreadsheet takes for a formula.
//!
//! | part | writes |
//! |---|---|
//! | `csv` | a header with all fields, a row for each account |
//! | `json` | an array with an object a line; or only the lines |
//! | `xml` | account XML, several accounts in one text |

mod csv;
mod format;
mod json;
mod xml;

use std::io::Write;

use lariat_core::account::Account;

pub use format::Format;

use crate::error::AccountError;

/// Writes accounts; secrets are masked unless `reveal`.
///
/// # Errors
/// When the output can't be written, or XML can't hold a field's name.
pub fn write(
    out: impl Write,
    accounts: &[Account],
    format: Format,
    reveal: bool,
) -> Result<(), AccountError> {
    let rows = accounts.iter().map(|account| account.shown(reveal));
    match format {
        Format::Csv => csv::write(out, rows),
        Format::Json => json::write_array(out, rows),
        Format::Jsonl => json::write_lines(out, rows),
        Format::Xml => xml::write(out, accounts.iter().map(|account| &account.id).zip(rows)),
    }
}

/// The text that [`write()`] gives.
///
/// # Errors
/// As for [`write()`].
pub fn to_text(accounts: &[Account], format: Format, reveal: bool) -> Result<String, AccountError> {
    let mut out = Vec::new();
    write(&mut out, accounts, format, reveal)?;
    String::from_utf8(out).map_err(|error| AccountError::Unwritable(error.to_string()))
}

fn unwritable(error: impl std::fmt::Display) -> AccountError {
    AccountError::Unwritable(error.to_string())
}
