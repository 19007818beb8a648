//! The `sql` pool type, and the guard that stands between a pool's query and the
//! database it reads.
//!
//! ```text
//!   definition ──▶ plan ──▶ session ──▶ rows ──▶ selection
//!     select: select, tokens, placeholders │        ▲ secrets (store only)
//!     filters: builder, conditions         ▼        │
//!                               authorizer: one SQLite statement,
//!                               under rules, limits and a watch
//! ```
//!
//! | layer of the guard | stops |
//! |---|---|
//! | `tokens`, `select` (`dialect`): the text, parsed | anything but one SELECT: a second statement, DELETE in a WITH, SELECT INTO, PRAGMA, deep nesting |
//! | `session`: a read-only connection, `query_only` | every write to the database itself |
//! | `rules`, `functions` through `authorizer`: denied unless listed | other tables, SQLite's inside, ATTACH, VACUUM INTO, PRAGMA as a table, load_extension, virtual tables |
//! | `limits`: SQLite's own | values of gigabytes, huge programs and patterns |
//! | `watch`, `spill`: looked at every few thousand instructions | endless recursion and joins, a fetch that nobody waits for, temporary files that fill the disk |
//! | `rows` | more rows or bytes than a pool can hold |
//!
//! The rest: `database` names what can be read, `schema` what it holds;
//! `order` takes the order off a query over the accounts, `keys` sorts them instead;
//! `placeholders` and `bind` see to a query's values, `columns`, `json` and
//! `passed_over` to its rows; `place` and `failure` to what is told when it
//! goes wrong; `pool_type` and `source` are the two traits of the core.

mod authorizer;
#[cfg(test)]
mod authorizer_alone;
mod bind;
mod builder;
mod columns;
mod conditions;
mod database;
mod dialect;
mod failure;
mod functions;
mod json;
mod keys;
mod limits;
mod order;
mod passed_over;
mod place;
mod placeholders;
mod plan;
mod pool_type;
mod rows;
mod rules;
mod schema;
mod secrets;
mod select;
mod session;
mod source;
mod spill;
mod tokens;
mod watch;

pub use builder::generated_sql;
pub use database::{DatabaseRef, MAIN};
pub use limits::GuardLimits;
pub use pool_type::SqlPoolType;
