//! Work that blocks, on a thread of its own.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use crate::{Context, Error, Result};

/// What became of the work, and who waits for it.
struct Shared<T> {
    result: Option<thread::Result<Result<T>>>,
    waker: Option<Waker>,
}

/// Runs it; see [`Context::blocking`].
pub(crate) async fn run<T: Send + 'static>(
    ctx: &Context,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let shared = Arc::new(Mutex::new(Shared { result: None, waker: None }));
    let (ours, within) = (shared.clone(), ctx.clone());
    let begun = thread::Builder::new().name("plugin-blocking".into()).spawn(move || {
        #[cfg(feature = "tracing")]
        let _named = crate::trace::enter(within.host, within.operation.id);
        let result = catch_unwind(AssertUnwindSafe(work));
        drop(within);
        let waker = {
            let mut shared = ours.lock().unwrap_or_else(PoisonError::into_inner);
            shared.result = Some(result);
            shared.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    begun.map_err(|error| Error::unavailable(format!("no thread can be had: {error}")))?;
    let result = poll_fn(|task| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                shared.waker = Some(task.waker().clone());
                Poll::Pending
            }
        }
    });
    result.await.unwrap_or_else(|panic| resume_unwind(panic))
}
