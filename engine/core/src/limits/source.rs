//! A pool's source that keeps to its limits.

use std::sync::Arc;

use async_trait::async_trait;

use super::Turns;
use crate::account::{Account, AccountRow};
use crate::ids::AccountId;
use crate::outcome::Outcome;
use crate::source::{AccountSource, Claim, Selection, SourceError};

/// A source that is asked in turns, and again when it couldn't answer.
pub struct LimitedSource {
    inner: Arc<dyn AccountSource>,
    turns: Turns,
}

impl LimitedSource {
    /// This source, within these turns.
    pub fn new(inner: Arc<dyn AccountSource>, turns: Turns) -> Self {
        Self { inner, turns }
    }
}

/// What is wrong with a definition, or forbidden, stays so.
fn again(error: &SourceError) -> bool {
    matches!(error, SourceError::Unavailable(_) | SourceError::Extension { .. })
}

#[async_trait]
impl AccountSource for LimitedSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        self.turns.ask(|| self.inner.fetch(), again).await
    }

    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        self.turns.ask(|| self.inner.lookup(ids), again).await
    }

    async fn claim(&self, account: &Account) -> Result<Claim, SourceError> {
        self.turns.ask(|| self.inner.claim(account), again).await
    }

    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        self.turns.ask(|| self.inner.settle(account, outcome), again).await
    }
}
