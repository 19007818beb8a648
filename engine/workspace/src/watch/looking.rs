//! The thread that listens, waits, looks and tells.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::watch::areas::{Area, Place};
use crate::watch::ears::{self, Ears};
use crate::watch::inventory::{self, Inventory, Stat};
use crate::watch::own::OwnWrites;
use crate::watch::quiet::{Quiet, Stir};
use crate::watch::{Changes, Mode, Options};

/// What the thread is told.
pub(super) enum Message {
    /// By the system: something happened.
    Hint(notify::Result<notify::Event>),
    /// Other folders of accounts; say when they are watched.
    Folders(BTreeSet<PathBuf>, Sender<()>),
    /// Look at everything now; say when it is done.
    Rescan(Sender<()>),
    /// It is over.
    End,
}

/// The thread's own.
pub(super) struct Looking {
    root: PathBuf,
    poll_every: Duration,
    own: OwnWrites,
    messages: Sender<Message>,
    tell: Box<dyn FnMut(Changes) + Send>,
    /// `None`: polling.
    ears: Option<Ears>,
    areas: BTreeSet<Area>,
    places: Vec<Place>,
    quiet: Quiet,
    inventory: Inventory,
    dirty: BTreeSet<Area>,
    /// Paths at which a folder may have been replaced.
    suspects: HashSet<PathBuf>,
    /// While polling: what was seen last.
    glances: BTreeMap<Area, BTreeMap<PathBuf, Stat>>,
    trouble: Option<String>,
}

impl Looking {
    pub(super) fn new(
        root: PathBuf,
        options: &Options,
        own: OwnWrites,
        messages: Sender<Message>,
        tell: Box<dyn FnMut(Changes) + Send>,
    ) -> Self {
        let mut looking = Self {
            root,
            poll_every: options.poll_every,
            own,
            messages,
            tell,
            ears: None,
            areas: Area::FIXED.into(),
            places: Vec::new(),
            quiet: Quiet::new(options.quiet, options.cap, options.patience),
            inventory: Inventory::default(),
            dirty: BTreeSet::new(),
            suspects: HashSet::new(),
            glances: BTreeMap::new(),
            trouble: None,
        };
        if options.mode == Mode::Auto {
            let messages = looking.messages.clone();
            let hear = move |heard| drop(messages.send(Message::Hint(heard)));
            match Ears::open(hear) {
                Ok(ears) => looking.ears = Some(ears),
                Err(trouble) => looking.complain(trouble),
            }
        }
        looking
    }

    /// Puts the watches in place and sees what lies there; says how it listens.
    pub(super) fn begin(&mut self) -> Mode {
        self.align();
        self.dirty = self.areas.clone();
        self.look(&HashSet::new());
        for place in &self.places {
            self.glances.insert(place.area.clone(), inventory::glance(place).unwrap_or_default());
        }
        if self.ears.is_some() { Mode::Auto } else { Mode::Poll }
    }

