//! Scripts as pool types.
//!
//! | file | holds |
//! |---|---|
//! | [`kind`] | [`LuaPoolType`]: the type, which checks a definition's `config` and opens it |
//! | [`source`] | the open source: `fetch`, `claim`, `settle` |
//! | [`lookup`] | [`PoolLookup`]: how a script reads the accounts of other pools |

mod kind;
mod lookup;
mod source;

pub use kind::{LuaPoolType, PoolTypeInfo};
pub use lookup::PoolLookup;
pub(crate) use lookup::within;
pub(crate) use source::Fetched;
