//! A pool at work: a definition opened into something that leases accounts.
//!
//! ```text
//!   bot ──lease──▶ Pool ──▶ Roster (who is ready, resting, leased, done; in order)
//!                   │         ▲ merge
//!                   │         └──── refresh ◀── AccountSource
//!                   └──▶ Ledger (durable, decides)
//! ```
//!
//! | part | holds |
//! |---|---|
//! | [`Pool`] | lease, settle, close; events and statistics after the ledger's commit |
//! | [`Lease`] | the right to one account; consumed by its settlement |
//! | `Roster` | the accounts and their states, as a plain state machine without time or I/O |
//! | `refresh` | fetches, merges, and does so by itself when an interval is set |
//! | `waiters` | first come, first served among bots for which nothing is ready |
//! | [`PoolManager`] | the mission's verbs over all pools of a workspace |

mod lease;
mod manager;
mod merge;
mod order;
mod refresh;
mod roster;
mod runtime;
mod stats;
mod waiters;

pub use lease::{Lease, RunFacts};
pub use manager::{PoolListing, PoolManager, PoolParts, PoolState};
pub use refresh::RefreshReport;
pub use runtime::{Pool, PoolError};
pub use stats::{Counts, PoolStats};
