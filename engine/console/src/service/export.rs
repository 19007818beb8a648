//! Accounts as a file to take away.

use lariat_core::records::AccountSearch;

use super::Service;
use super::accounts::{MOST_ROWS, Reveal};
use super::error::{Code, ServiceError};

/// What a browser calls a file of accounts in this format.
pub(crate) fn kind_of(format: &str) -> &'static str {
    match format {
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "xml" => "application/xml",
        _ => "text/plain",
    }
}

/// Most accounts of one file: it is made in memory.
const MOST: usize = 100_000;

impl Service {
    /// The accounts that a search finds, in a format such as `csv` or `json`.
    ///
    /// # Errors
    /// When the format isn't known, they are too many for one file, or the store can't be
    /// read.
    pub async fn export_accounts(
        &self,
        search: AccountSearch,
        format: &str,
        reveal: Reveal<'_>,
    ) -> Result<Vec<u8>, ServiceError> {
        let records = self.records()?;
        let mut search = AccountSearch { limit: MOST_ROWS, ..search };
        let mut accounts = Vec::new();
        loop {
            let page = records.find_accounts(&search).await?;
            accounts.extend(page.accounts);
            if accounts.len() > MOST {
                let told = format!(
                    "more than {MOST} accounts fit, too many for one file; search for fewer, or run `lariat account export`"
                );
                return Err(ServiceError::new(Code::Refused, told));
            }
            search.after = page.next;
            if search.after.is_none() {
                break;
            }
        }
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        if let Reveal::To(who) = reveal {
            tracing::warn!(who, accounts = accounts.len(), "took away the secrets of accounts, in a file");
        }
        self.keeper.export_accounts(accounts, format, reveal != Reveal::No).await
    }
}
