//! Whether the ledger can be written, and the patience of those who wait until it can.
//!
//! While it can't, nothing is leased, whoever holds an account keeps it, and nothing is
//! acknowledged; work goes on by itself as soon as a write succeeds. The first failure
//! and the first success after it are told, once each, as a log line and an event.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::LedgerError;
use crate::clock::SharedClock;
use crate::event::{EventBus, EventKind};

/// Pauses between tries while the store fails; they double.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How long an answer may take before the store counts as failing.
const SLOW: Duration = Duration::from_secs(10);
/// How long an answer is waited for after whoever asked should have ended.
const GRACE: Duration = Duration::from_secs(15);
/// How often a request that the store rejects is asked again: it may have shared a
/// transaction with the one that was at fault.
const REJECTED_TRIES: u32 = 5;

/// Since when the ledger can't be written, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When it began.
    pub since: Timestamp,
    /// The store's first error, with what to do.
    pub error: String,
}

/// The state of a ledger. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct LedgerHealth(Arc<Shared>);

struct Shared {
    events: EventBus,
    clock: SharedClock,
    down: AtomicBool,
    outage: Mutex<Option<(Outage, Instant)>>,
}

impl LedgerHealth {
    /// A ledger that works as far as anybody knows.
    pub fn new(events: EventBus, clock: SharedClock) -> Self {
        Self(Arc::new(Shared { events, clock, down: AtomicBool::new(false), outage: Mutex::default() }))
    }

    /// The outage, while there is one.
    pub fn outage(&self) -> Option<Outage> {
        if !self.0.down.load(Ordering::Acquire) {
            return None;
        }
        self.0.outage.lock().as_ref().map(|(outage, _)| outage.clone())
    }

    /// A write failed.
    pub fn failed(&self, error: &str) {
        let mut outage = self.0.outage.lock();
        if outage.is_some() {
            return;
        }
        let since = self.0.clock.now();
        *outage = Some((Outage { since, error: error.to_owned() }, Instant::now()));
        self.0.down.store(true, Ordering::Release);
        tracing::warn!(
            error,
            "the ledger can't be written: leasing pauses, bots keep what they hold, and work goes on when it can"
        );
        self.0.events.publish(EventKind::LedgerUnavailable { error: error.to_owned() });
    }

    /// A write succeeded.
    pub fn works(&self) {
        if !self.0.down.load(Ordering::Acquire) {
            return;
        }
        let mut outage = self.0.outage.lock();
        let Some((_, began)) = outage.take() else { return };
        self.0.down.store(false, Ordering::Release);
        let down_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(down_ms, "the ledger can be written again; work goes on");
        self.0.events.publish(EventKind::LedgerAvailable { down_ms });
    }

    /// Asks the ledger until it answers, as long as that takes, or until `give_up` is
    /// cancelled. Whoever gives up doesn't know whether the ledger did as asked.
    ///
    /// # Errors
    /// The ledger's answer, where it is an error that waiting doesn't help; when giving
    /// up, the store's last error.
    pub async fn insist<T, F>(
        &self,
        give_up: &CancellationToken,
        ask: impl Fn() -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let mut pause = PAUSE;
        let mut rejected = 0;
        loop {
            match self.answer(give_up, ask()).await {
                Err(LedgerError::Store(error)) => {
                    self.failed(&error);
                    if give_up.is_cancelled() {
                        return Err(LedgerError::Store(error));
                    }
                }
                Err(LedgerError::Rejected(_)) if rejected < REJECTED_TRIES && !give_up.is_cancelled() => {
                    rejected += 1;
                }
                answer => return answer,
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                // Once more, at once, and that is all.
                () = give_up.cancelled() => {}
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Waits for one answer. A store that is too slow counts as failing meanwhile.
    async fn answer<T>(
        &self,
        give_up: &CancellationToken,
        asked: impl Future<Output = Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        let mut asked = std::pin::pin!(asked);
        let slow =
            || format!("the store hasn't answered for {SLOW:?}: look at its disk and who else uses it");
        tokio::select! {
            biased;
            answer = &mut asked => return answer,
            () = tokio::time::sleep(SLOW) => self.failed(&slow()),
        }
        let given_up = async {
            give_up.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            answer = &mut asked => answer,
            () = given_up => Err(LedgerError::Store(slow())),
        }
    }
}

impl std::fmt::Debug for LedgerHealth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LedgerHealth({:?})", self.outage())
    }
}
