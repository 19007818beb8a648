//! What ran, when, and how it ended.
//!
//! | part | does |
//! |---|---|
//! | [`AttemptRecord`] | the latest runs, as they are read |
//! | `settled` | whether a run has settled its account already |
//! | `prune` | forgets the oldest ones, a few at a time |

mod prune;
mod read;
mod settled;

pub(crate) use prune::{PruneStep, prune_step};
pub use read::AttemptRecord;
pub(crate) use settled::SettledRun;
