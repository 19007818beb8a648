//! What happens, told to those who listen.
//!
//! | part | does |
//! |---|---|
//! | [`History`] | the last events, in a ring that all listeners read from |
//! | `wanted` | which events somebody wants |
//! | `stream` | `/api/v1/events`: server-sent events |

mod history;
pub(super) mod stream;
mod wanted;

pub use history::{Found, History};
pub(super) use wanted::Wanted;
