//! One hook, asked once: within its timeout, and with its panics caught.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::{EffectiveHook, HookCall, Verdict};
use crate::duration::Span;

/// How a hook gave no usable verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broke {
    /// It failed, or its verdict isn't accepted.
    Failed {
        message: String,
        traceback: Option<String>,
    },
    TimedOut(Span),
}

impl Broke {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), traceback: None }
    }

    /// The word in events.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "error",
            Self::TimedOut(_) => "timeout",
        }
    }

    pub(crate) fn traceback(&self) -> Option<&str> {
        match self {
            Self::Failed { traceback, .. } => traceback.as_deref(),
            Self::TimedOut(_) => None,
        }
    }
}

impl std::fmt::Display for Broke {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed { message, .. } => f.write_str(message),
            Self::TimedOut(limit) => write!(f, "took longer than its timeout of {limit}"),
        }
    }
}

pub(crate) async fn ask(hook: &EffectiveHook, call: HookCall) -> Result<Verdict, Broke> {
    let limit = hook.timeout.value;
    let run = AssertUnwindSafe(async { hook.hook.run(call).await }).catch_unwind();
    match tokio::time::timeout(limit.as_duration(), run).await {
        Ok(Ok(Ok(verdict))) => Ok(verdict),
        Ok(Ok(Err(error))) => Err(Broke::Failed { message: error.message, traceback: error.traceback }),
        Ok(Err(panic)) => Err(Broke::new(format!("panicked: {}", said(panic.as_ref())))),
        Err(_) => Err(Broke::TimedOut(limit)),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
