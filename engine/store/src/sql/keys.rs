//! Sorting accounts as SQLite would: by the values of some columns, NULL first, then
//! numbers, texts and blobs, the last two byte by byte
//! (<https://sqlite.org/datatype3.html#sort_order>).

use std::cmp::Ordering;

use lariat_core::account::AccountRow;

use crate::sql::authorizer::{Cell, Statement};
use crate::sql::order::Unordered;

/// The keys of the accounts that were read, in the order in which they were.
#[derive(Debug)]
pub(super) struct Keys {
    columns: Vec<Column>,
    /// The first column's, beside the account that has it: most are told apart by it.
    first: Vec<(Key, u32)>,
    /// The bytes of texts and blobs.
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Column {
    /// Where the query returns it.
    index: usize,
    descending: bool,
    nulls_first: bool,
    /// Its keys; the first column's are beside their accounts.
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Copy)]
enum Key {
    Null,
    Int(i64),
    Real(f64),
    Text(Span),
    Blob(Span),
}

/// A piece of the bytes.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    length: u32,
}

impl Keys {
    /// For a query that returns columns of these names; `None` if they aren't all there.
    pub(super) fn new(order: &Unordered, names: &[String]) -> Option<Self> {
        let columns: Option<Vec<Column>> = order
            .terms
            .iter()
            .map(|term| {
                let mut named = names.iter().enumerate();
                let (index, _) = named.find(|(_, name)| name.eq_ignore_ascii_case(&term.name))?;
                let only = !named.any(|(_, name)| name.eq_ignore_ascii_case(&term.name));
                let (descending, nulls_first) = (term.descending, term.nulls_first);
                only.then(|| Column { index, descending, nulls_first, keys: Vec::new() })
            })
            .collect();
        Some(Self { columns: columns?, first: Vec::new(), bytes: Vec::new() })
    }

    /// Adds those of the row at which a query stands; gives the bytes that they take.
    pub(super) fn push(&mut self, statement: &Statement<'_, '_>) -> usize {
        let before = self.bytes.len();
        let Self { columns, first, bytes } = self;
        let mut columns = columns.iter_mut();
        let account = u32::try_from(first.len()).unwrap_or(u32::MAX);
        if let Some(column) = columns.next() {
            first.push((Key::of(statement.cell(column.index), bytes), account));
        }
        let mut keys = 1;
        for column in columns {
            column.keys.push(Key::of(statement.cell(column.index), bytes));
            keys += 1;
        }
        keys * size_of::<Key>() + bytes.len() - before
    }

    /// Sorts the accounts, of which those that are equal stay as they are.
    pub(super) fn sort(mut self, accounts: Vec<AccountRow>) -> Vec<AccountRow> {
        let mut first = std::mem::take(&mut self.first);
        first.sort_unstable_by(|a, b| self.compare(*a, *b));
        first.iter().filter_map(|(_, account)| accounts.get(*account as usize).cloned()).collect()
    }

    fn compare(&self, (a, a_at): (Key, u32), (b, b_at): (Key, u32)) -> Ordering {
        let mut columns = self.columns.iter();
        let by_first = columns.next().map_or(Ordering::Equal, |column| column.compare(a, b, &self.bytes));
        let later = || {
            columns
                .map(|column| match (column.keys.get(a_at as usize), column.keys.get(b_at as usize)) {
                    (Some(a), Some(b)) => column.compare(*a, *b, &self.bytes),
                    _ => Ordering::Equal,
                })
                .find(|ordering| ordering.is_ne())
        };
        by_first.then_with(|| later().unwrap_or(Ordering::Equal)).then(a_at.cmp(&b_at))
    }
}

impl Column {
    fn compare(&self, a: Key, b: Key, bytes: &[u8]) -> Ordering {
        match (a, b) {
            (Key::Null, Key::Null) => Ordering::Equal,
            (Key::Null, _) if self.nulls_first => Ordering::Less,
            (Key::Null, _) => Ordering::Greater,
            (_, Key::Null) if self.nulls_first => Ordering::Greater,
            (_, Key::Null) => Ordering::Less,
            _ if self.descending => b.compare(a, bytes),
            _ => a.compare(b, bytes),
        }
    }
}

impl Key {
    fn of(cell: Cell<'_>, bytes: &mut Vec<u8>) -> Self {
        let mut span = |value: &[u8]| {
            let start = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(value);
            Span { start, length: u32::try_from(value.len()).unwrap_or(u32::MAX) }
        };
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(value) => Self::Int(value),
            Cell::Real(value) => Self::Real(value),
            Cell::Text(value) => Self::Text(span(value)),
            Cell::Blob(value) => Self::Blob(span(value)),
        }
    }

    fn compare(self, other: Self, bytes: &[u8]) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            // SQLite has no NaN.
            (Self::Real(a), Self::Real(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Self::Int(a), Self::Real(b)) => int_with_real(a, b),
            (Self::Real(a), Self::Int(b)) => int_with_real(b, a).reverse(),
            (Self::Text(a), Self::Text(b)) | (Self::Blob(a), Self::Blob(b)) => {
                a.within(bytes).cmp(b.within(bytes))
            }
            _ => self.kind().cmp(&other.kind()),
        }
    }

    const fn kind(self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Int(_) | Self::Real(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }
}

impl Span {
    fn within(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        bytes.get(start..start + self.length as usize).unwrap_or_default()
    }
}

/// Without loss: a large integer isn't a float.
fn int_with_real(int: i64, real: f64) -> Ordering {
    /// 2^63, the first float that no integer reaches.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if real >= BEYOND {
        return Ordering::Less;
    }
    if real < -BEYOND {
        return Ordering::Greater;
    }
    #[allow(clippy::cast_possible_truncation, reason = "it is within the integers' range")]
    let whole = real.trunc() as i64;
    int.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(real.fract() + 0.0)))
}
