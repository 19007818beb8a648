//! What `lariat routine check` finds by reading a script, without running it.
//!
//! | file | finds |
//! |---|---|
//! | [`tokens`] | the words of a script, without comments and texts |
//! | [`habits`] | what other Luas have and Luau doesn't |
//! | [`mod@scan`] | unknown names in `ctx` and `lariat`, globals that don't exist |

mod habits;
mod scan;
mod tokens;

pub(crate) use habits::{global_hint, syntax_hint};
pub(crate) use scan::scan;
pub(crate) use tokens::Tokens;
