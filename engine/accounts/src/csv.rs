//! Accounts in a CSV file: a header with a column `id` (or `account`), a row for each
//! account, cells typed by [`typed`].

use lariat_core::ids::AccountId;
use lariat_core::secret::is_secret_name;
use serde_json::{Map, Value};

use crate::error::{AccountError, Fault};
use crate::place::Place;
use crate::record::{Collector, MAX_FIELDS, Record, Records, check_field_name};
use crate::{text, typed};

const TOP: Place = Place { line: 1, column: 1 };

/// Reads a CSV file.
///
/// ```
/// let found = lariat_accounts::csv::parse(b"id,pack_count\na1,37\n")?;
/// assert_eq!(found.records[0].fields["pack_count"], 37);
/// # Ok::<(), lariat_accounts::Fault>(())
/// ```
///
/// # Errors
/// The first thing that is wrong, with its line; nothing of such a file is taken.
pub fn parse(bytes: &[u8]) -> Result<Records, Fault> {
    let text = text::decode(bytes)?;
    let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| fault(&error))?.clone();
    let columns = Columns::of(&header)?;
    let mut found = Collector::default();
    let mut row = ::csv::StringRecord::new();
    let mut last = (0, false);
    while reader.read_record(&mut row).map_err(|error| fault(&error))? {
        let start = row.position().map_or(TOP, row_place);
        if row.len() != columns.names.len() {
            let message = format!(
                "the row has {} cells and the header {}; a cell that holds a comma or a quote is written in quotes",
                row.len(),
                columns.names.len()
            );
            return Err(Fault::at(start, AccountError::Syntax(message)));
        }
        let byte = row.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or_default());
        last = (byte, row.iter().any(|cell| cell.contains('\n')));
        found.push(columns.record(&row, start)?);
    }
    check_last_quote(text, last.0, last.1)?;
    Ok(found.finish())
}

struct Columns {
    names: Vec<String>,
    secret: Vec<bool>,
    id: usize,
}

impl Columns {
    fn of(header: &::csv::StringRecord) -> Result<Self, Fault> {
        let at = |error| Fault::at(TOP, error);
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if names.len() > MAX_FIELDS {
            return Err(at(AccountError::TooManyFields(MAX_FIELDS)));
        }
        let column = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let id = column("id").or_else(|| column("account")).ok_or_else(|| at(no_id(header)))?;
        for (index, name) in names.iter().enumerate() {
            check_field_name(name).map_err(at)?;
            if names.iter().take(index).any(|earlier| earlier == name) {
                return Err(at(AccountError::Syntax(format!(
                    "two columns are called \"{name}\"; rename one"
                ))));
            }
        }
        let secret = names.iter().map(|name| is_secret_name(name)).collect();
        Ok(Self { names, secret, id })
    }

    fn record(&self, row: &::csv::StringRecord, place: Place) -> Result<Record, Fault> {
        let id = row.get(self.id).unwrap_or_default().trim();
        let id = AccountId::new(id).map_err(|error| Fault::at(place, AccountError::Id(error)))?;
        let mut fields = Map::new();
        for (index, ((name, cell), secret)) in self.names.iter().zip(row).zip(&self.secret).enumerate() {
            if index != self.id {
                let value = if *secret && !cell.is_empty() { Value::from(cell) } else { typed::value(cell) };
                fields.insert(name.clone(), value);
            }
        }
        Ok(Record { id, fields, place })
    }
}

fn no_id(header: &::csv::StringRecord) -> AccountError {
    let other = header.iter().next().filter(|_| header.len() == 1).and_then(|cell| cell.find([';', '\t']));
    AccountError::Syntax(match other {
        Some(_) => "the columns aren't separated by commas; save the file with commas".to_owned(),
        None => "there is no column `id` (or `account`); the first line must name the columns".to_owned(),
    })
}

/// A quote that is never closed swallows the rest of the file into one cell.
fn check_last_quote(text: &str, start: usize, several_lines: bool) -> Result<(), Fault> {
    let raw = text.get(start..).unwrap_or_default();
    let odd = raw.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if !odd || !(several_lines || raw.contains(",\"")) {
        return Ok(());
    }
    let message = "a quote in this row is never closed; close it, and write a quote in a cell as \"\"";
    Err(Fault::at(Place::of(text.as_bytes(), start), AccountError::Syntax(message.to_owned())))
}

fn row_place(position: &::csv::Position) -> Place {
    Place { line: usize::try_from(position.line()).unwrap_or(usize::MAX), column: 1 }
}

fn fault(error: &::csv::Error) -> Fault {
    Fault { place: error.position().map(row_place), error: AccountError::Syntax(error.to_string()) }
}
