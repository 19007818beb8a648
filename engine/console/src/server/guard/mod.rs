//! What keeps the engine well, whatever is asked of it.
//!
//! | part | does |
//! |---|---|
//! | [`Audit`] | who did what, when, from where, and what came of it |
//! | `rate` | how often somebody may ask |
//! | `once` | `Idempotency-Key`: a launch that is ordered twice begins once |

mod audit;
pub(super) mod once;
pub(super) mod rate;

pub use audit::Audit;
pub(super) use audit::record;
