//! An open `sql` pool: asks its database anew at each fetch.

use async_trait::async_trait;
use lariat_core::account::AccountRow;
use lariat_core::ids::AccountId;
use lariat_core::source::{AccountSource, Selection, SourceError};

use crate::sql::plan::Plan;
use crate::sql::session::Session;

/// How many accounts are looked up at once: their ids must fit into one bound value.
const IDS: usize = 500;

/// The source of an `sql` pool. Between two fetches it holds nothing open.
#[derive(Debug)]
pub(super) struct SqlSource {
    pub(super) session: Session,
    pub(super) plan: Plan,
}

#[async_trait]
impl AccountSource for SqlSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        self.session.select(self.plan.clone()).await
    }

    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        let mut found = Vec::new();
        for chunk in ids.chunks(IDS) {
            found.extend(self.session.select(Plan::Ids(chunk.to_vec())).await?.accounts);
        }
        Ok(found)
    }
}
