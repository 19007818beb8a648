//! All accounts of a folder, whatever a pool selects of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;

use lariat_core::account::AccountRow;
use lariat_core::ids::AccountId;

use super::content::{Candidate, Content};
use super::warnings::Warnings;
use crate::error::AccountError;

/// The contents of a folder's files, and where in them each account is.
#[derive(Debug, Default)]
pub(super) struct Listing {
    contents: Vec<Arc<Content>>,
    places: HashMap<AccountId, (usize, usize)>,
}

impl Listing {
    /// Each id once: the first in the order of the paths stays.
    pub(super) fn new(contents: Vec<Arc<Content>>, warnings: &mut Warnings) -> Self {
        let mut places = HashMap::with_capacity(contents.len());
        for (file, content) in contents.iter().enumerate() {
            for warning in &content.warnings {
                warnings.push(|| warning.to_string());
            }
            for (index, candidate) in content.candidates.iter().enumerate() {
                let id = candidate.row.account_id();
                match places.entry(id.clone()) {
                    Entry::Vacant(vacant) => {
                        vacant.insert((file, index));
                    }
                    Entry::Occupied(first) => warnings.push(|| {
                        let first = contents.get(first.get().0).map(|first| PathBuf::from(&first.path));
                        let first = first.unwrap_or_default();
                        format!("{}: {}", content.path, AccountError::RepeatedFile { id: id.clone(), first })
                    }),
                }
            }
        }
        Self { contents, places }
    }

    /// All accounts, in no order.
    pub(super) fn candidates(&self) -> Vec<&Candidate> {
        self.places.values().filter_map(|place| self.at(*place)).collect()
    }

    /// The account of an id.
    pub(super) fn get(&self, id: &AccountId) -> Option<AccountRow> {
        self.at(*self.places.get(id)?).map(|candidate| candidate.row.clone())
    }

    fn at(&self, (file, index): (usize, usize)) -> Option<&Candidate> {
        self.contents.get(file)?.candidates.get(index)
    }
}
