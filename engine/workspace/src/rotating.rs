//! A file that lines are added to, and that never grows beyond a size: `NAME.jsonl` is
//! written, `NAME.1.jsonl` is the one before it, and so on to the oldest that is kept.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Most bytes of one file.
    pub size: u64,
    /// Most files besides the one that is written.
    pub files: u32,
    /// How old the last line of a file may be.
    pub age: Duration,
}

/// A file that lines are added to. For its owner only.
#[derive(Debug)]
pub struct Rotating {
    dir: PathBuf,
    name: String,
    keep: Keep,
    file: File,
    size: u64,
}

impl Rotating {
    /// Opens `DIR/NAME.jsonl`, and makes what isn't there.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(dir: &Path, name: &str, keep: Keep) -> io::Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir)?;
        let file = open(&path(dir, name, 0))?;
        let size = file.metadata()?.len();
        let rotating = Self { dir: dir.to_owned(), name: name.to_owned(), keep, file, size };
        rotating.forget_old();
        Ok(rotating)
    }

    /// Adds a line, which ends with a line feed.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.size > 0 && self.size.saturating_add(length) > self.keep.size {
            self.rotate()?;
        }
        let written = self.file.write_all(line);
        match written {
            Ok(()) => self.size += length,
            // Half a line is none; where it can't be taken away, it stays.
            Err(_) => drop(self.file.set_len(self.size)),
        }
        written
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.keep.files == 0 {
            self.file.set_len(0)?;
        } else {
            for number in (0..self.keep.files).rev() {
                let from = self.path(number);
                // One that isn't there has no place to move to.
                if from.exists() {
                    std::fs::rename(from, self.path(number + 1))?;
                }
            }
            self.file = open(&self.path(0))?;
        }
        self.size = 0;
        self.forget_old();
        Ok(())
    }

    fn forget_old(&self) {
        let now = SystemTime::now();
        for number in 1..=self.keep.files {
            let path = self.path(number);
            let age = path.metadata().and_then(|about| about.modified()).ok();
            let age = age.and_then(|written| now.duration_since(written).ok());
            if age.is_some_and(|age| age > self.keep.age) {
                // Looked at again with the next rotation.
                drop(std::fs::remove_file(path));
            }
        }
    }

    fn path(&self, number: u32) -> PathBuf {
        path(&self.dir, &self.name, number)
    }
}

/// Where a file is: number 0 is the one that is written, 1 the one before it.
pub fn path(dir: &Path, name: &str, number: u32) -> PathBuf {
    let number = if number == 0 { String::new() } else { format!(".{number}") };
    dir.join(format!("{name}{number}.jsonl"))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Keep = Keep { size: 10, files: 2, age: Duration::from_secs(60) };

    #[test]
    fn it_never_grows_beyond_its_size_and_goes_on_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("logs");
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        for line in ["1111\n", "2222\n", "3333\n", "4444\n", "5555\n", "6666\n", "7777\n"] {
            Rotating::open(&dir, "a", KEEP).unwrap().write(line.as_bytes()).unwrap();
        }
        assert_eq!(read("a.jsonl"), "7777\n");
        assert_eq!(read("a.1.jsonl"), "5555\n6666\n");
        assert_eq!(read("a.2.jsonl"), "3333\n4444\n");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 3, "the oldest is gone");
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("a.1.jsonl");
        let file = File::create(&old).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(61)).unwrap();
        Rotating::open(dir.path(), "a", KEEP).unwrap();
        assert!(!old.exists());
    }
}
