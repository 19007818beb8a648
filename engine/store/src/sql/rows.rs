//! From the rows of a query to a selection of accounts, in the query's order.

use std::collections::HashSet;

use lariat_core::account::AccountRow;
use lariat_core::ids::AccountId;
use lariat_core::source::Selection;

use crate::sql::authorizer::{Cell, Statement};
use crate::sql::columns::Columns;
use crate::sql::failure::Failure;
use crate::sql::json::{push_cell, push_hex};
use crate::sql::limits::GuardLimits;
use crate::sql::passed_over::PassedOver;
use crate::sql::secrets::Secrets;

/// How many accounts get their secrets at once.
const CHUNK: usize = 500;

/// An account on its way: its id and its fields as a JSON object, so that secrets can be
/// added, or where there are none their values as a JSON array, which is shorter.
pub(super) type Draft = (AccountId, String);

/// Steps through a query and keeps each account once.
pub(super) fn read(
    statement: &mut Statement<'_, '_>,
    limits: &GuardLimits,
    mut secrets: Option<Secrets<'_, '_>>,
) -> Result<Selection, Failure> {
    let columns = Columns::new(statement.columns())?;
    let mut accounts = Vec::new();
    let mut chunk: Vec<Draft> = Vec::with_capacity(CHUNK);
    let mut passed_over = PassedOver::default();
    let (mut rows, mut bytes, mut buffer) = (0, 0, String::new());
    let mut more = true;
    while more {
        more = statement.step()?;
        if more {
            rows += 1;
            if let Some(id) = id_of(statement.cell(columns.id), &mut passed_over) {
                let fields = match secrets {
                    Some(_) => fields_of(statement, &columns, &mut buffer),
                    None => values_of(statement, &columns, &mut buffer),
                };
                bytes += fields.len() + id.as_str().len();
                chunk.push((id, fields));
            }
            check(rows, bytes, limits)?;
        }
        if chunk.len() == CHUNK || !more {
            if let Some(secrets) = &mut secrets {
                bytes += secrets.add(&mut chunk, &columns)?;
                check(rows, bytes, limits)?;
            }
            accounts.extend(chunk.drain(..).map(|(id, fields)| {
                if secrets.is_some() {
                    AccountRow::from_json(id, fields)
                } else if columns.fields.is_empty() {
                    AccountRow::bare(id)
                } else {
                    AccountRow::from_values(id, &columns.shared, fields)
                }
            }));
        }
    }
    passed_over.repeated = keep_first(&mut accounts);
    Ok(Selection { accounts, warnings: passed_over.warnings() })
}

/// Drops the rows whose id came before, and counts them. Done at the end, when the
/// set's size is known: one that grows hashes a million ids anew each time.
fn keep_first(accounts: &mut Vec<AccountRow>) -> usize {
    let mut seen = HashSet::with_capacity(accounts.len());
    let first: Vec<bool> = accounts.iter().map(|row| seen.insert(row.id.as_str())).collect();
    let repeated = accounts.len() - seen.len();
    if repeated > 0 {
        let mut first = first.into_iter();
        accounts.retain(|_| first.next().unwrap_or(true));
    }
    repeated
}

fn check(rows: usize, bytes: usize, limits: &GuardLimits) -> Result<(), Failure> {
    if rows > limits.rows {
        return Err(Failure::Refused(format!(
            "the query gives more than {} rows; narrow it with WHERE or LIMIT",
            limits.rows
        )));
    }
    if bytes > limits.bytes {
        return Err(Failure::Refused(format!(
            "the query gives more than {} MiB; select fewer columns or rows",
            limits.bytes >> 20
        )));
    }
    Ok(())
}

/// The id as text; `None`, and counted, when it can't be one.
fn id_of(cell: Cell<'_>, passed_over: &mut PassedOver) -> Option<AccountId> {
    let id = match cell {
        Cell::Null => {
            passed_over.without_id += 1;
            return None;
        }
        Cell::Int(id) => AccountId::new(id.to_string()),
        Cell::Real(id) => AccountId::new(format!("{id:?}")),
        Cell::Text(id) => AccountId::new(String::from_utf8_lossy(id)),
        Cell::Blob(id) => {
            let mut hex = String::new();
            push_hex(&mut hex, id);
            AccountId::new(hex)
        }
    };
    id.map_err(|error| passed_over.count(error)).ok()
}

fn fields_of(statement: &Statement<'_, '_>, columns: &Columns, buffer: &mut String) -> String {
    buffer.clear();
    for (column, member) in &columns.fields {
        buffer.push(if buffer.is_empty() { '{' } else { ',' });
        buffer.push_str(member);
        push_cell(buffer, statement.cell(*column));
    }
    buffer.push_str(if buffer.is_empty() { "{}" } else { "}" });
    // A copy of exactly its length, so that a million of them stay small.
    buffer.as_str().to_owned()
}

fn values_of(statement: &Statement<'_, '_>, columns: &Columns, buffer: &mut String) -> String {
    buffer.clear();
    for (column, _) in &columns.fields {
        buffer.push(if buffer.is_empty() { '[' } else { ',' });
        push_cell(buffer, statement.cell(*column));
    }
    if buffer.is_empty() {
        return String::new();
    }
    buffer.push(']');
    buffer.as_str().to_owned()
}
