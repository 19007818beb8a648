//! The account table: what users import, and what the engine keeps current in it.
//!
//! | file | what it is |
//! |---|---|
//! | [`fields`] | an account's fields sorted into columns, secrets and metadata |
//! | [`import`] | takes accounts in |
//! | [`list`] | finds and counts them |
//! | [`reset`] | makes them available again |

mod fields;
mod import;
mod list;
mod reset;

pub use import::{ImportAccount, ImportReport, PassedOver};
pub use list::{AccountCounts, AccountFilter};
pub use status::AccountStatus;

pub(crate) use import::{Chunk, import_chunk};
pub(crate) use reset::reset_accounts;

mod status;
