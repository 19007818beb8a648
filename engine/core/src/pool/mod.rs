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
//! | [`Pool`] | the instance and what it tells |
//! | `serving`, `leasing`, `settling` | its verbs; events and statistics follow the ledger's commit |
//! | [`Lease`] | the right to one account; consumed by its settlement |
//! | `Roster` | the accounts and their states, as a plain state machine without time or I/O |
//! | [`Places`] | how its accounts stand, and why one isn't served: for people |
//! | `members` | where it keeps them, found by id, small |
//! | `standing` | how an account stands, and the eight bytes that say so |
//! | `queue`, `bits` | the order of the accounts and which of them are ready |
//! | `renewing` | heartbeats of its leases; what happens when one is lost |
//! | `refresh` | fetches, merges, and does so by itself when an interval is set |
//! | `redefining` | takes another definition while bots work; drains when it is gone |
//! | `restore` | opens with what an earlier refresh selected |
//! | `uncertain` | what only the ledger knows, since an answer was lost or overtaken |
//! | `waiters` | first come, first served among bots for which nothing is ready |
//! | [`PoolManager`] | the mission's verbs over all pools of a workspace |

mod bits;
mod error;
mod lease;
mod leasing;
mod listing;
mod looking;
mod manager;
mod members;
mod merge;
mod queue;
mod redefining;
mod refresh;
mod renewing;
mod restore;
mod roster;
mod runtime;
mod serving;
mod settling;
mod standing;
mod stats;
mod uncertain;
mod waiters;

pub use error::PoolError;
pub use lease::{Lease, RunFacts};
pub use listing::{PoolListing, PoolState};
pub use looking::{AccountPlace, Place, PlaceKind, Places};
pub use manager::{PoolManager, PoolParts};
pub use redefining::Followed;
pub use refresh::RefreshReport;
pub use runtime::Pool;
pub use stats::{Counts, PoolStats};
