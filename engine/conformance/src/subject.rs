//! An extension that is looked at, and what its host knows of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

/// An extension that any host opened.
pub struct Subject<T: ?Sized> {
    /// The extension.
    pub extension: Arc<T>,
    /// Its parameters, as a user would write them.
    pub config: Map<String, Value>,
    /// What counts its faults.
    pub host: Arc<dyn Host>,
    /// Loads the next generation of it, if that can be done.
    pub next: Option<Next<T>>,
    /// How long is waited.
    pub patience: Patience,
}

/// Loads the next generation of an extension, or says why it can't.
pub type Next<T> = Box<dyn Fn() -> Result<Arc<T>, String> + Send + Sync>;

impl<T: ?Sized> Subject<T> {
    /// An extension whose host counts nothing.
    pub fn new(extension: Arc<T>, config: Map<String, Value>) -> Self {
        Self { extension, config, host: Arc::new(Uncounted), next: None, patience: Patience::default() }
    }
}

/// What a host counts.
pub trait Host: Send + Sync {
    /// The faults so far.
    fn faults(&self) -> Faults {
        Faults::default()
    }
}

/// A host that counts nothing.
struct Uncounted;

impl Host for Uncounted {}

/// What an extension did that it must not do, as far as its host counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Its process died.
    pub deaths: u64,
    /// Calls that were given up, since they didn't end in time or nobody waited for them.
    pub abandoned: u64,
    /// Answers that nobody waited for: late, or a second time.
    pub dropped: u64,
    /// Calls that were given up and haven't come back.
    pub inside: u64,
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a case: what takes longer hangs. The host's own deadlines are shorter.
    pub case: Duration,
    /// For a call that was told to end.
    pub end: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { case: Duration::from_secs(180), end: Duration::from_secs(10) }
    }
}
