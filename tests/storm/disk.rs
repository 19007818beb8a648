//! A disk that loses what wasn't synced: what the program wrote and synced is recorded by
//! `lossy.c`, and from the record comes what the disk may hold after a cut at any moment.
//! A write that wasn't synced is there, isn't, or is there in some of its sectors, whatever
//! became of the writes before and after it. A file whose folder wasn't synced may be missing,
//! or still be there after it was removed.

use std::path::{Path, PathBuf};
use std::process::Command;

use lariat_core::test_support::Dice;

const SECTOR: usize = 512;
const FILES: [&str; 3] = ["state.db", "state.db-wal", "state.db-journal"];
const FOLDER: usize = 4;

/// Something that the program did.
#[derive(Debug)]
pub enum Deed {
    Write { file: usize, at: usize, data: Vec<u8> },
    Truncate { file: usize, size: usize },
    Sync { file: usize },
    SyncFolder,
    Say(Vec<u8>),
    Create { file: usize },
    Remove { file: usize },
}

/// Builds the library that is preloaded into the program.
pub fn recorder(folder: &Path) -> PathBuf {
    let library = folder.join("lossy.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/storm/lossy.c");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([library.as_os_str(), source.as_ref()])
        .args(["-ldl", "-lpthread"])
        .status();
    assert!(built.is_ok_and(|status| status.success()), "needs a C compiler, as the build does");
    library
}

/// Reads a record.
pub fn read(path: &Path) -> Vec<Deed> {
    let bytes = std::fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let number = |bytes: &[u8]| usize::try_from(u64::from_ne_bytes(bytes.try_into().unwrap())).unwrap();
    let mut deeds = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(24) {
        let (op, kind, at, length) =
            (head[0], usize::from(head[1]), number(&head[8..16]), number(&head[16..24]));
        let file = kind.saturating_sub(1);
        let data = if matches!(op, 1 | 4) { length } else { 0 };
        let Some((data, after)) = after.split_at_checked(data) else { break };
        rest = after;
        deeds.push(match op {
            1 => Deed::Write { file, at, data: data.to_vec() },
            2 => Deed::Truncate { file, size: at },
            3 if kind == FOLDER => Deed::SyncFolder,
            3 => Deed::Sync { file },
            4 => Deed::Say(data.to_vec()),
            5 => Deed::Create { file },
            6 => Deed::Remove { file },
            other => panic!("the record has an operation {other}"),
        });
    }
    deeds
}

/// A change that may be lost.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>, keep_sector: &mut dyn FnMut() -> bool) {
        match self {
            Self::Truncate(size) => content.resize(*size, 0),
            Self::Write(at, data) => {
                let mut from = 0;
                while from < data.len() {
                    let to = data.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
                    if keep_sector() {
                        content.resize(content.len().max(at + to), 0);
                        content[at + from..at + to].copy_from_slice(&data[from..to]);
                    }
                    from = to;
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct FileOnDisk {
    synced: Vec<u8>,
    unsynced: Vec<Change>,
    /// Whether it is there for the program, and whether the folder is sure of it.
    exists: bool,
    surely_exists: bool,
    surely_absent: bool,
}

/// What is on the disk, and what may be.
#[derive(Debug)]
pub struct Disk {
    files: [FileOnDisk; 3],
}

impl Disk {
    /// An empty one.
    pub fn new() -> Self {
        let absent = || FileOnDisk { surely_absent: true, ..FileOnDisk::default() };
        Self { files: [absent(), absent(), absent()] }
    }

    /// Something was done.
    pub fn happens(&mut self, deed: &Deed) {
        match deed {
            Deed::Write { file, at, data } => {
                self.files[*file].unsynced.push(Change::Write(*at, data.clone()));
            }
            Deed::Truncate { file, size } => self.files[*file].unsynced.push(Change::Truncate(*size)),
            Deed::Sync { file } => {
                let file = &mut self.files[*file];
                for change in std::mem::take(&mut file.unsynced) {
                    change.apply(&mut file.synced, &mut || true);
                }
            }
            Deed::SyncFolder => {
                for file in &mut self.files {
                    file.surely_exists = file.exists;
                    file.surely_absent = !file.exists;
                }
            }
            Deed::Create { file } => {
                let absent = self.files[*file].surely_absent;
                self.files[*file] =
                    FileOnDisk { exists: true, surely_absent: absent, ..FileOnDisk::default() };
            }
            Deed::Remove { file } => self.files[*file].exists = false,
            Deed::Say(_) => {}
        }
    }

    /// Puts into a folder what the disk may hold if the power fails now.
    pub fn fail(&self, folder: &Path, dice: &mut Dice) {
        for (file, name) in self.files.iter().zip(FILES) {
            // A file that is new or removed since the folder was synced is there or isn't.
            let there = match (file.exists, file.surely_exists, file.surely_absent) {
                (true, true, _) => true,
                (false, _, true) => false,
                _ => dice.percent(50),
            };
            if !there {
                continue;
            }
            let mut content = file.synced.clone();
            for change in &file.unsynced {
                match dice.below(3) {
                    0 => {}
                    1 => change.apply(&mut content, &mut || true),
                    _ => change.apply(&mut content, &mut || dice.percent(50)),
                }
            }
            std::fs::write(folder.join(name), content).unwrap();
        }
    }
}
