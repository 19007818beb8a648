//! How many questions are inside of an extension at once, and how often one is put again.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use tokio::time::Instant;

use super::Limits;
use super::calls::{Calls, Tally};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The turns of one extension; all that ask it share them.
#[derive(Debug, Clone, Default)]
pub struct Turns {
    places: Option<Arc<Semaphore>>,
    retries: u32,
    tally: Arc<Tally>,
}

/// A call that is being made; one that is dropped before it ended was given up.
struct Call<'a> {
    tally: &'a Tally,
    began: Instant,
    failed: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.tally.end(self.began.elapsed(), self.failed);
    }
}

impl Turns {
    /// As these limits say.
    pub fn new(limits: &Limits) -> Self {
        let places = limits.concurrency.map(|most| {
            let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
            Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))
        });
        Self { places, retries: limits.retries.unwrap_or(0), tally: Arc::default() }
    }

    /// What came of the calls so far.
    pub fn calls(&self) -> Calls {
        self.tally.calls()
    }

    /// Counts a call; its waiting for a turn isn't its time.
    pub(super) async fn counted<T, E>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.tally.begin();
        let mut counted = Call { tally: &self.tally, began: Instant::now(), failed: true };
        let answer = call.await;
        counted.failed = answer.is_err();
        answer
    }

    /// Waits for a turn; it ends when what comes back is dropped.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.places {
            // Never closed.
            Some(places) => places.acquire().await.ok(),
            None => None,
        }
    }

    /// Puts a question in its turn, and again after a pause while `again` says so.
    pub(super) async fn ask<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        question: impl Fn() -> F,
        again: impl Fn(&E) -> bool,
    ) -> Result<T, E> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..self.retries {
            match self.once(&question).await {
                Err(error) if again(&error) => {}
                answered => return answered,
            }
            // Others have their turn meanwhile.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.once(&question).await
    }

    async fn once<T, E, F: Future<Output = Result<T, E>>>(&self, question: impl Fn() -> F) -> Result<T, E> {
        let _turn = self.turn().await;
        self.counted(question()).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn turns(concurrency: Option<u32>, retries: Option<u32>) -> Turns {
        Turns::new(&Limits { concurrency, retries, ..Limits::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_inside_at_once_than_may_be() {
        let turns = turns(Some(3), None);
        let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
        let ask = || async {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            Ok::<(), ()>(())
        };
        let began = tokio::time::Instant::now();
        futures::future::join_all((0..9).map(|_| turns.ask(ask, |()| true))).await;
        assert_eq!((most.load(Ordering::SeqCst), began.elapsed()), (3, Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_fails_is_put_again_after_pauses_that_grow() {
        let asked = AtomicU32::new(0);
        let ask = || async { Err::<(), u32>(asked.fetch_add(1, Ordering::SeqCst) + 1) };
        let began = tokio::time::Instant::now();
        assert_eq!(turns(None, Some(3)).ask(ask, |_| true).await, Err(4));
        assert_eq!(began.elapsed(), Duration::from_millis(700));
        assert_eq!(turns(None, Some(3)).ask(ask, |_| false).await, Err(5), "it wouldn't help");
        assert_eq!(turns(None, None).ask(ask, |_| true).await, Err(6));
    }
}
