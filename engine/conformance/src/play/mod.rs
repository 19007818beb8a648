//! The plays: an extension that is told how to behave, by its parameter `play`, and what its
//! *host* must make of that. One sample for each host plays them.
//!
//! | file | kind |
//! |---|---|
//! | [`pool`] | `good`, `empty`, `many`, `echo`, `slow`, `hangs`, `deaf`, `panics`, `repeats`, … |
//! | [`routine`] | `good`, `fails`, `skips`, `returns`, `echo`, `hangs`, `deaf`, `panics`, … |
//! | [`hook`] | `continue`, `patch`, `deny`, `skip`, `retry`, `echo`, `panics`, … |
//! | [`provider`] | `good`, `fails`, `hangs`, `panics`, … |

mod hook;
mod pool;
mod provider;
mod routine;

use std::future::Future;
use std::time::Duration;

use serde_json::{Map, Value};

pub use hook::hook;
pub use pool::pool;
pub use provider::provider;
pub use routine::routine;

use crate::case::{Done, Stop};
use crate::round::Round;
use crate::{Case, Subject};

/// A sample, on a host.
pub struct Sample<T: ?Sized> {
    /// As it is; every deadline of the host's is long.
    pub patient: Subject<T>,
    /// The same, with a short deadline for its answers.
    pub hasty: Subject<T>,
    /// What it, or its host's language, can't play.
    pub cannot: &'static [&'static str],
}

/// What is being played.
struct Stage {
    round: Round,
    cannot: &'static [&'static str],
}

impl Stage {
    fn new<T: ?Sized>(sample: &Sample<T>) -> Self {
        let round = Round::new(sample.patient.host.clone(), sample.patient.patience);
        Self { round, cannot: sample.cannot }
    }

    /// One play, unless it can't be played. Faults are part of some of them, and expected.
    async fn play(&mut self, name: &'static str, about: &'static str, body: impl Future<Output = Done>) {
        let cannot = self.cannot.contains(&name);
        let body = async {
            if cannot {
                return Err(Stop::NotApplicable("this sample can't play it".into()));
            }
            body.await
        };
        self.round.expecting_faults(name, about, body).await;
    }

    fn end(self) -> Vec<Case> {
        self.round.end()
    }
}

/// Asks again while the answer is that of a process that is just being ended or started: that
/// passes, which is all that is promised of it.
async fn again<T>(ask: impl AsyncFn() -> T, is_passing: impl Fn(&T) -> bool) -> T {
    const TRIES: usize = 100;
    let mut answer = ask().await;
    for _ in 0..TRIES {
        if !is_passing(&answer) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = ask().await;
    }
    answer
}

/// The parameters that say what to play.
fn told(config: &Map<String, Value>, play: &str, text: &str) -> Map<String, Value> {
    let mut config = config.clone();
    config.insert("play".into(), play.into());
    if !text.is_empty() {
        config.insert("text".into(), text.into());
    }
    config
}
