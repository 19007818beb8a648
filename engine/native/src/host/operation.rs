//! One operation, and its answer.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};

use lariat_abi::LariatStatus;
use parking_lot::Mutex;
use tokio::runtime::Handle as Runtime;
use tokio_util::sync::CancellationToken;

use crate::call::About;

/// How an operation ended.
pub(crate) struct Reply {
    pub(crate) status: LariatStatus,
    pub(crate) payload: Vec<u8>,
}

/// What all operations of an extension have in common.
pub(crate) struct Asker {
    pub(super) extension: Arc<str>,
    /// Where the engine works on what an operation asks for, from whatever thread it does.
    pub(crate) runtime: Runtime,
}

impl Asker {
    /// Within the tokio runtime in which the operations are to be.
    pub(crate) fn new(extension: Arc<str>) -> Self {
        Self { extension, runtime: Runtime::current() }
    }
}

/// An operation, from before it begins until nobody has it any more.
pub(crate) struct Operation {
    pub(crate) id: u64,
    pub(crate) about: About,
    pub(crate) asker: Arc<Asker>,
    told: AtomicU32,
    /// Made when it is told to end, or something waits for that: most calls are over before.
    end: OnceLock<CancellationToken>,
    answer: Mutex<Answer>,
}

/// In one piece with the operation, since that is all that most calls allocate.
enum Answer {
    Awaited(Option<Waker>),
    There(Reply),
    Taken,
}

impl Operation {
    pub(super) fn new(id: u64, asker: Arc<Asker>, about: About) -> Self {
        Self {
            id,
            about,
            asker,
            told: AtomicU32::new(0),
            end: OnceLock::new(),
            answer: Mutex::new(Answer::Awaited(None)),
        }
    }

    /// Tells it to end, and whoever waits for that.
    pub(super) fn tell(&self, reason: u32) {
        self.told.fetch_max(reason, Ordering::SeqCst);
        self.end().cancel();
    }

    /// What it was told, or 0.
    pub(super) fn told(&self) -> u32 {
        self.told.load(Ordering::SeqCst)
    }

    /// Cancelled when it is told to end.
    pub(super) fn end(&self) -> &CancellationToken {
        self.end.get_or_init(CancellationToken::new)
    }

    /// Gives its answer, and wakes who waits for it. Whoever took it out of those that are
    /// under way does so, once.
    pub(super) fn answer(&self, reply: Reply) {
        let before = std::mem::replace(&mut *self.answer.lock(), Answer::There(reply));
        if let Answer::Awaited(Some(waker)) = before {
            waker.wake();
        }
    }

    /// Takes the answer, if it is there.
    pub(crate) fn take(&self) -> Option<Reply> {
        self.answer.lock().take()
    }

    /// Whether the answer is there, or was.
    pub(crate) fn is_answered(&self) -> bool {
        !matches!(*self.answer.lock(), Answer::Awaited(_))
    }

    /// Waits for the answer, and takes it. For one task at a time.
    pub(crate) async fn answered(&self) -> Reply {
        poll_fn(|context| {
            let mut answer = self.answer.lock();
            if let Some(reply) = answer.take() {
                return Poll::Ready(reply);
            }
            if let Answer::Awaited(waker) = &mut *answer {
                *waker = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

impl Answer {
    fn take(&mut self) -> Option<Reply> {
        match std::mem::replace(self, Self::Taken) {
            Self::There(reply) => Some(reply),
            other => {
                *self = other;
                None
            }
        }
    }
}
