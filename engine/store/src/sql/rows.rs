//! From the rows of a query to a selection of accounts, in the query's order.

use std::collections::HashSet;

use lariat_core::account::{AccountRow, AccountRows};
use lariat_core::ids::AccountId;
use lariat_core::source::Selection;

use crate::sql::authorizer::{Cell, Statement};
use crate::sql::columns::Columns;
use crate::sql::failure::Failure;
use crate::sql::json::{push_cell, push_hex};
use crate::sql::keys::Keys;
use crate::sql::limits::GuardLimits;
use crate::sql::order::Unordered;
use crate::sql::passed_over::PassedOver;
use crate::sql::secrets::Secrets;

/// How many accounts get their secrets at once.
const CHUNK: usize = 500;

/// An account to which secrets are added: its id, and its fields as a JSON object. (Where there
/// are no secrets, fields are their values as a JSON array, which is shorter.)
pub(super) type Draft = (AccountId, String);

/// Steps through a query and keeps each account once. With `order` the query's last columns
/// may be there for the keys alone by which the accounts are sorted.
pub(super) fn read(
    statement: &mut Statement<'_, '_>,
    limits: &GuardLimits,
    mut secrets: Option<Secrets<'_, '_>>,
    order: Option<(Keys, Unordered)>,
) -> Result<Selection, Failure> {
    let (added, ids_differ) = order.as_ref().map_or((0, false), |(_, order)| (order.added, order.ids_differ));
    let mut keys = order.map(|(keys, _)| keys);
    let mut names = statement.columns();
    names.truncate(names.len().saturating_sub(added));
    let columns = Columns::new(names)?;
    let has_values = secrets.is_none() && !columns.fields.is_empty();
    let mut accounts =
        if has_values { AccountRows::of_values(&columns.shared) } else { AccountRows::of_objects() };
    let mut chunk: Vec<Draft> = Vec::with_capacity(CHUNK);
    let mut passed_over = PassedOver::default();
    let (mut rows, mut bytes, mut buffer, mut scratch) = (0, 0, String::new(), String::new());
    // Two blobs, or texts that aren't UTF-8, may become the same id.
    let mut any_odd = false;
    let mut more = true;
    while more {
        more = statement.step()?;
        if more {
            rows += 1;
            if let Some(id) = id_of(statement.cell(columns.id), &mut scratch, &mut passed_over) {
                let taken = match secrets {
                    Some(_) => AccountId::new(id).map(|id| {
                        fields_of(statement, &columns, &mut buffer);
                        // A copy of exactly its length.
                        chunk.push((id, buffer.as_str().to_owned()));
                    }),
                    None => {
                        values_of(statement, &columns, &mut buffer);
                        accounts.push_text(id, &buffer)
                    }
                };
                match taken {
                    Ok(()) => {
                        bytes += buffer.len() + id.len();
                        bytes += keys.as_mut().map_or(0, |keys| keys.push(statement));
                    }
                    Err(error) => passed_over.count(error),
                }
            }
            any_odd |= !scratch.is_empty();
            check(rows, bytes, limits)?;
        }
        if let Some(secrets) = &mut secrets
            && (chunk.len() == CHUNK || !more)
        {
            bytes += secrets.add(&mut chunk, &columns)?;
            check(rows, bytes, limits)?;
            chunk.drain(..).for_each(|(id, fields)| accounts.push(&id, &fields));
        }
    }
    let mut accounts = accounts.finish();
    if let Some(keys) = keys {
        accounts = keys.sort(accounts);
    }
    if any_odd || !ids_differ {
        passed_over.repeated = keep_first(&mut accounts);
    }
    Ok(Selection { accounts, warnings: passed_over.warnings() })
}

/// Drops the rows whose id came before, and counts them. Done at the end, when the
/// set's size is known: one that grows hashes a million ids anew each time.
fn keep_first(accounts: &mut Vec<AccountRow>) -> usize {
    let mut seen = HashSet::with_capacity(accounts.len());
    let first: Vec<bool> = accounts.iter().map(|row| seen.insert(row.id())).collect();
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

/// The id as text; `None`, and counted, when there is none. `scratch` is for those that
/// aren't a text yet.
fn id_of<'i>(cell: Cell<'i>, scratch: &'i mut String, passed_over: &mut PassedOver) -> Option<&'i str> {
    scratch.clear();
    match cell {
        Cell::Null => {
            passed_over.without_id += 1;
            return None;
        }
        Cell::Text(id) => match std::str::from_utf8(id) {
            Ok(id) => return Some(id),
            Err(_) => scratch.push_str(&String::from_utf8_lossy(id)),
        },
        Cell::Int(id) => scratch.push_str(&id.to_string()),
        Cell::Real(id) => scratch.push_str(&format!("{id:?}")),
        Cell::Blob(id) => push_hex(scratch, id),
    }
    Some(scratch)
}

fn fields_of(statement: &Statement<'_, '_>, columns: &Columns, buffer: &mut String) {
    buffer.clear();
    for (column, member) in &columns.fields {
        buffer.push(if buffer.is_empty() { '{' } else { ',' });
        buffer.push_str(member);
        push_cell(buffer, statement.cell(*column));
    }
    buffer.push_str(if buffer.is_empty() { "{}" } else { "}" });
}

fn values_of(statement: &Statement<'_, '_>, columns: &Columns, buffer: &mut String) {
    buffer.clear();
    for (column, _) in &columns.fields {
        buffer.push(if buffer.is_empty() { '[' } else { ',' });
        push_cell(buffer, statement.cell(*column));
    }
    if !buffer.is_empty() {
        buffer.push(']');
    }
}
