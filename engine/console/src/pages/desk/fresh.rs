//! One answer for many open pages: they ask at the same moment, since they are told at the
//! same moment. An answer is as good as one's own while nothing was told since it was begun.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Versions;

/// How old an answer may be when nothing was told: a few things change without an event.
const BLINK: Duration = Duration::from_millis(100);

/// The last answer.
pub(in crate::pages) struct Fresh<T>(Mutex<Option<Made<T>>>);

struct Made<T> {
    began: Instant,
    /// What had been told when it was begun.
    told: Versions,
    answer: T,
}

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Fresh<T> {
    /// The answer for somebody who comes now. While it is made, whoever else wants it waits
    /// for it; those who come when more was told wait for the next one, together.
    pub(in crate::pages) async fn get(
        &self,
        told: impl Fn() -> Versions,
        make: impl Future<Output = T>,
    ) -> T {
        let (came, wanted) = (Instant::now(), told());
        let mut last = self.0.lock().await;
        if let Some(made) = &*last
            && made.told.covers(&wanted)
            && made.began + BLINK > came
        {
            return made.answer.clone();
        }
        let (began, told) = (Instant::now(), told());
        let answer = make.await;
        *last = Some(Made { began, told, answer: answer.clone() });
        answer
    }

    /// Whether nobody can use it any more.
    pub(in crate::pages) fn is_over(&self) -> bool {
        let last = self.0.try_lock();
        last.is_ok_and(|last| last.as_ref().is_none_or(|made| made.began.elapsed() >= BLINK))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::super::topic::Touched;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_serves_all_who_ask_until_more_is_told_or_it_is_old() {
        let (fresh, made) = (Fresh::default(), Cell::new(0));
        let versions = RefCell::new(Versions::default());
        let ask = || {
            let make = async {
                made.set(made.get() + 1);
                let number = made.get();
                tokio::time::sleep(Duration::from_millis(10)).await;
                number
            };
            fresh.get(|| *versions.borrow(), make)
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (1, 1, 1));
        versions.borrow_mut().count(Touched::all());
        assert_eq!(ask().await, 2, "it was begun before");
        assert_eq!(ask().await, 2);
        tokio::time::advance(BLINK).await;
        assert!(fresh.is_over());
        assert_eq!(ask().await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_while_it_is_made_wait_for_one_more_together() {
        let (fresh, made) = (Fresh::default(), Cell::new(0));
        let versions = RefCell::new(Versions::default());
        let ask = || {
            let make = async {
                made.set(made.get() + 1);
                tokio::time::sleep(3 * BLINK).await;
                made.get()
            };
            fresh.get(|| *versions.borrow(), make)
        };
        let late = || async {
            tokio::time::sleep(BLINK / 2).await;
            versions.borrow_mut().count(Touched::all());
            ask().await
        };
        assert_eq!(tokio::join!(ask(), late(), late(), late()), (1, 2, 2, 2));
    }
}
