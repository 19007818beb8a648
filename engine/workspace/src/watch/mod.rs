//! Hears when files of a workspace change, and tells what changed: each file once, by its
//! content.
//!
//! ```text
//!   notify, or a look now and then ─▶ Ears ─ hints ─▶ Quiet ─ due ─▶ Inventory ─▶ Changes
//!                                                     (until writers are done)  (hash by hash)
//! ```
//!
//! What the system tells is only a hint: events get lost, come twice, and every editor
//! saves in its own way. So folders are watched and never files; a hint waits until it is
//! quiet; then what lies there is compared with what lay there before, and the difference
//! is told. After an overflow everything is looked at again.
//!
//! | part | does |
//! |---|---|
//! | [`Watch`], `looking` | the thread that listens, waits, looks and tells |
//! | [`Options`], [`Mode`] | how it listens, and how long it waits |
//! | [`Area`], `areas` | the kinds of files, and where they lie |
//! | `ears` | notify's watches on folders, kept right while folders come and go; or none: polling |
//! | `quiet` | when to look: after the last hint, but not for ever |
//! | `inventory` | the files with their fingerprints, and what is different since |
//! | [`OwnWrites`] | what the program itself writes, which isn't told back |

mod areas;
mod ears;
mod inventory;
mod looking;
mod options;
mod own;
mod quiet;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

pub use areas::Area;
pub use options::{Mode, Options};
pub use own::OwnWrites;

use looking::{Looking, Message};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Created,
    /// It holds something else.
    Changed,
    /// It is gone.
    Removed,
}

/// A file that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What kind of file it is.
    pub area: Area,
    /// The file: relative to the workspace, if it lies in it.
    pub file: PathBuf,
    /// What became of it.
    pub what: What,
}

/// Files that changed since the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Each file once, in the order of areas and paths.
    pub files: Vec<Change>,
    /// What went wrong with watching meanwhile, in words for people. Nothing was missed:
    /// everything was looked at again.
    pub trouble: Option<String>,
}

/// Watches a workspace until it is dropped.
#[derive(Debug)]
pub struct Watch {
    messages: Sender<Message>,
    thread: Option<JoinHandle<()>>,
    mode: Mode,
}

impl Watch {
    /// Begins to watch the workspace at `root`. What lies there now is what changes are
    /// told against. `tell` is called on the watching thread.
    ///
    /// # Errors
    /// When there is no such folder, or no thread for it. Where the system can't watch,
    /// files are looked at now and then instead, which the first [`Changes`] tell.
    pub fn start(
        root: &Path,
        options: Options,
        own: OwnWrites,
        tell: impl FnMut(Changes) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (messages, received) = mpsc::channel();
        let root = root.canonicalize()?;
        let mut looking = Looking::new(root, &options, own, messages.clone(), Box::new(tell));
        let mode = looking.begin();
        let run = move || looking.run(&received);
        let thread = std::thread::Builder::new().name("lariat-watch".into()).spawn(run)?;
        Ok(Self { messages, thread: Some(thread), mode })
    }

    /// How it began to listen.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Watches these folders of accounts from now on, and no others. What lies there when
    /// this comes back is what changes are told against. Blocks.
    pub fn account_folders(&self, folders: BTreeSet<PathBuf>) {
        self.ask(|done| Message::Folders(folders, done));
    }

    /// Looks at everything now, and waits until what is different has been told. Blocks.
    pub fn rescan(&self) {
        self.ask(Message::Rescan);
    }

    fn ask(&self, message: impl FnOnce(Sender<()>) -> Message) {
        let (done, wait) = mpsc::channel();
        // An error means that the thread has ended, which it only does at the end.
        if self.messages.send(message(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
