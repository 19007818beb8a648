//! The one thread that writes. Requests come through a channel; whatever is waiting
//! becomes one transaction (*group commit*), and nobody is answered before it is
//! durable. There is no timer: the next transaction begins as soon as there is work,
//! and while it is on its way to the disk the one after it gathers. What gathers is
//! bounded: beyond that, whoever asks waits.
//!
//! | file | what it is |
//! |---|---|
//! | [`request`] | what the writer is asked |
//! | [`queue`] | who waits, and how much of it is worth a transaction |
//! | [`mirror`] | the live leases in memory, by which a batch is decided |
//! | [`batch`] | requests decided and turned into rows, until two would depend on each other |
//! | [`rows`] | those rows |
//! | [`statements`] | what each row does to the tables |
//! | [`raw`] | compiled statements on SQLite's own handle |
//! | [`answers`] | who is told what when the batch is durable |
//! | [`commit`] | runs a transaction, and finds back to the truth when one failed |
//! | [`syncing`] | makes commits durable beside the next transaction |
//! | [`alone`] | the rare requests that get a transaction of their own |

mod alone;
mod answers;
mod batch;
mod commit;
mod mirror;
mod queue;
mod raw;
mod request;
mod rows;
mod statements;
mod syncing;

use lariat_core::clock::SharedClock;
use tokio::sync::mpsc::Receiver;

use queue::{MOST_IN_A_BATCH, Queue};

pub(crate) use alone::Alone;
pub(crate) use commit::Committer;
pub(crate) use request::{Reply, Request};

/// Most requests that wait for the writer, beside those that it has taken; who asks when
/// there are as many waits for a place, first come, first served.
pub(crate) const MOST_WAITING: usize = MOST_IN_A_BATCH;

/// The writing thread's work: serves requests until all senders are gone, then closes the
/// database.
pub(crate) async fn run(requests: Receiver<Request>, mut committer: Committer, clock: SharedClock) {
    let mut queue = Queue::new(requests, clock);
    while committer.lives() && queue.has_work().await {
        if let Err(error) = committer.ready().await {
            queue.refuse(&mut committer.mirror, &error);
        } else if let Some(alone) = queue.next_alone() {
            alone.run(&mut committer).await;
        } else if let Err(error) = committer.commit_all(&mut queue).await {
            committer.failed(&error).await;
            queue.refuse(&mut committer.mirror, &error);
        }
    }
    committer.close().await;
}