    pub(super) fn run(mut self, received: &Receiver<Message>) {
        if self.trouble.is_some() {
            self.announce(Vec::new());
        }
        let mut next_glance = Instant::now() + self.poll_every;
        loop {
            let until = match (self.quiet.due(), self.ears.is_none()) {
                (due, true) => Some(due.unwrap_or(next_glance).min(next_glance)),
                (due, false) => due,
            };
            let message = match until {
                Some(until) => received.recv_timeout(until.saturating_duration_since(Instant::now())),
                None => received.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(first) => {
                    // What else has come meanwhile, so that a flood is one hint.
                    for message in std::iter::once(first).chain(received.try_iter()) {
                        if !self.take(message) {
                            return;
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let now = Instant::now();
            if self.ears.is_none() && now >= next_glance {
                self.glance(now);
                next_glance = Instant::now() + self.poll_every;
            }
            if self.quiet.due().is_some_and(|due| due <= now) {
                self.follow(now);
            }
        }
    }

    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::End => return false,
            Message::Hint(Ok(event)) if event.need_rescan() => {
                tracing::warn!("more files changed than the system remembers; everything is looked at again");
                self.everything();
            }
            Message::Hint(Ok(event)) => {
                if let Some(stir) = ears::stir(&event.kind) {
                    let now = Instant::now();
                    event.paths.iter().for_each(|path| self.hint(path, stir, now));
                }
            }
            Message::Hint(Err(error)) => {
                tracing::debug!(%error, "the watch failed; looking at everything");
                self.everything();
            }
            Message::Folders(folders, done) => {
                self.folders(folders);
                let _ = done.send(());
            }
            Message::Rescan(done) => {
                self.everything();
                // Whatever waits for quiet is looked at now.
                self.quiet.take(Instant::now() + Duration::from_secs(3600));
                self.align();
                self.dirty = self.areas.clone();
                self.look(&HashSet::new());
                let _ = done.send(());
            }
        }
        true
    }

    fn everything(&mut self) {
        self.dirty = self.areas.clone();
        self.suspects.insert(self.root.clone());
        let root = self.root.clone();
        self.quiet.hint(&root, Stir::Other, Instant::now());
    }

    fn hint(&mut self, path: &Path, stir: Stir, now: Instant) {
        let mut heard = false;
        for place in &self.places {
            let key = place.key(path);
            let hangs = stir == Stir::Other && place.hangs_on(path);
            if hangs {
                self.suspects.insert(path.to_owned());
            }
            if key.is_none() && !hangs {
                continue;
            }
            heard = true;
            self.dirty.insert(place.area.clone());
            self.quiet.hint(key.as_deref().unwrap_or(path), stir, now);
        }
        if !heard {
            tracing::trace!(path = %path.display(), "nothing of ours");
        }
    }

    fn folders(&mut self, folders: BTreeSet<PathBuf>) {
        let fixed = Area::FIXED.into_iter();
        let wanted: BTreeSet<Area> = fixed.chain(folders.into_iter().map(Area::Accounts)).collect();
        for gone in self.areas.difference(&wanted) {
            self.inventory.forget(gone);
            self.glances.remove(gone);
        }
        let new: Vec<Area> = wanted.difference(&self.areas).cloned().collect();
        self.areas = wanted;
        self.align();
        self.dirty.extend(new);
        self.look(&HashSet::new());
    }

    /// While polling: hints at what looks different.
    fn glance(&mut self, now: Instant) {
        self.align();
        let mut hints = Vec::new();
        for place in &self.places {
            let Ok(seen) = inventory::glance(place) else { continue };
            let before = self.glances.insert(place.area.clone(), seen.clone()).unwrap_or_default();
            let different = |(file, stat): (&PathBuf, &Stat)| {
                (before.get(file) != Some(stat)).then(|| (place.area.clone(), file.clone()))
            };
            hints.extend(seen.iter().filter_map(different));
            let gone = before.keys().filter(|file| !seen.contains_key(*file));
            hints.extend(gone.map(|file| (place.area.clone(), file.clone())));
        }
        for (area, file) in hints {
            self.dirty.insert(area);
            self.quiet.hint(&file, Stir::Other, now);
        }
    }

    fn follow(&mut self, now: Instant) {
        let busy = self.quiet.take(now);
        self.align();
        self.look(&busy);
    }

    /// Has the right folders watched. What is watched anew is looked at too.
    fn align(&mut self) {
        self.places = self.areas.iter().map(|area| Place::new(area.clone(), &self.root)).collect();
        let Some(ears) = &mut self.ears else { return };
        let suspects = std::mem::take(&mut self.suspects);
        match ears.align(&self.root, &self.places, &suspects) {
            Ok(false) => {}
            Ok(true) => self.dirty = self.areas.clone(),
            Err(trouble) => {
                self.ears = None;
                self.dirty = self.areas.clone();
                self.complain(trouble);
            }
        }
    }

    fn look(&mut self, busy: &HashSet<PathBuf>) {
        let mut changes = Vec::new();
        for area in std::mem::take(&mut self.dirty) {
            let Some(place) = self.places.iter().find(|place| place.area == area) else { continue };
            match self.inventory.look(place, busy, &self.own) {
                Ok(found) => changes.extend(found),
                Err(error) => {
                    let path = place.path.display();
                    self.trouble = Some(format!("{path} can't be read: {error}"));
                }
            }
            // What must still be left alone is looked at the next time.
            if busy.iter().any(|path| path.starts_with(area.place())) {
                self.dirty.insert(area);
            }
        }
        if !changes.is_empty() || self.trouble.is_some() {
            self.announce(changes);
        }
    }

    fn announce(&mut self, files: Vec<crate::watch::Change>) {
        let trouble = self.trouble.take();
        (self.tell)(Changes { files, trouble });
    }

    fn complain(&mut self, trouble: String) {
        tracing::warn!("{trouble}");
        self.trouble = Some(trouble);
    }
}
