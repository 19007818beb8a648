//! What goes to stdout: one JSON document, or text and tables for people.
#![allow(clippy::print_stdout)] // the one place that prints

use std::borrow::Cow;
use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Timestamp;
use lariat_core::ledger::Total;
use serde::Serialize;

use crate::exit::{CliError, Exit};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    /// Nothing but what was asked for.
    pub quiet: bool,
}

impl Output {
    /// Prints what was asked for: as JSON if wanted, else as `text` makes it.
    ///
    /// # Errors
    /// When it can't be serialised.
    pub fn answer<T: Serialize + ?Sized>(
        self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.json {
            let json = serde_json::to_string_pretty(value);
            print_line(&json.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?);
        } else {
            print_line(&text());
        }
        Ok(())
    }

    /// Says in passing what was done; not with `--json` or `--quiet`.
    pub fn note(self, text: impl Display) {
        if !self.json && !self.quiet {
            print_line(&text.to_string());
        }
    }
}

/// Prints to stdout.
pub fn print_line(text: &str) {
    use std::io::Write;
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return;
    }
    let mut out = std::io::stdout().lock();
    note_failure(writeln!(out, "{}", printable(text)).and_then(|()| out.flush()));
}

/// What went wrong with stdout, for the end of the program.
static FAILED: OnceLock<String> = OnceLock::new();
static PRINTED: AtomicBool = AtomicBool::new(false);

/// Notes how printing to stdout went. A reader that has left (`| head`) isn't an error.
pub fn note_failure(result: std::io::Result<()>) {
    PRINTED.store(true, Ordering::Relaxed);
    if let Err(error) = result
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        FAILED.get_or_init(|| format!("standard output: {error}"));
    }
}

/// Why something that was printed is lost, if it is.
pub fn failure() -> Option<&'static str> {
    FAILED.get().map(String::as_str)
}

/// Whether anything was printed to stdout.
pub fn has_printed() -> bool {
    PRINTED.load(Ordering::Relaxed)
}

/// The text with control characters made visible, but for line feeds and tabs: names in
/// files may hold anything, and a terminal obeys what it is sent.
pub fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if harmless(c) { c.to_string() } else { c.escape_default().to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Whether somebody sits at both ends, so that they may be asked.
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// A table for people: headers, and the columns (by index) that hold numbers.
pub fn table(headers: &[&str], numbers: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headers.iter().map(|header| header.to_uppercase()));
    for row in rows {
        // A cell is one line, whatever is in it.
        table.add_row(row.iter().map(|cell| printable(cell).replace(['\n', '\t'], " ")).collect::<Vec<_>>());
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// YAML below what is to be known of it, as comments.
pub fn noted<'a>(notes: impl Iterator<Item = &'a String>, yaml: &str) -> String {
    let notes: String = notes.flat_map(|note| note.lines()).map(|line| format!("# {line}\n")).collect();
    notes + yaml
}

/// `1,043`
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1,043`, or `12.50`
pub fn total(sum: Total) -> String {
    match sum {
        Total::Int(sum) if sum >= 0 => count(sum.unsigned_abs()),
        Total::Int(sum) => format!("-{}", count(sum.unsigned_abs())),
        Total::Float(sum) => format!("{sum:.2}"),
    }
}

/// `2m ago`, or `never`.
pub fn ago(then: Option<Timestamp>) -> String {
    let Some(then) = then else { return "never".into() };
    let seconds = Timestamp::now().duration_since(then).as_secs();
    match seconds {
        ..=0 => "just now".into(),
        1..=59 => format!("{seconds}s ago"),
        60..=3599 => format!("{}m ago", seconds / 60),
        3600..=86_399 => format!("{}h ago", seconds / 3600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// `1.2s`, `350ms`, `2m 5s`
pub fn elapsed(millis: u64) -> String {
    match millis {
        0..=999 => format!("{millis}ms"),
        1_000..=59_999 => format!("{}.{}s", millis / 1000, millis % 1000 / 100),
        _ => format!("{}m {}s", millis / 60_000, millis % 60_000 / 1000),
    }
}

/// `1 account`, `2 accounts`
pub fn plural(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(
            (count(0u64), count(999u64), count(1_043u64), count(1_000_000u64)),
            ("0".into(), "999".into(), "1,043".into(), "1,000,000".into())
        );
        assert_eq!(
            (elapsed(350), elapsed(1234), elapsed(125_000)),
            ("350ms".into(), "1.2s".into(), "2m 5s".into())
        );
        assert_eq!(ago(None), "never");
    }

    #[test]
    fn what_a_terminal_would_obey_is_made_visible() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\td"), "a\\u{1b}[2Jb\nc\td");
        let text = table(&["n"], &[], [vec!["a\nb\u{1b}".into()]]);
        assert_eq!(text, "N\na b\\u{1b}");
    }

    #[test]
    fn tables_line_up() {
        let text =
            table(&["name", "n"], &[1], [vec!["a".into(), "1".into()], vec!["bb".into(), "22".into()]]);
        assert_eq!(text, "NAME   N\na      1\nbb    22");
    }
}
