//! First come, first served among the bots for which nothing is ready.
//!
//! Ten thousand may wait: one account that comes back wakes one of them, and an account
//! that all of them refuse is passed over without asking each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::ids::AccountId;

/// The queue of those who wait for a `T`.
#[derive(Debug)]
pub(crate) struct Waiters<T> {
    queue: BTreeMap<u64, Waiter<T>>,
    /// How many of those in the queue refuse an account.
    refused: HashMap<AccountId, usize>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter<T> {
    except: Arc<HashSet<AccountId>>,
    answer: oneshot::Sender<T>,
}

impl<T> Default for Waiters<T> {
    fn default() -> Self {
        Self { queue: BTreeMap::new(), refused: HashMap::new(), next_ticket: 0 }
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
        self.leave(ticket);
        let (answer, receiver) = oneshot::channel();
        for id in &*except {
            *self.refused.entry(id.clone()).or_default() += 1;
        }
        self.queue.insert(ticket, Waiter { except, answer });
        receiver
    }

    /// Leaves the queue.
    pub(crate) fn leave(&mut self, ticket: u64) {
        self.take(ticket);
    }

    fn take(&mut self, ticket: u64) -> Option<oneshot::Sender<T>> {
        let waiter = self.queue.remove(&ticket)?;
        for id in &*waiter.except {
            if let Some(count) = self.refused.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    self.refused.remove(id);
                }
            }
        }
        Some(waiter.answer)
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the first in the queue that would have this account.
    pub(crate) fn first_for(&mut self, id: &str) -> Option<oneshot::Sender<T>> {
        if self.refused.get(id).is_some_and(|refused| *refused >= self.queue.len()) {
            return None;
        }
        let ticket = self
            .queue
            .iter()
            .find(|(_, waiter)| !waiter.answer.is_closed() && !waiter.except.contains(id))
            .map(|(ticket, _)| *ticket)?;
        self.take(ticket)
    }

    /// Makes everybody look again.
    pub(crate) fn wake_all(&mut self) {
        self.queue.clear();
        self.refused.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> AccountId {
        AccountId::new(name).unwrap()
    }

    fn except(names: &[&str]) -> Arc<HashSet<AccountId>> {
        Arc::new(names.iter().map(|name| id(name)).collect())
    }

    #[test]
    fn the_first_that_would_have_it_gets_it() {
        let mut waiters = Waiters::<u32>::default();
        let tickets = [waiters.ticket(), waiters.ticket(), waiters.ticket()];
        let mut receivers: Vec<_> = [&["a", "b"][..], &["a"], &["a"]]
            .iter()
            .zip(tickets)
            .map(|(names, ticket)| waiters.wait(ticket, except(names)))
            .collect();
        assert!(waiters.first_for("a").is_none(), "all refuse it");
        waiters.first_for("b").unwrap().send(1).unwrap();
        assert_eq!(receivers[1].try_recv(), Ok(1));
        waiters.leave(tickets[0]);
        waiters.leave(tickets[0]);
        waiters.first_for("b").unwrap().send(2).unwrap();
        assert_eq!(receivers[2].try_recv(), Ok(2));
        assert!(waiters.is_empty() && waiters.refused.is_empty());
    }

    #[test]
    fn waiting_again_at_the_same_place_counts_once() {
        let mut waiters = Waiters::<u32>::default();
        let ticket = waiters.ticket();
        let _first = waiters.wait(ticket, except(&["a"]));
        let _second = waiters.wait(ticket, except(&["a"]));
        assert_eq!(waiters.refused[&id("a")], 1);
        waiters.wake_all();
        assert!(waiters.refused.is_empty());
    }
}
