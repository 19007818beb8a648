//! One operation: whether it has been told to end, and how its thread waits meanwhile.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context as Task, Poll, Wake, Waker};

use lariat_abi::LARIAT_CANCEL;

/// An operation that is being worked on.
pub(crate) struct Operation {
    pub(crate) id: u64,
    told: AtomicU32,
    /// What is to be told along with the answer.
    warnings: Mutex<Vec<String>>,
    woken: Arc<Woken>,
}

/// Whether the thread has to look again.
#[derive(Default)]
struct Woken {
    yes: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.yes.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

impl Woken {
    fn wait(&self) {
        let mut yes = self.yes.lock().unwrap_or_else(PoisonError::into_inner);
        while !*yes {
            yes = self.changed.wait(yes).unwrap_or_else(PoisonError::into_inner);
        }
        *yes = false;
    }
}

impl Operation {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, told: AtomicU32::new(0), warnings: Mutex::default(), woken: Arc::default() }
    }

    /// Tells it to end; the stronger reason counts.
    pub(crate) fn tell(&self, reason: u32) {
        self.told.fetch_max(reason, Ordering::SeqCst);
        self.woken.clone().wake();
    }

    /// 0, or the reason it was told to end for.
    pub(crate) fn told(&self) -> u32 {
        self.told.load(Ordering::SeqCst)
    }

    pub(crate) fn warn(&self, warning: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// The warnings so far, which are then forgotten.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a future on this thread; nothing when it was cancelled in the middle.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let waker = Waker::from(self.woken.clone());
        let mut task = Task::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
                return Some(output);
            }
            if self.told() >= LARIAT_CANCEL {
                return None;
            }
            self.woken.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lariat_abi::LARIAT_STOP;

    #[test]
    fn what_nobody_waits_for_ends_at_its_next_await() {
        let operation = Arc::new(Operation::new(1));
        let other = operation.clone();
        let waiting = std::thread::spawn(move || other.block_on(std::future::pending::<()>()));
        operation.tell(LARIAT_STOP);
        operation.tell(LARIAT_CANCEL);
        assert_eq!(waiting.join().unwrap(), None);
    }

    #[test]
    fn an_answer_counts_though_it_came_at_the_last_moment() {
        let operation = Operation::new(1);
        operation.tell(LARIAT_CANCEL);
        assert_eq!(operation.block_on(async { 3 }), Some(3));
    }
}
