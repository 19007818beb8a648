//! [`Records`] on top of the account table and the record of runs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use lariat_core::records::{
    AccountCounts, AccountPage, AccountSearch, AttemptPage, AttemptRecord, AttemptSearch, ImportAccount,
    ImportReport, Records, RecordsError, Take,
};

use crate::error::StoreError;
use crate::store::Store;

fn told(error: StoreError) -> RecordsError {
    RecordsError(error.to_string())
}

#[async_trait]
impl Records for Store {
    async fn find_accounts(&self, search: &AccountSearch) -> Result<AccountPage, RecordsError> {
        self.account_page(search).await.map_err(told)
    }

    async fn all_accounts(&self, search: &AccountSearch, take: Take<'_>) -> Result<(), RecordsError> {
        self.every_account(search, take).await.map_err(told)
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, RecordsError> {
        self.get_account(id).await.map_err(told)
    }

    async fn count_accounts(&self) -> Result<AccountCounts, RecordsError> {
        Store::count_accounts(self).await.map_err(told)
    }

    async fn import_accounts(&self, accounts: Vec<ImportAccount>) -> Result<ImportReport, RecordsError> {
        self.import(accounts).await.map_err(told)
    }

    async fn reset_accounts(&self, ids: Option<Vec<AccountId>>) -> Result<u64, RecordsError> {
        Store::reset_accounts(self, ids).await.map_err(told)
    }

    async fn held_accounts(&self, ids: &[AccountId]) -> Result<BTreeSet<AccountId>, RecordsError> {
        self.leased(ids).await.map_err(told)
    }

    async fn find_attempts(&self, search: &AttemptSearch) -> Result<AttemptPage, RecordsError> {
        self.attempt_page(search).await.map_err(told)
    }

    async fn attempt(&self, id: i64) -> Result<Option<AttemptRecord>, RecordsError> {
        self.one_attempt(id).await.map_err(told)
    }
}
