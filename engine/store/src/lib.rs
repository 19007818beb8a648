//! The ledger on SQLite: who holds which account, what became of it, and the table of
//! accounts itself, durable through `kill -9` and power loss.
//!
//! ```text
//!   bots ── lease, settle, renew ──▶ writer thread ─ one transaction a batch ──▶ state.db
//!                                        │ decides by its mirror of the leases      ▲
//!   lists, histories ────────────────────┴────────────── read-only connections ─────┘
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`Store`], [`StoreOptions`] | opens a database: lock, folder, schema, connections |
//! | `ledger`, `history`, `selection` | the [`Ledger`](lariat_core::ledger::Ledger) of a store |
//! | `writer` | the one thread that writes: group commit, and the mirror that decides |
//! | `kv` | the [`KeyValueStore`](lariat_core::kv::KeyValueStore) of a store |
//! | `records` | the [`Records`](lariat_core::records::Records) of a store |
//! | [`accounts`] | the account table: import, list, export, reset |
//! | [`attempts`] | what ran, when, and how it ended |
//! | [`backup`], [`check`] | online backups, the restoring of one, and whether a database is whole |
//! | [`sql`] | the `sql` pool type and its query guard |
//! | `vfs` | a commit goes into the log as one piece |
//! | `schema`, `migrations/` | the tables, by version |
//! | [`StoreError`] | what can go wrong, and what to do |

pub mod accounts;
pub mod attempts;
pub mod backup;
pub mod check;
mod connect;
mod error;
mod files;
mod history;
mod kv;
mod lease_row;
mod ledger;
mod lock;
mod options;
mod records;
mod schema;
mod selection;
pub mod sql;
mod store;
mod time;
mod vfs;
mod writer;

pub use error::StoreError;
pub use options::{Durability, StoreOptions};
pub use store::Store;
