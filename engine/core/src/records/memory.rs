//! A store without a file.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::{
    AccountCounts, AccountPage, AccountSearch, AccountStatus, AttemptPage, AttemptRecord, AttemptSearch,
    ImportAccount, ImportReport, Records, RecordsError, Take,
};
use crate::account::Account;
use crate::ids::AccountId;

/// Accounts and runs in memory, for tests and for engines that keep nothing.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    accounts: Mutex<BTreeMap<AccountId, Map<String, Value>>>,
    attempts: Mutex<Vec<AttemptRecord>>,
}

impl MemoryRecords {
    /// Notes a run; its number is given here.
    pub fn note(&self, mut run: AttemptRecord) -> i64 {
        let mut attempts = self.attempts.lock();
        run.id = i64::try_from(attempts.len()).unwrap_or(i64::MAX) + 1;
        let id = run.id;
        attempts.push(run);
        id
    }
}

fn status(fields: &Map<String, Value>) -> AccountStatus {
    let word = fields.get("status").and_then(Value::as_str);
    word.and_then(|word| word.parse().ok()).unwrap_or(AccountStatus::Available)
}

/// Which accounts a search lets through.
fn wanted(search: &AccountSearch) -> impl Fn(&AccountId, &Map<String, Value>) -> bool {
    let (wanted, text) = (search.status, search.text.as_ref().map(|text| text.to_ascii_lowercase()));
    move |id, fields| {
        wanted.is_none_or(|wanted| status(fields) == wanted)
            && text.as_ref().is_none_or(|text| id.as_str().to_ascii_lowercase().contains(text))
    }
}

fn account(id: &AccountId, fields: &Map<String, Value>) -> Account {
    let status = [("status".to_owned(), Value::from(status(fields).as_str()))];
    let others = fields.clone().into_iter().filter(|(name, _)| name != "status");
    Account::new(id.clone(), status.into_iter().chain(others))
}

#[async_trait]
impl Records for MemoryRecords {
    async fn find_accounts(&self, search: &AccountSearch) -> Result<AccountPage, RecordsError> {
        let accounts = self.accounts.lock();
        let is_wanted = wanted(search);
        let place = |id: &AccountId| (search.is_around(id), id.clone());
        let after = search.after.as_ref().map(place);
        let (around, first): (Vec<_>, Vec<_>) = accounts.iter().partition(|(id, _)| search.is_around(id));
        let found = first.into_iter().chain(around).filter(|(id, fields)| {
            after.as_ref().is_none_or(|after| place(id) > *after) && is_wanted(id, fields)
        });
        let limit = search.limit as usize;
        let mut page: Vec<Account> =
            found.take(limit.saturating_add(1)).map(|(id, fields)| account(id, fields)).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let next = if more { page.last().map(|account| account.id.clone()) } else { None };
        Ok(AccountPage { accounts: page, next, searched: None })
    }

    async fn all_accounts(&self, search: &AccountSearch, take: Take<'_>) -> Result<(), RecordsError> {
        let accounts = self.accounts.lock();
        let is_wanted = wanted(search);
        let found = accounts.iter().filter(|(id, fields)| is_wanted(id, fields));
        let found = found.filter(|(id, _)| search.after.as_ref().is_none_or(|after| *id > after));
        let _ = take(found.map(|(id, fields)| account(id, fields)).collect());
        Ok(())
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, RecordsError> {
        Ok(self.accounts.lock().get(id).map(|fields| account(id, fields)))
    }

    async fn count_accounts(&self) -> Result<AccountCounts, RecordsError> {
        let mut counts = AccountCounts::default();
        for fields in self.accounts.lock().values() {
            counts.add(status(fields), 1);
        }
        Ok(counts)
    }

    async fn import_accounts(&self, accounts: Vec<ImportAccount>) -> Result<ImportReport, RecordsError> {
        let (mut known, mut report) = (self.accounts.lock(), ImportReport::default());
        for ImportAccount { id, fields } in accounts {
            match known.get_mut(&id) {
                Some(before) if fields.iter().all(|(name, value)| before.get(name) == Some(value)) => {
                    report.unchanged += 1;
                }
                Some(before) => {
                    before.extend(fields);
                    report.updated += 1;
                }
                None => {
                    known.insert(id, fields);
                    report.added += 1;
                }
            }
        }
        Ok(report)
    }

    async fn reset_accounts(&self, ids: Option<Vec<AccountId>>) -> Result<u64, RecordsError> {
        let mut reset = 0;
        for (id, fields) in self.accounts.lock().iter_mut() {
            if ids.as_ref().is_none_or(|ids| ids.contains(id)) {
                fields.remove("status");
                reset += 1;
            }
        }
        Ok(reset)
    }

    async fn held_accounts(&self, ids: &[AccountId]) -> Result<BTreeSet<AccountId>, RecordsError> {
        let accounts = self.accounts.lock();
        let held =
            |id: &&AccountId| accounts.get(*id).is_some_and(|fields| status(fields) == AccountStatus::InUse);
        Ok(ids.iter().filter(held).cloned().collect())
    }

    async fn find_attempts(&self, search: &AttemptSearch) -> Result<AttemptPage, RecordsError> {
        let attempts = self.attempts.lock();
        let limit = search.limit as usize;
        let found = attempts.iter().rev().filter(|run| search.takes(run));
        let mut page: Vec<AttemptRecord> = found.take(limit.saturating_add(1)).cloned().collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let next = if more { page.last().map(|run| run.id) } else { None };
        Ok(AttemptPage { attempts: page, next, searched: None })
    }

    async fn attempt(&self, id: i64) -> Result<Option<AttemptRecord>, RecordsError> {
        Ok(self.attempts.lock().iter().find(|run| run.id == id).cloned())
    }
}
