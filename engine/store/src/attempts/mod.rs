//! What ran, when, and how it ended.
//!
//! | part | does |
//! |---|---|
//! | [`AttemptRecord`] | the latest runs, as they are read |
//! | `page` | finds them page by page |
//! | `settled` | whether a run has settled its account already |
//! | `prune` | forgets the oldest ones, a few at a time |

mod page;
mod prune;
mod read;
mod settled;

pub use lariat_core::records::AttemptRecord;
pub(crate) use prune::{PruneStep, prune_step};
pub(crate) use settled::SettledRun;
