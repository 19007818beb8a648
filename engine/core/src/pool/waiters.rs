//! First come, first served among the bots for which nothing is ready.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::ids::AccountId;

/// The queue of those who wait for a `T`.
#[derive(Debug)]
pub(crate) struct Waiters<T> {
    queue: BTreeMap<u64, Waiter<T>>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter<T> {
    except: Arc<HashSet<AccountId>>,
    answer: oneshot::Sender<T>,
}

impl<T> Default for Waiters<T> {
    fn default() -> Self {
        Self { queue: BTreeMap::new(), next_ticket: 0 }
    }
}

impl<T> Waiters<T> {
    /// A place in the queue, behind all others.
    pub(crate) fn ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// Waits at the place of `ticket` for any account but those of `except`. The
    /// receiver fails when it's time to look again.
    pub(crate) fn wait(&mut self, ticket: u64, except: Arc<HashSet<AccountId>>) -> oneshot::Receiver<T> {
        let (answer, receiver) = oneshot::channel();
        self.queue.insert(ticket, Waiter { except, answer });
        receiver
    }

    /// Leaves the queue.
    pub(crate) fn leave(&mut self, ticket: u64) {
        self.queue.remove(&ticket);
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the first in the queue that would have this account.
    pub(crate) fn first_for(&mut self, id: &AccountId) -> Option<oneshot::Sender<T>> {
        let ticket = self
            .queue
            .iter()
            .find(|(_, waiter)| !waiter.answer.is_closed() && !waiter.except.contains(id))
            .map(|(ticket, _)| *ticket)?;
        self.queue.remove(&ticket).map(|waiter| waiter.answer)
    }

    /// Makes everybody look again.
    pub(crate) fn wake_all(&mut self) {
        self.queue.clear();
    }
}
