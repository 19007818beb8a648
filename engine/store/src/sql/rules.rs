//! What SQLite may do for a query: everything that isn't allowed here is denied,
//! also what a later SQLite adds.

use std::collections::BTreeSet;

use libsqlite3_sys as ffi;

use crate::sql::functions::is_harmless;
use crate::sql::schema::Schema;

/// Table-valued functions that only unfold a value.
const TABLE_FUNCTIONS: [&str; 2] = ["json_each", "json_tree"];

/// What one query may read.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Tables and views, in lower case.
    tables: BTreeSet<String>,
    /// Names that the query gives to its own parts (WITH), in lower case, except
    /// those that something in the database has too.
    own: BTreeSet<String>,
    /// What a refusal says about the tables that may be read.
    readable: String,
}

impl Rules {
    /// For a pool's query, which calls its own parts `ctes`.
    pub(super) fn for_query(schema: &Schema, ctes: &[String]) -> Self {
        let own = ctes
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .filter(|name| !schema.holds(name) && !is_internal(name));
        let tables = schema.readable().map(str::to_ascii_lowercase).collect();
        Self { tables, own: own.collect(), readable: schema.told() }
    }

    /// For one of the engine's own queries, over one table.
    pub(super) fn for_engine(table: &str) -> Self {
        Self { tables: BTreeSet::from([table.to_owned()]), ..Self::default() }
    }

    /// Answers SQLite's authorizer (<https://sqlite.org/c3ref/set_authorizer.html>):
    /// the action's code and its arguments. The error names the rule.
    pub(super) fn check(
        &self,
        action: i32,
        first: Option<&str>,
        second: Option<&str>,
        database: Option<&str>,
    ) -> Result<(), String> {
        match action {
            ffi::SQLITE_SELECT | ffi::SQLITE_RECURSIVE => Ok(()),
            ffi::SQLITE_READ => {
                self.check_read(first.unwrap_or_default(), second.unwrap_or_default(), database)
            }
            ffi::SQLITE_FUNCTION => match second.unwrap_or_default() {
                name if is_harmless(name) => Ok(()),
                name => Err(format!("the function {name}() isn't allowed, as it may do more than compute")),
            },
            other => Err(format!("{} isn't allowed; a pool's query only reads", action_name(other))),
        }
    }

    fn check_read(&self, table: &str, column: &str, database: Option<&str>) -> Result<(), String> {
        let name = table.to_ascii_lowercase();
        let here = database.is_none_or(|database| database.eq_ignore_ascii_case("main"));
        // A part of the query itself is named only when none of its columns is used;
        // otherwise SQLite asks for what the part reads.
        let own = column.is_empty() && self.own.contains(&name);
        if here && (own || TABLE_FUNCTIONS.contains(&name.as_str()) || self.tables.contains(&name)) {
            return Ok(());
        }
        Err(format!("reading table {table} isn't allowed; {}", self.readable))
    }
}

/// Names that SQLite keeps for itself, or that show its inside as tables.
fn is_internal(name: &str) -> bool {
    ["sqlite_", "pragma_", "dbstat", "fts3", "fts4", "fts5", "rtree", "bytecode", "tables_used"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn action_name(action: i32) -> String {
    let name = match action {
        ffi::SQLITE_INSERT => "INSERT",
        ffi::SQLITE_UPDATE => "UPDATE",
        ffi::SQLITE_DELETE => "DELETE",
        ffi::SQLITE_ATTACH => "ATTACH or VACUUM",
        ffi::SQLITE_DETACH => "DETACH",
        ffi::SQLITE_PRAGMA => "PRAGMA",
        ffi::SQLITE_TRANSACTION | ffi::SQLITE_SAVEPOINT => "a transaction",
        ffi::SQLITE_ALTER_TABLE => "ALTER TABLE",
        ffi::SQLITE_ANALYZE => "ANALYZE",
        ffi::SQLITE_REINDEX => "REINDEX",
        ffi::SQLITE_CREATE_INDEX..=ffi::SQLITE_CREATE_VIEW | ffi::SQLITE_CREATE_VTABLE => "CREATE",
        ffi::SQLITE_DROP_INDEX..=ffi::SQLITE_DROP_VIEW | ffi::SQLITE_DROP_VTABLE => "DROP",
        other => return format!("SQLite's action {other}"),
    };
    name.to_owned()
}
