//! A file's rows, and what is wrong with some of them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use lariat_sdk::{Account, Error, Map, Result, Value, serde_json};

use crate::files::{Format, Source};
use crate::value;

/// A row that can be read.
#[derive(Debug)]
pub(crate) struct Row {
    line: u64,
    fields: Map<String, Value>,
}

/// Why a row can't be used.
#[derive(Debug)]
pub(crate) struct Bad {
    file: String,
    line: u64,
    why: String,
}

impl Bad {
    fn new(line: u64, why: impl fmt::Display) -> Self {
        Self { file: String::new(), line, why: why.to_string() }
    }

    pub(crate) fn within(self, source: &Source) -> Self {
        Self { file: source.path.display().to_string(), ..self }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.why)
    }
}

impl Row {
    pub(crate) fn account(mut self, id: &str) -> Result<Account, Bad> {
        let text = match self.fields.remove(id) {
            Some(Value::String(text)) if !text.trim().is_empty() => text.trim().to_owned(),
            Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
            Some(Value::Null | Value::String(_)) | None => {
                return Err(Bad::new(self.line, format!("`{id}`, which is to be the id, is empty")));
            }
            Some(other) => return Err(Bad::new(self.line, format!("`{id}` is {other}, which is no id"))),
        };
        Ok(Account { id: text, fields: self.fields })
    }
}

/// What comes of a line: a row, or what is wrong with it; or the file can't be read on.
pub(crate) type Read = Result<Result<Row, Bad>>;

/// A file's rows, in its order.
pub(crate) fn read(source: &Source, types: bool) -> Result<Box<dyn Iterator<Item = Read> + Send>> {
    let place = |error| broken(&source.path, &error);
    let mut file = BufReader::new(File::open(&source.path).map_err(place)?);
    // Spreadsheets begin their files with a byte order mark.
    if file.fill_buf().map_err(place)?.starts_with(b"\xEF\xBB\xBF") {
        file.consume(3);
    }
    match source.format {
        Format::Cells(delimiter) => cells(&source.path, file, delimiter, types),
        Format::Lines => Ok(lines(&source.path, file)),
    }
}

/// A disk that fails may answer the next time.
fn broken(path: &Path, error: &std::io::Error) -> Error {
    let why = format!("{}: {error}", path.display());
    if error.kind() == std::io::ErrorKind::NotFound { Error::failed(why) } else { Error::unavailable(why) }
}

fn cells(
    path: &Path,
    file: BufReader<File>,
    delimiter: u8,
    types: bool,
) -> Result<Box<dyn Iterator<Item = Read> + Send>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
    let header = |why: String| Error::failed(format!("{}:1: {why}", path.display()));
    let names = reader.headers().map_err(|error| header(error.to_string()))?.clone();
    let mut seen = BTreeSet::new();
    for name in names.iter().map(str::trim) {
        if name.is_empty() {
            return Err(header("a column has no name; the first line holds the names".into()));
        }
        if !seen.insert(name) {
            return Err(header(format!("two columns are called `{name}`")));
        }
    }
    let path = path.to_owned();
    Ok(Box::new(reader.into_records().map(move |record| match record {
        Ok(record) => {
            let line = record.position().map_or(0, csv::Position::line);
            let fields = names.iter().zip(&record);
            let fields =
                fields.map(|(name, cell)| (name.trim().to_owned(), value::typed(cell, types))).collect();
            Ok(Ok(Row { line, fields }))
        }
        Err(error) => refused(&path, &error),
    })))
}

/// Quotes and lengths are a row's own fault; anything else ends the file.
fn refused(path: &Path, error: &csv::Error) -> Read {
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            Ok(Err(Bad::new(line(pos), format!("has {len} cells where the first line has {expected_len}"))))
        }
        csv::ErrorKind::Utf8 { pos, .. } => Ok(Err(Bad::new(line(pos), "isn't UTF-8"))),
        csv::ErrorKind::Io(error) => Err(broken(path, error)),
        _ => Err(Error::failed(format!("{}: {error}", path.display()))),
    }
}

fn lines(path: &Path, file: BufReader<File>) -> Box<dyn Iterator<Item = Read> + Send> {
    let path = path.to_owned();
    let numbered = (1u64..).zip(file.split(b'\n'));
    Box::new(numbered.filter_map(move |(line, text)| {
        let text = match text {
            Ok(text) => text,
            Err(error) => return Some(Err(broken(&path, &error))),
        };
        if text.trim_ascii().is_empty() {
            return None;
        }
        Some(Ok(match serde_json::from_slice::<Value>(&text) {
            Ok(Value::Object(fields)) => Ok(Row { line, fields }),
            Ok(_) => Err(Bad::new(line, "isn't a JSON object")),
            Err(error) => Err(Bad::new(line, format!("isn't JSON: {error}"))),
        }))
    }))
}
