//! What ran, when, and how it ended.
//!
//! | part | does |
//! |---|---|
//! | `read` | a run as it is read |
//! | `page` | finds them page by page |
//! | `settled` | whether a run has settled its account already |
//! | `prune` | forgets the oldest ones, a few at a time |

mod page;
mod prune;
mod read;
mod settled;

pub(crate) use prune::{PruneStep, prune_step};
pub(crate) use settled::SettledRun;
