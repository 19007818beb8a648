//! Whether a run has settled its account already. Only one that asks twice has to know:
//! a commit may report an error and stand all the same.

use jiff::Timestamp;
use lariat_core::ids::{AccountId, InstanceId, LaunchId};
use lariat_core::ledger::SettleRequest;

use crate::error::StoreError;
use crate::store::Store;

/// What tells one run from all others.
pub(crate) struct SettledRun {
    account: AccountId,
    launch: LaunchId,
    instance: InstanceId,
    started: Option<Timestamp>,
}

impl SettledRun {
    pub(crate) fn of(request: &SettleRequest) -> Self {
        Self {
            account: request.account.clone(),
            launch: request.holder.launch,
            instance: request.holder.instance,
            started: request.started,
        }
    }
}

impl Store {
    /// Whether the run's settlement is in the database.
    pub(crate) async fn has_settled(&self, run: &SettledRun) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM attempts WHERE account = ?1 AND launch = ?2 AND instance = ?3 \
                           AND started = ?4 AND outcome <> 'fenced'";
        let Some(started) = run.started else { return Ok(false) };
        let found = sqlx::query(SQL)
            .bind(run.account.as_str())
            .bind(run.launch.to_string())
            .bind(i64::from(run.instance.0))
            .bind(started.as_millisecond())
            .fetch_optional(self.readers())
            .await?;
        Ok(found.is_some())
    }
}
