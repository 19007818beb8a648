//! How long and how often a hook may put a phase off.

use std::time::Duration;

use crate::duration::Span;
use crate::launch::DraftPlan;

/// How often one hook may ask for a retry before one phase.
const RETRIES: u32 = 10;
/// How long it may put the phase off in all; longer where instances may take longer.
const TOTAL: Duration = Duration::from_secs(300);

/// What is left of a launch's patience with one hook.
#[derive(Debug)]
pub(crate) struct Patience {
    pub(crate) retries: u32,
    total: Duration,
    left: Duration,
}

impl Patience {
    pub(crate) fn new(plan: &DraftPlan) -> Self {
        let total = total(plan);
        Self { retries: 0, total, left: total }
    }

    /// Takes a pause from what is left.
    ///
    /// # Errors
    /// When there isn't enough, in words.
    pub(crate) fn take(&mut self, pause: Span, reason: &str) -> Result<(), String> {
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        if self.retries >= RETRIES {
            return Err(format!("asked for a retry more than {RETRIES} times{why}"));
        }
        let Some(left) = self.left.checked_sub(pause.as_duration()) else {
            let total = Span::from(self.total);
            return Err(format!("asked for retries that take longer than {total} in all{why}"));
        };
        self.left = left;
        self.retries += 1;
        Ok(())
    }
}

/// The longest pause that anybody may ask for.
pub(crate) fn total(plan: &DraftPlan) -> Duration {
    TOTAL.max(plan.options.emulator_timeout.as_duration())
}
