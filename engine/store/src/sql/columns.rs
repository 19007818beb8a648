//! The columns of a query's result: which one is the id, and how each other is
//! called in the account.

use std::collections::HashSet;
use std::sync::Arc;

use lariat_core::account::FieldNames;

use crate::sql::failure::Failure;
use crate::sql::json::push_text;

/// The name that the id's column must have; another case of it will do.
const ID: &str = "id";

/// What a query returns.
#[derive(Debug)]
pub(super) struct Columns {
    /// Where the id is.
    pub(super) id: usize,
    /// Where each field is, with its name as the start of a JSON member: `"name":`.
    pub(super) fields: Vec<(usize, String)>,
    /// The names of these fields.
    pub(super) shared: Arc<FieldNames>,
    names: HashSet<String>,
}

impl Columns {
    /// Reads the names of a result's columns.
    pub(super) fn new(names: Vec<String>) -> Result<Self, Failure> {
        let exact = names.iter().position(|name| name == ID);
        let Some(id) = exact.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(ID))) else {
            return Err(Failure::Query(format!(
                "returns no column id, only {}; select it, or name the column that identifies an account with AS id",
                names.join(", ")
            )));
        };
        let mut seen = HashSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Failure::Query(format!(
                "returns the column {twice} more than once; name the columns that you want, and give one of these another name with AS"
            )));
        }
        let fields = || names.iter().enumerate().filter(|(index, _)| *index != id);
        let shared = FieldNames::new(fields().map(|(_, name)| name.clone()));
        let fields = fields().map(|(index, name)| (index, member(name))).collect();
        Ok(Self { id, fields, shared, names: names.into_iter().collect() })
    }

    /// Whether the query selects a column of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// `"name":`, to which a value is appended.
pub(super) fn member(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 3);
    push_text(&mut text, name);
    text.push(':');
    text
}
