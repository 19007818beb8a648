//! Opening a pool with what an earlier refresh selected, for a launch that is told not
//! to refresh.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::PoolError;
use super::refresh::select;
use super::runtime::Pool;
use crate::account::AccountRow;
use crate::ids::AccountId;
use crate::ledger::{AccountIds, KeptSelection};
use crate::source::SourceError;

impl Pool {
    /// Takes over an earlier selection in its order. The source is asked for the
    /// fields as they are now; accounts that it doesn't know any more are left out.
    pub(super) async fn restore(self: &Arc<Self>, kept: &KeptSelection) -> Result<(), PoolError> {
        let number = self.state.lock().roster.begin_refresh();
        let accounts = self.with_fields(&kept.accounts).await.map_err(|error| self.source_error(error))?;
        let mut state = self.state.lock();
        state.roster.merge(number, accounts);
        state.last_refresh = Some(kept.at);
        Ok(())
    }

    async fn with_fields(&self, ids: &AccountIds) -> Result<Vec<AccountRow>, SourceError> {
        let spec = self.spec();
        let selected = select(&spec).await?.accounts;
        let mut known: HashMap<AccountId, AccountRow> =
            selected.into_iter().map(|row| (row.account_id(), row)).collect();
        let missing: Vec<AccountId> =
            ids.iter().filter(|id| !known.contains_key(*id)).map(AccountId::of_row).collect();
        if !missing.is_empty() {
            let found = spec.source.lookup(&missing).await?;
            known.extend(found.into_iter().map(|row| (row.account_id(), row)));
        }
        Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
    }
}
