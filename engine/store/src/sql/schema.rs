//! What a database holds, as far as the guard needs to know it.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::sql::failure::Failure;

/// The table of accounts.
pub(super) const ACCOUNTS: &str = "accounts";
/// The table of their secrets; in the store only.
pub(super) const SECRETS: &str = "account_secrets";

/// Tables and views of one database at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    /// Whether this is the store, of which a query may read the accounts only.
    store: bool,
    objects: Vec<Object>,
}

#[derive(Debug, Clone)]
struct Object {
    name: String,
    kind: String,
}

impl Schema {
    /// Reads it.
    pub(super) async fn read(connection: &mut SqliteConnection, store: bool) -> Result<Self, Failure> {
        // A virtual table has no page of its own.
        let objects: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, CASE WHEN type = 'table' AND rootpage = 0 THEN 'virtual' ELSE type END \
             FROM sqlite_schema WHERE type IN ('table', 'view')",
        )
        .fetch_all(connection)
        .await?;
        let objects: Vec<_> = objects.into_iter().map(|(name, kind)| Object { name, kind }).collect();
        // A store stays one under whatever name it's reached.
        let store = store || objects.iter().any(|object| object.name.eq_ignore_ascii_case(SECRETS));
        Ok(Self { store, objects })
    }

    /// Whether something has that name, in whatever case.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.objects.iter().any(|object| object.name.eq_ignore_ascii_case(name))
    }

    /// What a pool's query may read. A view is listed with them: what it reads is
    /// checked on its own.
    pub(super) fn readable(&self) -> impl Iterator<Item = &str> {
        self.objects
            .iter()
            .filter(|object| match object.kind.as_str() {
                "view" => true,
                "table" if self.store => object.name.eq_ignore_ascii_case(ACCOUNTS),
                kind => kind == "table" && !object.name.to_ascii_lowercase().starts_with("sqlite_"),
            })
            .map(|object| object.name.as_str())
    }

    /// What may be read, in words.
    pub(super) fn told(&self) -> String {
        let names: BTreeSet<&str> = self.readable().collect();
        let names: Vec<&str> = names.into_iter().collect();
        let whose = if self.store { "a query over the store" } else { "a query over this database" };
        match names.as_slice() {
            [] => format!("{whose} finds no table that it may read"),
            names => format!("{whose} may read {}", names.join(", ")),
        }
    }

    /// The columns of the account table, in their order.
    pub(super) async fn account_columns(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<String>, Failure> {
        if !self.holds(ACCOUNTS) {
            return Err(Failure::Query(
                "the database has no table accounts; use `select` to query another table".to_owned(),
            ));
        }
        let columns = sqlx::query_scalar("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1")
            .bind(ACCOUNTS)
            .fetch_all(connection)
            .await?;
        Ok(columns)
    }
}
