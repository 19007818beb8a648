//! Watching: every way in which files are saved leads to exactly one change, told once.
//!
//! The real file system, and no sleeping: what is expected is waited for, and then a
//! sentinel file is written. Whatever was told before the sentinel is all there was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod editors;
mod folders;
mod own;
mod rules;
mod scale;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use lariat_workspace::Watch;
use lariat_workspace::watch::{Area, Change, Changes, Mode, Options, OwnWrites, What};

/// A workspace that is watched.
pub struct Watched {
    folder: tempfile::TempDir,
    pub watch: Watch,
    pub own: OwnWrites,
    told: Receiver<Changes>,
    sentinels: usize,
}

pub const POOL: &str = "name: Gold\ntype: file\ndirectory: accounts\n";

/// Long enough for the steps of one save on a machine that is busy with other tests.
fn options() -> Options {
    Options {
        quiet: Duration::from_millis(300),
        cap: Duration::from_secs(20),
        patience: Duration::from_secs(30),
        poll_every: Duration::from_millis(50),
        mode: Mode::Auto,
    }
}

impl Watched {
    /// Watches a workspace with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        Self::by(files, options())
    }

    pub fn polling(files: &[(&str, &str)]) -> Self {
        Self::by(files, Options { mode: Mode::Poll, ..options() })
    }

    /// With a short cap: others don't wait for a file that is being written.
    pub fn impatient(files: &[(&str, &str)]) -> Self {
        Self::by(files, Options { cap: Duration::from_millis(500), ..options() })
    }

    fn by(files: &[(&str, &str)], options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            put(&folder.path().join(file), text);
        }
        let (tell, told) = mpsc::channel();
        let own = OwnWrites::default();
        let tell = move |changes| drop(tell.send(changes));
        let watch = Watch::start(folder.path(), options, own.clone(), tell).unwrap();
        Self { folder, watch, own, told, sentinels: 0 }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The next changes, told together.
    pub fn next(&self) -> Vec<Change> {
        self.told.recv_timeout(Duration::from_secs(60)).expect("nothing was told").files
    }

    /// All that is told until a sentinel, written now, is.
    pub fn rest(&mut self) -> Vec<Change> {
        self.sentinels += 1;
        let name = format!("groups/sentinel-{}.yaml", self.sentinels);
        put(&self.path(&name), "sentinel");
        let mut rest = Vec::new();
        loop {
            for change in self.next() {
                if change.file == Path::new(&name) {
                    return rest;
                }
                rest.push(change);
            }
        }
    }

    /// That exactly this is told, in one go, and nothing more.
    #[track_caller]
    pub fn tells(&mut self, expected: &[(&str, What)]) {
        assert_eq!(told(&self.next()), pairs(expected));
        assert_eq!(told(&self.rest()), []);
    }

    pub fn accounts(&self, folder: &str) {
        self.watch.account_folders(BTreeSet::from([PathBuf::from(folder)]));
    }
}

pub fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn told(changes: &[Change]) -> Vec<(String, What)> {
    changes.iter().map(|change| (change.file.display().to_string(), change.what)).collect()
}

fn pairs(expected: &[(&str, What)]) -> Vec<(String, What)> {
    expected.iter().map(|(file, what)| ((*file).to_owned(), *what)).collect()
}

pub fn area(change: &Change) -> Area {
    change.area.clone()
}
