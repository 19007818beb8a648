//! What an engine does for its store by itself: it forgets old attempts, and makes
//! backups if `lariat.yaml` says so. Both go beside the work.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lariat_store::backup::{self, folder};
use lariat_store::{Store, StoreError};
use lariat_workspace::Workspace;
use lariat_workspace::config::LedgerConfig;
use tokio::task::JoinHandle;

/// How often old attempts are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// The chores; they end when this is dropped.
pub struct Upkeep(JoinHandle<()>);

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Upkeep {
    /// Begins them.
    pub fn start(store: Arc<Store>, workspace: &Workspace) -> Self {
        let chores =
            Chores { store, config: workspace.config().ledger.clone(), backups: workspace.backups_dir() };
        Self(tokio::spawn(async move {
            loop {
                chores.prune().await;
                let next = chores.back_up().await.unwrap_or(PRUNE_EVERY);
                tokio::time::sleep(next.min(PRUNE_EVERY)).await;
            }
        }))
    }
}

struct Chores {
    store: Arc<Store>,
    config: LedgerConfig,
    backups: PathBuf,
}

impl Chores {
    async fn prune(&self) {
        let rows = (self.config.keep_attempts > 0).then_some(self.config.keep_attempts);
        let since = self.config.keep_attempts_for.non_zero();
        let since = since.and_then(|age| Timestamp::now().checked_sub(age).ok());
        match self.store.prune_attempts(rows, since).await {
            Ok(0) => {}
            Ok(pruned) => tracing::info!(pruned, "forgot old attempts"),
            Err(error) => tracing::debug!(%error, "couldn't forget old attempts; trying again later"),
        }
    }

    /// Makes a backup if one is due; how long until the next.
    async fn back_up(&self) -> Option<Duration> {
        let every = self.config.backup_every.non_zero()?;
        match self.back_up_if_due(every).await {
            Ok(next) => Some(next),
            Err(error) => {
                tracing::warn!(%error, "couldn't make a backup; trying again in ten minutes");
                None
            }
        }
    }

    async fn back_up_if_due(&self, every: Duration) -> Result<Duration, StoreError> {
        let now = Timestamp::now();
        if let Some(last) = folder::list(&self.backups)?.first() {
            let age = Duration::try_from(now.duration_since(last.taken_at)).unwrap_or_default();
            if let Some(left) = every.checked_sub(age).filter(|left| !left.is_zero()) {
                return Ok(left);
            }
        }
        let made = backup::make(self.store.path(), &self.backups.join(folder::name(now))).await?;
        tracing::info!(path = %made.path.display(), "made a backup");
        folder::thin_out(&self.backups, self.config.keep_backups as usize)?;
        Ok(every)
    }
}
