//! The files of a workspace that pool scripts may read: those inside it that aren't
//! hidden, wherever links lead.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

/// The largest file that is read as a whole.
const MAX_FILE: u64 = 16 << 20;
/// The longest line.
const MAX_LINE: usize = 1 << 20;
/// About how much is read at a time.
const PART: usize = 64 << 10;
/// The settings, which may hold passwords.
const SETTINGS: &str = "lariat.yaml";

/// A file's text as a whole.
///
/// # Errors
/// Why it can't be read, for the script's author.
pub(crate) fn read(workspace: &Path, path: &str) -> Result<Vec<u8>, String> {
    let file = open(workspace, path)?;
    let mut text = Vec::new();
    let read = file.take(MAX_FILE + 1).read_to_end(&mut text);
    read.map_err(|error| format!("{path} can't be read: {error}"))?;
    if text.len() as u64 > MAX_FILE {
        let most = MAX_FILE >> 20;
        return Err(format!("{path} is larger than {most} MiB; go through it with ctx:read_lines"));
    }
    if text.starts_with(BOM) {
        text.drain(..BOM.len());
    }
    Ok(text)
}

const BOM: &[u8] = "\u{feff}".as_bytes();

/// A file's lines, part by part.
pub(crate) struct Lines {
    file: BufReader<File>,
    path: String,
    begun: bool,
}

impl Lines {
    /// Opens a file.
    ///
    /// # Errors
    /// As for [`read`].
    pub(crate) fn open(workspace: &Path, path: &str) -> Result<Self, String> {
        let file = BufReader::with_capacity(PART, open(workspace, path)?);
        Ok(Self { file, path: path.to_owned(), begun: false })
    }

    /// The next lines, without their ends; none at the end of the file.
    ///
    /// # Errors
    /// When it can't be read, or a line is too long.
    pub(crate) fn part(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while bytes < PART {
            let mut line = Vec::new();
            let read = self.file.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line);
            let read = read.map_err(|error| format!("{} can't be read: {error}", self.path))?;
            if read == 0 {
                break;
            }
            if line.len() > MAX_LINE {
                return Err(format!("{} has a line longer than {MAX_LINE} bytes", self.path));
            }
            bytes += read + 16;
            if !self.begun && line.starts_with(BOM) {
                line.drain(..BOM.len());
            }
            self.begun = true;
            for end in [b'\n', b'\r'] {
                if line.last() == Some(&end) {
                    line.pop();
                }
            }
            lines.push(line);
        }
        Ok(lines)
    }
}

fn open(workspace: &Path, path: &str) -> Result<File, String> {
    let real = inside(workspace, path)?;
    File::open(&real).map_err(|error| format!("{path} can't be read: {error}"))
}

/// The file that a path leads to, if scripts may read it.
fn inside(workspace: &Path, path: &str) -> Result<PathBuf, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {path} in the workspace"),
        _ => format!("{path} can't be read: {error}"),
    };
    let root = workspace.canonicalize().map_err(unreadable)?;
    let outside = || format!("{path} is outside of the workspace; scripts read files inside it only");
    let asked = workspace.join(path);
    // What lies outside isn't looked at, so that nobody learns whether it is there.
    let plain = normal(&asked);
    if !plain.starts_with(workspace) && !plain.starts_with(&root) {
        return Err(outside());
    }
    let real = asked.canonicalize().map_err(unreadable)?;
    let Ok(within) = real.strip_prefix(&root) else { return Err(outside()) };
    let hidden = within.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    if hidden || within == Path::new(SETTINGS) {
        return Err(format!(
            "{path} is closed to scripts, as all hidden files and {SETTINGS} are; they may hold secrets"
        ));
    }
    // A pipe would never end.
    if !real.metadata().map_err(unreadable)?.is_file() {
        return Err(format!("{path} is not a file"));
    }
    Ok(real)
}

/// A path without `.` and `..`, by its words alone.
fn normal(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
