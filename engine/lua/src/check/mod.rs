//! What `lariat routine check` and its siblings find by reading a script, without
//! running it.
//!
//! | file | finds |
//! |---|---|
//! | [`tokens`] | the words of a script, without comments and texts |
//! | [`habits`] | what other Luas have and Luau doesn't |
//! | [`words`], [`script`] | questions to the words; what the script is, and its functions |
//! | [`known`] | names that `ctx` and `lariat` don't have, globals that don't exist, a dot for a colon |
//! | [`calls`] | arguments that the engine doesn't take, fields that the plan hasn't, writes to what is frozen |
//! | [`module`] | modules that return nothing |
//! | [`params`] | parameters that aren't declared |
//! | [`returns`] | values that the engine doesn't take |
//! | [`mod@requires`] | modules that aren't there |
//! | [`mod@scan`] | all of them |

mod calls;
mod habits;
mod known;
mod module;
mod params;
mod requires;
mod returns;
mod scan;
mod script;
mod tokens;
mod words;

pub(crate) use habits::{global_hint, syntax_hint};
pub(crate) use scan::scan;
pub(crate) use tokens::Tokens;
