//! The engine's log files, read from their end: newest lines first, and no more bytes at
//! once than a page needs.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::str::FromStr;

use lariat_workspace::rotating;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Service;
use super::error::{Code, ServiceError};

/// Bytes that are looked at for one page; what fits may lie further back.
const LOOKED_AT: u64 = 4 << 20;
/// Levels, the gravest first.
pub(crate) const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// In any of its fields, whatever the case; empty: all lines.
    pub text: String,
    /// This level and graver ones (`WARN`); empty: all levels.
    pub level: String,
    /// At most so many.
    pub limit: usize,
    /// Those before this place.
    pub before: Option<LogPlace>,
}

/// A place between two lines of the log files: `FILE-AT` as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct LogPlace {
    /// How many files were begun since.
    pub file: u32,
    /// From the file's beginning, in bytes.
    pub at: u64,
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.file, self.at)
    }
}

impl FromStr for LogPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |(file, at): (&str, &str)| Some(Self { file: file.parse().ok()?, at: at.parse().ok()? });
        text.split_once('-').and_then(read).ok_or("give what came as the page's end")
    }
}

impl TryFrom<String> for LogPlace {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Some lines, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogLines {
    /// The lines; may be none though there are older ones.
    pub lines: Vec<Map<String, Value>>,
    /// Where to go on.
    pub older: Option<LogPlace>,
}

impl LogSearch {
    fn takes(&self, text: &str, line: &Map<String, Value>) -> bool {
        let grave = |level: &str| LEVELS.iter().position(|known| *known == level);
        let level = line.get("level").and_then(Value::as_str).unwrap_or_default();
        let words = self.text.trim().to_lowercase();
        grave(&self.level).is_none_or(|least| grave(level).is_some_and(|level| level <= least))
            && (words.is_empty() || text.to_lowercase().contains(&words))
    }
}

impl Service {
    /// Lines of the engine's log, newest first.
    ///
    /// # Errors
    /// When it keeps no log files, or they can't be read.
    pub async fn logs(&self, search: LogSearch) -> Result<LogLines, ServiceError> {
        let missing = || ServiceError::new(Code::Refused, "this engine keeps no log files");
        let dir = self.keeper.logs_dir().ok_or_else(missing)?;
        let failed =
            |error: String| ServiceError::new(Code::Failed, format!("the log can't be read: {error}"));
        let read = tokio::task::spawn_blocking(move || read(&dir, &search)).await;
        read.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }
}

fn read(dir: &Path, search: &LogSearch) -> io::Result<LogLines> {
    let mut found = LogLines::default();
    let (mut number, mut end) = search.before.map_or((0, None), |place| (place.file, Some(place.at)));
    let mut left = LOOKED_AT;
    loop {
        let mut file = match File::open(rotating::path(dir, "lariat", number)) {
            Ok(file) => file,
            // The oldest was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        let upto = end.take().unwrap_or(u64::MAX).min(file.metadata()?.len());
        let from = upto.saturating_sub(left);
        left -= upto - from;
        let read = back(&mut file, from..upto, |text| {
            if found.lines.len() >= search.limit {
                return ControlFlow::Break(());
            }
            let line = serde_json::from_str(text).ok();
            found.lines.extend(line.filter(|line| search.takes(text, line)));
            ControlFlow::Continue(())
        });
        if let Some(at) = read? {
            found.older = Some(LogPlace { file: number, at });
            return Ok(found);
        }
        number += 1;
    }
}

/// Gives the lines of a part of a file to `look`, the last one first, until it has seen enough:
/// the line that it breaks at isn't taken. Tells where that was, or where the part begins, if that
/// isn't the file's beginning.
pub(super) fn back(
    file: &mut File,
    part: Range<u64>,
    mut look: impl FnMut(&str) -> ControlFlow<()>,
) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(part.start))?;
    let mut bytes = Vec::new();
    file.take(part.end - part.start).read_to_end(&mut bytes)?;
    let mut end = bytes.len();
    let place = |at: usize| part.start + u64::try_from(at).unwrap_or(u64::MAX);
    while end > 0 {
        // Behind the line feed of the line before.
        let before = bytes.get(..end - 1).and_then(|bytes| bytes.iter().rposition(|byte| *byte == b'\n'));
        let start = match before {
            Some(feed) => feed + 1,
            None if part.start == 0 => 0,
            // Only the end of a line: the next page has all of it, unless it is longer than a page.
            None => return Ok(Some(if end == bytes.len() { part.start } else { place(end) })),
        };
        let text = String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default());
        if look(&text).is_break() {
            return Ok(Some(place(end)));
        }
        end = start;
    }
    Ok((part.start > 0).then_some(part.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_back_through_all_files_and_miss_no_line() {
        let dir = tempfile::tempdir().unwrap();
        let line = |n: u32| {
            let level = if n.is_multiple_of(10) { "WARN" } else { "INFO" };
            format!("{{\"level\":\"{level}\",\"message\":\"Line {n}\",\"n\":{n}}}\n")
        };
        let write = |file: u32, lines: std::ops::Range<u32>| {
            std::fs::write(rotating::path(dir.path(), "lariat", file), lines.map(line).collect::<String>())
                .unwrap();
        };
        write(1, 0..100);
        write(0, 100..250);
        let all = |search: LogSearch| {
            let (mut numbers, mut before) = (Vec::new(), None);
            loop {
                let found = read(dir.path(), &LogSearch { before, ..search.clone() }).unwrap();
                assert!(found.lines.len() <= search.limit);
                numbers.extend(found.lines.iter().map(|line| line["n"].as_u64().unwrap()));
                before = found.older;
                if before.is_none() {
                    return numbers;
                }
            }
        };
        let everything = LogSearch { limit: 7, ..LogSearch::default() };
        assert_eq!(all(everything), (0..250).rev().collect::<Vec<_>>());
        let grave = LogSearch { level: "WARN".into(), limit: 100, ..LogSearch::default() };
        assert_eq!(all(grave).len(), 25);
        let words = LogSearch { text: "line 24".into(), limit: 100, ..LogSearch::default() };
        assert_eq!(all(words), [249, 248, 247, 246, 245, 244, 243, 242, 241, 240, 24]);
        // Half a line, as it is being written, is none yet.
        std::fs::write(rotating::path(dir.path(), "lariat", 0), format!("{}{{\"level\":", line(250)))
            .unwrap();
        let one = read(dir.path(), &LogSearch { limit: 1, ..LogSearch::default() }).unwrap();
        assert_eq!(one.lines[0]["n"], 250);
    }
}
