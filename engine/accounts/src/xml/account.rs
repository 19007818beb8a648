//! The row of elements as accounts.

use lariat_core::ids::AccountId;
use serde_json::{Map, Value};

use super::entry;
use super::leaf::Leaf;
use crate::error::{AccountError, Fault};
use crate::place::{Cursor, Place};
use crate::record::{Collector, MAX_FIELDS, Record, Records, check_field_name};

/// Entries that name the account where no `<account>` does.
const ID_ENTRIES: [&str; 2] = ["deviceAccount", "account"];

/// Groups the elements that stand beside the first `<account>`, or else those nearest
/// the root; what is nested deeper isn't a field.
pub(super) fn accounts(text: &str, leaves: &[Leaf<'_>], stem: &str) -> Result<Records, Fault> {
    let first = leaves.iter().find(|leaf| begins_account(leaf));
    let Some(depth) = first.or(leaves.iter().min_by_key(|leaf| leaf.depth)).map(|leaf| leaf.depth) else {
        return Err(AccountError::NoAccount.into());
    };
    let row: Vec<&Leaf<'_>> = leaves.iter().filter(|leaf| leaf.depth == depth).collect();
    let mut places = Cursor::new(text.as_bytes());
    let mut found = Collector::default();
    let groups = groups(&row);
    let single = groups.len() == 1;
    for group in groups {
        let offset = group.first().map_or(0, |leaf| leaf.offset);
        let place = places.advance(offset);
        let (id, fields) = account(text, group)?;
        let id = match id {
            Some(id) => id,
            None if single => stem.trim().to_owned(),
            None => return Err(Fault::at(place, AccountError::IdMissing)),
        };
        let id = AccountId::new(id).map_err(|error| Fault::at(place, AccountError::Id(error)))?;
        found.push(Record { id, fields, place });
    }
    Ok(found.finish())
}

fn begins_account(leaf: &Leaf<'_>) -> bool {
    leaf.tag == "account" && leaf.name.is_none()
}

/// Each further `<account>` begins a group; what comes before the first belongs to it.
fn groups<'a, 'b>(row: &'b [&'b Leaf<'a>]) -> Vec<&'b [&'b Leaf<'a>]> {
    let starts = row.iter().enumerate().filter(|(_, leaf)| begins_account(leaf)).map(|(index, _)| index);
    let mut bounds: Vec<usize> = std::iter::once(0).chain(starts.skip(1)).collect();
    bounds.push(row.len());
    bounds.windows(2).filter_map(|pair| row.get(*pair.first()?..*pair.last()?)).collect()
}

/// The id that the elements of one account say, and the other fields.
fn account(text: &str, group: &[&Leaf<'_>]) -> Result<(Option<String>, Map<String, Value>), Fault> {
    let mut fields = Map::new();
    let mut id = None;
    for leaf in group {
        let at = |error| Fault::at(Place::of(text.as_bytes(), leaf.offset), error);
        if begins_account(leaf) {
            id = Some(leaf.text.trim().to_owned());
            continue;
        }
        let (name, value) = entry::field(leaf).map_err(at)?;
        check_field_name(&name).map_err(at)?;
        if fields.len() >= MAX_FIELDS {
            return Err(at(AccountError::TooManyFields(MAX_FIELDS)));
        }
        if fields.contains_key(&name) {
            return Err(at(AccountError::FieldTwice(name)));
        }
        fields.insert(name, value);
    }
    if id.is_none()
        && let Some(name) = ID_ENTRIES.iter().find(|name| fields.contains_key(**name))
    {
        id = fields.shift_remove(*name).map(|value| match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
    }
    Ok((id.filter(|id| !id.is_empty()), fields))
}
