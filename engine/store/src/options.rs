//! How a store is opened.

use std::path::PathBuf;
use std::sync::Arc;

use lariat_core::clock::{SharedClock, SystemClock};

/// What an acknowledged lease or settlement survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// `kill -9` and power loss: every commit is synced.
    #[default]
    Full,
    /// `kill -9` only: after a power loss the last moments may be missing, but the
    /// database is whole.
    Fast,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The database file. Its folder is made when it's missing.
    pub path: PathBuf,
    /// What an acknowledgement survives.
    pub durability: Durability,
    /// Tells what time it is.
    pub clock: SharedClock,
    /// Looks only: takes no lock, makes no file, and works beside a running engine.
    pub read_only: bool,
}

impl StoreOptions {
    /// A durable store with the machine's clock.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            durability: Durability::Full,
            clock: Arc::new(SystemClock),
            read_only: false,
        }
    }

    /// The same, for looking only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The same with another durability.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }
}
