//! The secrets of selected accounts, which no query can read: the engine adds them
//! itself, from a connection of its own, to the accounts that a query has selected.

use serde_json::Value;

use crate::sql::authorizer::{Cell, Guarded, Statement};
use crate::sql::bind::Bound;
use crate::sql::columns::{Columns, member};
use crate::sql::failure::Failure;
use crate::sql::json::push_cell;
use crate::sql::rows::Draft;

/// The ids come as one JSON array, so that the key of an entry is the account's
/// place in the chunk. CROSS JOIN keeps SQLite from turning the order around.
const OF_CHUNK: &str = "SELECT ids.key, secret.name, secret.value FROM json_each(?) AS ids \
     CROSS JOIN account_secrets AS secret ON secret.account_id = ids.value";

/// Adds secrets to accounts.
pub(super) struct Secrets<'g, 'c> {
    statement: Statement<'g, 'c>,
}

impl<'g, 'c> Secrets<'g, 'c> {
    /// `None` where there are no secrets at all.
    pub(super) fn prepare(guarded: &'g Guarded<'c>) -> Result<Option<Self>, Failure> {
        let mut any = guarded.prepare("SELECT account_id FROM account_secrets LIMIT 1")?;
        if !any.step()? {
            return Ok(None);
        }
        Ok(Some(Self { statement: guarded.prepare(OF_CHUNK)? }))
    }

    /// Adds each account's secrets to its fields, except where the query selects a
    /// column of that name. Gives the bytes added.
    pub(super) fn add(&mut self, chunk: &mut [Draft], columns: &Columns) -> Result<usize, Failure> {
        let ids = chunk.iter().map(|(id, _)| Value::from(id.as_str())).collect();
        self.statement.bind(&[Bound::Text(Value::Array(ids).to_string())])?;
        let mut added = 0;
        while self.statement.step()? {
            let (Cell::Int(place), Cell::Text(name)) = (self.statement.cell(0), self.statement.cell(1))
            else {
                continue;
            };
            let name = String::from_utf8_lossy(name);
            let draft = usize::try_from(place).ok().and_then(|place| chunk.get_mut(place));
            let Some((_, fields)) = draft.filter(|_| !columns.has(&name)) else { continue };
            let before = fields.len();
            fields.pop();
            if fields.len() > 1 {
                fields.push(',');
            }
            fields.push_str(&member(&name));
            push_cell(fields, self.statement.cell(2));
            fields.push('}');
            added += fields.len() - before;
        }
        Ok(added)
    }
}
