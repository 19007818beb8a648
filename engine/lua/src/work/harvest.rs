//! The accounts that come out of a script, one by one: straight into the form in which
//! a pool keeps them, so that a million of them never fill a machine.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use lariat_core::account::AccountRow;
use lariat_core::ids::AccountId;
use lariat_core::source::{Repeats, Selection};
use mlua::Value;
use serde_json::Value as Json;

use crate::budgets::Budgets;
use crate::json::{Limits, to_json};
use crate::names::type_of;

/// How large one account may be.
const ACCOUNT: Limits = Limits { bytes: 64 << 10, depth: 16 };

/// What an account takes besides its texts, about.
const ROW: usize = 96;

/// Ids in many small sets, since a large one that grows holds the thread for long.
struct Ids(Vec<HashSet<AccountId>>, RandomState);

impl Default for Ids {
    fn default() -> Self {
        Self((0..256).map(|_| HashSet::new()).collect(), RandomState::new())
    }
}

impl Ids {
    /// Says whether it is a new one.
    fn insert(&mut self, id: &AccountId) -> bool {
        let part = self.1.hash_one(id) >> 56;
        let part = usize::try_from(part).ok().and_then(|part| self.0.get_mut(part));
        part.is_some_and(|part| part.insert(id.clone()))
    }
}

/// What was gathered so far.
#[derive(Default)]
pub(crate) struct Harvest {
    rows: Vec<AccountRow>,
    known: Ids,
    bytes: usize,
    repeats: Repeats,
}

impl Harvest {
    /// Takes an account; says whether it is a new one. An id that came before keeps its
    /// first place.
    ///
    /// # Errors
    /// What is wrong with it, for the script's author.
    pub(crate) fn take(&mut self, account: &Value, budgets: &Budgets) -> Result<bool, String> {
        if !account.is_table() {
            return Err(format!(
                "is a {}; an account is a table with an id, as in {{ id = \"a1\" }}",
                type_of(account)
            ));
        }
        let Json::Object(mut fields) =
            to_json(account, ACCOUNT).map_err(|problem| format!("can't be kept: {problem}"))?
        else {
            return Err("is a list; an account is a table of fields by name, as in { id = \"a1\" }".into());
        };
        let id = id_of(fields.remove("id").as_ref())?;
        if !self.known.insert(&id) {
            self.repeats.note(&id);
            return Ok(false);
        }
        if self.rows.len() >= budgets.accounts {
            return Err(format!("is one too many; a pool takes at most {} accounts", budgets.accounts));
        }
        let text = Json::Object(fields).to_string();
        self.bytes = self.bytes.saturating_add(id.as_str().len() + text.len() + ROW);
        if self.bytes > budgets.accounts_bytes {
            let most = budgets.accounts_bytes >> 20;
            return Err(format!("is too much; the accounts of a pool take at most {most} MiB together"));
        }
        self.rows.push(AccountRow::from_json(id, text));
        Ok(true)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Gives them away.
    pub(crate) fn finish(self) -> Selection {
        Selection { accounts: self.rows, warnings: self.repeats.warning().into_iter().collect() }
    }
}

fn id_of(id: Option<&Json>) -> Result<AccountId, String> {
    let text = match id {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        None | Some(Json::Null) => return Err("has no id".into()),
        Some(other) => return Err(format!("has {other} as its id; an id is a text")),
    };
    AccountId::new(&text).map_err(|error| format!("has an id that {error}"))
}
