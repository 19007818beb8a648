//! Backups of a store: made online, beside a running engine, and put in the place of a
//! damaged database.
//!
//! A backup is a database of its own (`state-20261125T041500.123Z.db`, mode 0600) that
//! was checked before it got its name. What happened after it was made isn't in it.
//!
//! | part | does |
//! |---|---|
//! | [`make`] | makes one |
//! | [`folder`] | the ones there are, and how many are kept |
//! | [`restore`] | puts one in the place of the database |

pub mod folder;
mod make;
mod restore;

pub use folder::Backup;
pub use make::{BackupReport, make};
pub(crate) use restore::refuse_half_restored;
pub use restore::{RestoreReport, is_half_restored, latest_good, restore};
