//! The one thread that writes. Requests come through a channel; whatever is waiting
//! becomes one transaction (*group commit*), and nobody is answered before it is
//! durable. There is no timer: the next transaction begins as soon as there is work,
//! and while it is on its way to the disk the one after it gathers. What gathers is
//! bounded: beyond that, whoever asks waits.
//!
//! | file | what it is |
//! |---|---|
//! | [`request`] | what the writer is asked |
//! | [`mirror`] | the live leases in memory, by which a batch is decided |
//! | [`batch`] | requests decided and turned into rows, until two would depend on each other |
//! | [`rows`] | those rows |
//! | [`statements`] | what each row does to the tables |
//! | [`raw`] | compiled statements on SQLite's own handle |
//! | [`answers`] | who is told what when the batch is durable |
//! | [`commit`] | runs a transaction, and finds back to the truth when one failed |
//! | [`alone`] | the rare requests that get a transaction of their own |

mod alone;
mod answers;
mod batch;
mod commit;
mod mirror;
mod raw;
mod request;
mod rows;
mod statements;

use std::collections::VecDeque;

use lariat_core::clock::SharedClock;
use tokio::sync::mpsc::Receiver;

use batch::Batch;
use mirror::Mirror;

use crate::error::StoreError;

pub(crate) use alone::Alone;
pub(crate) use commit::Committer;
pub(crate) use request::{Reply, Request};

/// Most requests in one transaction: enough to make the sync cheap, and few enough to
/// keep it short.
const MOST_IN_A_BATCH: usize = 1024;

/// Most requests that wait for the writer, beside those that it has taken; who asks when
/// there are as many waits for a place, first come, first served.
pub(crate) const MOST_WAITING: usize = MOST_IN_A_BATCH;

/// How often the others get their turn without asking for anything.
const MOST_TURNS: u32 = 64;

/// The writing thread's work: serves requests until all senders are gone, then closes the
/// database.
pub(crate) async fn run(mut requests: Receiver<Request>, mut committer: Committer, clock: SharedClock) {
    let mut waiting = VecDeque::new();
    while gather(&mut requests, &mut waiting, 0).await {
        if let Err(error) = committer.ready().await {
            refuse(&mut waiting, &mut committer.mirror, &clock, &error);
            continue;
        }
        match waiting.pop_front() {
            Some(Request::Alone(alone)) => alone.run(&mut committer).await,
            Some(request) => {
                waiting.push_front(request);
                let mut answered = 0;
                let mut next = async |mirror: &mut Mirror| {
                    if !gather(&mut requests, &mut waiting, answered).await {
                        return None;
                    }
                    let batch = batch(&mut waiting, mirror, &clock)?;
                    answered = batch.answers.len();
                    Some(batch)
                };
                if let Err(error) = committer.commit_all(&mut next).await {
                    committer.failed(&error).await;
                    refuse(&mut waiting, &mut committer.mirror, &clock, &error);
                }
            }
            None => {}
        }
    }
    committer.close().await;
}

/// Waits for a request, if none waits, and takes what else has come; `false` when all who
/// could ask are gone. Those who were just answered are ready to ask again but may not have
/// run yet: they get their turn first, as long as that brings more, until as many have
/// asked as were answered `before`.
async fn gather(requests: &mut Receiver<Request>, waiting: &mut VecDeque<Request>, before: usize) -> bool {
    if waiting.is_empty() {
        match requests.recv().await {
            Some(request) => waiting.push_back(request),
            None => return false,
        }
    }
    let mut turns = 0;
    loop {
        let had = waiting.len();
        while waiting.len() < MOST_IN_A_BATCH {
            match requests.try_recv() {
                Ok(request) => waiting.push_back(request),
                Err(_) => break,
            }
        }
        turns = if waiting.len() > had { 0 } else { turns + 1 };
        if waiting.len() >= before.min(MOST_IN_A_BATCH) || turns > MOST_TURNS {
            return true;
        }
        std::thread::yield_now();
    }
}

/// As many of the waiting requests as can share a transaction; none when the first needs
/// one of its own.
fn batch(waiting: &mut VecDeque<Request>, mirror: &mut Mirror, clock: &SharedClock) -> Option<Batch> {
    let mut batch = Batch::new(clock.now(), clock.monotonic());
    while let Some(request) = waiting.pop_front() {
        if let Some(request) = batch.take(request, mirror) {
            waiting.push_front(request);
            break;
        }
    }
    (!batch.is_empty()).then_some(batch)
}

/// Answers all who wait with an error.
fn refuse(waiting: &mut VecDeque<Request>, mirror: &mut Mirror, clock: &SharedClock, error: &StoreError) {
    // Whoever asked is told; one line a try would be a flood.
    tracing::debug!(%error, "the store can't be read; its requests fail until it can");
    for request in waiting.drain(..) {
        // Holders live on, whatever the disk says: nobody may take their leases over
        // when it is back.
        if let Request::Renew(renewals, _) = &request {
            for renewal in renewals {
                mirror.renew(renewal, clock.now(), clock.monotonic());
            }
        }
        request.refuse(error);
    }
}
