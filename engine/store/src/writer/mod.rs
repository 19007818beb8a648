//! The one task that writes. Requests come through a channel; whatever is waiting
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
//! | [`rows`] | those rows, in the order in which the SQL reads them |
//! | [`statements`] | the SQL text of a batch; `procedures.sql` says what each row does |
//! | [`answers`] | who is told what when the batch is durable |
//! | [`commit`] | runs a transaction, and finds back to the truth when one failed |
//! | [`alone`] | the rare requests that get a transaction of their own |

mod alone;
mod answers;
mod batch;
mod commit;
mod mirror;
mod request;
mod rows;
mod statements;

use std::collections::VecDeque;

use lariat_core::clock::SharedClock;
use tokio::sync::mpsc::Receiver;

use batch::Batch;

pub(crate) use alone::Alone;
pub(crate) use commit::Committer;
pub(crate) use request::{Reply, Request};

/// Most requests in one transaction: enough to make the sync cheap, and few enough to
/// keep it short.
const MOST_IN_A_BATCH: usize = 1024;

/// Most requests that wait for the writer, beside those that it has taken; who asks when
/// there are as many waits for a place, first come, first served.
pub(crate) const MOST_WAITING: usize = MOST_IN_A_BATCH;

/// The writing task: serves requests until all senders are gone, then closes the
/// database.
pub(crate) async fn run(mut requests: Receiver<Request>, mut committer: Committer, clock: SharedClock) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let mut taken = Vec::new();
            if requests.recv_many(&mut taken, MOST_IN_A_BATCH).await == 0 {
                break;
            }
            waiting.extend(taken);
        }
        gather(&mut requests, &mut waiting).await;
        serve(&mut waiting, &mut committer, &clock).await;
    }
    committer.close().await;
}

/// Takes what else is waiting. Those who were just answered are ready to ask again but
/// may not have run yet: they get their turn first, as long as that brings more.
async fn gather(requests: &mut Receiver<Request>, waiting: &mut VecDeque<Request>) {
    loop {
        let before = waiting.len();
        while waiting.len() < MOST_IN_A_BATCH {
            match requests.try_recv() {
                Ok(request) => waiting.push_back(request),
                Err(_) => break,
            }
        }
        tokio::task::yield_now().await;
        if waiting.len() == before && requests.is_empty() || waiting.len() >= MOST_IN_A_BATCH {
            return;
        }
    }
}

/// Serves the first of the waiting requests: one by its own, or as many as can share a
/// transaction.
async fn serve(waiting: &mut VecDeque<Request>, committer: &mut Committer, clock: &SharedClock) {
    if let Err(error) = committer.ready().await {
        // Whoever asked is told; one line a try would be a flood.
        tracing::debug!(%error, "the store can't be read; its requests fail until it can");
        for request in waiting.drain(..) {
            // Holders live on, whatever the disk says: nobody may take their leases over
            // when it is back.
            if let Request::Renew(renewals, _) = &request {
                for renewal in renewals {
                    committer.mirror.renew(renewal, clock.now(), clock.monotonic());
                }
            }
            request.refuse(&error);
        }
        return;
    }
    let mut batch = Batch::new(clock.now(), clock.monotonic());
    while let Some(request) = waiting.pop_front() {
        match request {
            Request::Alone(alone) if batch.is_empty() => return alone.run(committer).await,
            Request::Alone(alone) => {
                waiting.push_front(Request::Alone(alone));
                break;
            }
            request => {
                if let Some(request) = batch.take(request, &mut committer.mirror) {
                    waiting.push_front(request);
                    break;
                }
            }
        }
    }
    committer.commit(batch).await;
}
