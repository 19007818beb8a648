//! The account table: what users import, and what the engine keeps current in it.
//!
//! | file | what it is |
//! |---|---|
//! | [`fields`] | an account's fields sorted into columns, secrets and metadata |
//! | [`import`] | takes accounts in |
//! | [`list`] | finds and counts them |
//! | `page` | finds them page by page, however many there are |
//! | [`reset`] | makes them available again |

mod fields;
mod import;
mod list;
mod page;
mod reset;

pub use lariat_core::records::{AccountCounts, AccountStatus, ImportAccount, ImportReport, PassedOver};

pub(crate) use import::{Chunk, import_chunk};
pub(crate) use reset::reset_accounts;
