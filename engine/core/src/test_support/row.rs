//! The promises about an account's row in a store's account table.

use crate::ledger::SettleRequest;
use crate::outcome::Disposition;

/// The words of the column `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `available`
    Available,
    /// `in_use`
    InUse,
    /// `completed`
    Completed,
    /// `failed`
    Failed,
    /// `skipped`
    Skipped,
}

/// What is seen of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `status`
    pub status: Status,
    /// `failure_count`
    pub failures: u32,
    /// `last_error`
    pub error: Option<String>,
    /// Whether there is a `completed_at`.
    pub completed: bool,
    /// `cards_found`
    pub cards: i64,
}

impl Default for Row {
    fn default() -> Self {
        Self { status: Status::Available, failures: 0, error: None, completed: false, cards: 0 }
    }
}

impl Row {
    /// Makes it available again.
    pub(super) fn reset(&mut self) {
        *self = Self { cards: self.cards, ..Self::default() };
    }

    /// What a settlement makes of it; `before` is what it was before the lease.
    pub(super) fn settle(&mut self, request: &SettleRequest, before: Status) {
        self.status = match request.disposition {
            Disposition::Completed => Status::Completed,
            Disposition::Failed => Status::Failed,
            Disposition::Skipped => Status::Skipped,
            Disposition::Retried | Disposition::Returned | Disposition::Fenced => before,
        };
        if matches!(request.disposition, Disposition::Failed | Disposition::Retried) {
            self.failures += 1;
        }
        match request.disposition {
            Disposition::Completed => self.error = None,
            Disposition::Returned | Disposition::Fenced => {}
            _ => self.error.clone_from(&request.error),
        }
        if request.disposition == Disposition::Completed {
            self.completed = true;
            if let Some(cards) = request.result.get("cards_found").and_then(serde_json::Value::as_i64) {
                self.cards = cards;
            }
        }
    }
}
