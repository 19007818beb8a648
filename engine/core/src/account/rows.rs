//! Many accounts in few pieces of memory. Two allocations for each of a million accounts
//! cost more than what they say, and as long to free as to make.

use std::sync::Arc;

use super::row::{AccountRow, FieldNames};
use crate::ids::{AccountId, NameError, check_name};

/// How much text a block holds, unless a single account has more.
const BLOCK: usize = 1 << 16;

/// The texts of some accounts, one after the other: two lengths, the id, the fields.
pub(super) struct Block {
    /// With names an account's fields are a JSON array of their values, else an object, or
    /// nothing.
    pub(super) names: Option<Arc<FieldNames>>,
    text: Box<str>,
}

impl Block {
    /// A block of a single account.
    pub(super) fn of(names: Option<Arc<FieldNames>>, id: &str, fields: &str) -> Self {
        let mut text = String::with_capacity(id.len() + fields.len() + 4);
        write(&mut text, id, fields);
        Self { names, text: text.into() }
    }

    /// The id and the fields of the account that begins there.
    pub(super) fn at(&self, start: u32) -> (&str, &str) {
        let rest = self.text.get(start as usize..).unwrap_or_default();
        let (id, rest) = length(rest);
        let (fields, rest) = length(rest);
        let (id, rest) = rest.split_at_checked(id).unwrap_or_default();
        (id, rest.get(..fields).unwrap_or_default())
    }
}

fn write(text: &mut String, id: &str, fields: &str) {
    push_length(text, id.len());
    push_length(text, fields.len());
    text.push_str(id);
    text.push_str(fields);
}

/// A length as characters of six bits, with a seventh where another follows: so a block is
/// a text throughout, which needn't be checked when an account is cut out of it.
fn push_length(text: &mut String, mut length: usize) {
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 6;
        let more = if length > 0 { 0x40 } else { 0 };
        text.push(char::from(more | (low & 0x3f)));
        if length == 0 {
            return;
        }
    }
}

/// A length, and what comes after it.
fn length(text: &str) -> (usize, &str) {
    let (mut length, mut bits) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        length |= usize::from(byte & 0x3f) << bits;
        bits += 6;
        if byte & 0x40 == 0 {
            return (length, text.get(at + 1..).unwrap_or_default());
        }
    }
    (0, "")
}

/// As much of ids that are kept when their neighbours may go: the last of a block's accounts
/// keeps the whole of it.
const SMALL_BLOCK: usize = 1 << 11;

/// Packs accounts, in their order.
pub struct AccountRows {
    names: Option<Arc<FieldNames>>,
    /// How much text goes into a block.
    block: usize,
    rows: Vec<AccountRow>,
    /// The block that is being filled, and where its accounts begin.
    text: String,
    starts: Vec<u32>,
}

impl AccountRows {
    /// For accounts whose fields are one JSON object each, or nothing.
    pub fn of_objects() -> Self {
        Self::new(None, BLOCK)
    }

    /// For accounts whose fields are the values of these names, as one JSON array each.
    pub fn of_values(names: &Arc<FieldNames>) -> Self {
        Self::new(Some(names.clone()), BLOCK)
    }

    /// In smaller blocks, for accounts of which any may go and leave the others.
    pub(crate) fn of_few() -> Self {
        Self::new(None, SMALL_BLOCK)
    }

    fn new(names: Option<Arc<FieldNames>>, block: usize) -> Self {
        Self { names, block, rows: Vec::new(), text: String::new(), starts: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len() + self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an account. As for [`AccountRow::from_json`], the fields aren't looked at.
    pub fn push(&mut self, id: &AccountId, fields: &str) {
        self.add(id.as_str(), fields);
    }

    /// As [`AccountRows::push`], for an id that is a text yet.
    ///
    /// # Errors
    /// When the text can't be an id.
    pub fn push_text(&mut self, id: &str, fields: &str) -> Result<(), NameError> {
        check_name(id)?;
        self.add(id, fields);
        Ok(())
    }

    pub(crate) fn add(&mut self, id: &str, fields: &str) {
        // Lengths of less than 2^30 take five characters.
        if self.text.len() + id.len() + fields.len() + 10 > self.block {
            self.close_block();
        }
        self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        write(&mut self.text, id, fields);
    }

    fn close_block(&mut self) {
        if !self.starts.is_empty() {
            let block = Arc::new(Block { names: self.names.clone(), text: self.text.as_str().into() });
            self.rows.extend(self.starts.drain(..).map(|start| AccountRow::within(&block, start)));
        }
        self.text.clear();
    }

    /// Gives them away.
    pub fn finish(mut self) -> Vec<AccountRow> {
        self.close_block();
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> AccountId {
        AccountId::new(text).unwrap()
    }

    #[test]
    fn packed_accounts_come_out_as_they_went_in_whatever_their_length() {
        let names = FieldNames::new(["note".to_owned()]);
        let mut rows = AccountRows::of_values(&names);
        let notes: Vec<String> = [0, 1, 62, 63, 64, 4094, 4095, BLOCK, 3 * BLOCK, 5]
            .iter()
            .map(|length| "ü".repeat(*length))
            .collect();
        for round in 0..3 {
            for (index, note) in notes.iter().enumerate() {
                rows.push(&id(&format!("帳號 {round} {index}")), &json!([note]).to_string());
            }
        }
        assert_eq!(rows.len(), 3 * notes.len());
        let rows = rows.finish();
        assert_eq!(rows.len(), 3 * notes.len());
        for (at, row) in rows.iter().enumerate() {
            let (round, index) = (at / notes.len(), at % notes.len());
            assert_eq!(row.id(), format!("帳號 {round} {index}"));
            assert_eq!(row.unpack().unwrap().get("note"), Some(&json!(notes[index])));
            assert_eq!(row.apart(), *row);
        }
    }

    #[test]
    fn a_text_that_is_no_id_adds_nothing() {
        let mut rows = AccountRows::of_objects();
        assert!(rows.is_empty());
        assert_eq!(rows.push_text("", "{}"), Err(NameError::Empty));
        assert_eq!(rows.push_text("a1", ""), Ok(()));
        let rows = rows.finish();
        assert_eq!(rows, [AccountRow::bare(id("a1"))]);
        assert_ne!(rows, [AccountRow::from_json(id("a1"), "{}")]);
    }
}
