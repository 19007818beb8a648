//! A bot: leases an account, runs the routine, settles, and goes on.
//!
//! | part | holds |
//! |---|---|
//! | [`Bot`] | the loop |
//! | [`BotStatus`] | how it stands |
//! | `attempt` | one run of the routine, stopped and timed |
//! | `backoff` | the growing pause before a restart |

mod attempt;
mod backoff;
mod status;
mod work;

pub use status::BotStatus;
pub use work::Bot;
