//! The requests that wait, and when there are enough of them for a transaction.

use std::collections::VecDeque;

use lariat_core::clock::SharedClock;
use tokio::sync::mpsc::Receiver;

use super::Alone;
use super::batch::Batch;
use super::mirror::Mirror;
use super::request::Request;
use super::syncing::Syncing;
use crate::error::StoreError;

/// Most requests in one transaction: enough to make the sync cheap, and few enough to
/// keep it short.
pub(super) const MOST_IN_A_BATCH: usize = 1024;

/// How many are worth two transactions.
const WORTH_HALVING: usize = 16;

/// How often the others get their turn without asking for anything.
const MOST_TURNS: u32 = 64;

/// Who waits for the writer.
pub(super) struct Queue {
    requests: Receiver<Request>,
    waiting: VecDeque<Request>,
    clock: SharedClock,
}

impl Queue {
    pub(super) fn new(requests: Receiver<Request>, clock: SharedClock) -> Self {
        Self { requests, waiting: VecDeque::new(), clock }
    }

    /// Waits for a request, if none waits; `false` when all who could ask are gone.
    pub(super) async fn has_work(&mut self) -> bool {
        if self.waiting.is_empty() {
            self.waiting.extend(self.requests.recv().await);
        }
        !self.waiting.is_empty()
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.requests.is_empty()
    }

    /// The next request, if it needs a transaction of its own.
    pub(super) fn next_alone(&mut self) -> Option<Alone> {
        match self.waiting.pop_front()? {
            Request::Alone(alone) => Some(alone),
            other => {
                self.waiting.push_front(other);
                None
            }
        }
    }

    /// As many requests as can share a transaction; none when the first needs one of its
    /// own, or all who could ask are gone.
    pub(super) async fn next_batch(&mut self, mirror: &mut Mirror, syncing: &Syncing) -> Option<Batch> {
        if !self.gather(syncing).await {
            return None;
        }
        let mut batch = Batch::new(self.clock.now(), self.clock.monotonic());
        // Of many who wait while the disk is idle the first half: with it the disk has work
        // while the other half is decided, and so it goes on.
        let halved = syncing.unsynced() == 0 && self.waiting.len() >= WORTH_HALVING;
        let most = if halved { self.waiting.len() / 2 } else { usize::MAX };
        while batch.answers.len() < most
            && let Some(request) = self.waiting.pop_front()
        {
            if let Some(request) = batch.take(request, mirror) {
                self.waiting.push_front(request);
                break;
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Waits until there is enough for a transaction: anything, while the disk is idle;
    /// otherwise as much as it works on, since a smaller one would only have to wait for
    /// it. `false` when nothing can come any more.
    async fn gather(&mut self, syncing: &Syncing) -> bool {
        let mut turns = 0;
        loop {
            let had = self.waiting.len();
            while self.waiting.len() < MOST_IN_A_BATCH {
                match self.requests.try_recv() {
                    Ok(request) => self.waiting.push_back(request),
                    Err(_) => break,
                }
            }
            let wanted = syncing.unsynced().clamp(1, MOST_IN_A_BATCH);
            if self.waiting.len() >= wanted {
                return true;
            }
            // Those who were just answered are ready to ask again but may not have run yet:
            // they get their turns before this thread sleeps, which takes longer to end.
            turns = if self.waiting.len() > had { 0 } else { turns + 1 };
            if turns > MOST_TURNS {
                tokio::select! {
                    request = self.requests.recv() => match request {
                        Some(request) => self.waiting.push_back(request),
                        None => return !self.waiting.is_empty(),
                    },
                    () = syncing.told() => {}
                }
                turns = 0;
            }
            if !syncing.lives() {
                return false;
            }
            std::thread::yield_now();
        }
    }

    /// Answers all who wait with an error.
    pub(super) fn refuse(&mut self, mirror: &mut Mirror, error: &StoreError) {
        // Whoever asked is told; one line a try would be a flood.
        tracing::debug!(%error, "the store can't be read; its requests fail until it can");
        for request in self.waiting.drain(..) {
            // Holders live on, whatever the disk says: nobody may take their leases over
            // when it is back.
            if let Request::Renew(renewals, _) = &request {
                for renewal in renewals {
                    mirror.renew(renewal, self.clock.now(), self.clock.monotonic());
                }
            }
            request.refuse(error);
        }
    }
}
