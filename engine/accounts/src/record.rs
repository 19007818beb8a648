//! What a file says about accounts.

use std::collections::HashSet;
use std::fmt;

use lariat_core::ids::{AccountId, MAX_NAME_BYTES, NameError};
use serde_json::{Map, Value};

use crate::error::{AccountError, Fault};
use crate::place::Place;

/// The most fields that an account may have.
pub const MAX_FIELDS: usize = 1000;

/// How many repeated ids of one file are told one by one.
const MAX_WARNINGS: usize = 100;

/// One account of a file. `Debug` leaves the fields out, since they may be secrets.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// What the account is known by.
    pub id: AccountId,
    /// Everything else that the file says about it.
    pub fields: Map<String, Value>,
    /// Where it begins.
    pub place: Place,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}, line {})", self.id, self.place.line)
    }
}

/// The accounts of a file in their order, each id once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The accounts.
    pub records: Vec<Record>,
    /// What was passed over: ids that came again.
    pub warnings: Vec<Fault>,
}

/// Gathers records, and keeps the first of those with the same id.
#[derive(Default)]
pub(crate) struct Collector {
    seen: HashSet<AccountId>,
    gathered: Records,
    untold: usize,
}

impl Collector {
    pub(crate) fn push(&mut self, record: Record) {
        if self.seen.insert(record.id.clone()) {
            self.gathered.records.push(record);
        } else if self.gathered.warnings.len() < MAX_WARNINGS {
            self.gathered.warnings.push(Fault::at(record.place, AccountError::Repeated(record.id)));
        } else {
            self.untold += 1;
        }
    }

    pub(crate) fn finish(mut self) -> Records {
        if self.untold > 0 {
            self.gathered.warnings.push(AccountError::More(self.untold).into());
        }
        self.gathered
    }
}

/// Checks a field's name by the rules of all names: not empty, not endless, printable.
pub(crate) fn check_field_name(name: &str) -> Result<(), AccountError> {
    let wrong = if name.trim().is_empty() {
        NameError::Empty
    } else if name.len() > MAX_NAME_BYTES {
        NameError::TooLong(name.len())
    } else if let Some(control) = name.chars().find(|c| c.is_control()) {
        NameError::Control(control)
    } else {
        return Ok(());
    };
    Err(AccountError::FieldName(wrong))
}
