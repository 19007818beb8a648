//! Accounts as a file to take away.

use std::ops::ControlFlow;

use lariat_core::account::Account;
use lariat_core::records::AccountSearch;

use super::Service;
use super::accounts::Reveal;
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

/// Most accounts of a file that the server makes: it is made in memory.
pub(crate) const MOST_IN_A_FILE: usize = 100_000;

/// A file of accounts.
#[derive(Debug)]
pub struct Exported {
    /// The file.
    pub file: Vec<u8>,
    /// How many accounts are in it.
    pub accounts: usize,
}

impl Service {
    /// The accounts that a search finds, as they were at one moment, in a format such as `csv`
    /// or `json`.
    ///
    /// # Errors
    /// When the format isn't known, they are more than `most`, or the store can't be read.
    pub async fn export_accounts(
        &self,
        search: AccountSearch,
        format: &str,
        reveal: Reveal<'_>,
        most: usize,
    ) -> Result<Exported, ServiceError> {
        let mut accounts = Vec::new();
        let mut take = |mut some: Vec<Account>| {
            accounts.append(&mut some);
            if accounts.len() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.records()?.all_accounts(&search, &mut take).await?;
        if accounts.len() > most {
            let told = format!(
                "more than {most} accounts fit, too many for one file; search for fewer, or run `lariat account export`"
            );
            return Err(ServiceError::new(Code::Refused, told));
        }
        let count = accounts.len();
        if let Reveal::To(who) = reveal {
            self.host.revealed_in_a_file(who, count);
        }
        let file = self.keeper.export_accounts(accounts, format, reveal != Reveal::No).await?;
        Ok(Exported { file, accounts: count })
    }
}
