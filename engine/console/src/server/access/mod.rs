//! Who may ask, and for what.
//!
//! | part | does |
//! |---|---|
//! | [`Identity`] | who asks, as handlers and pages see it |
//! | [`Keys`] | what is known of tokens, links and sessions |
//! | `sessions` | one-time links, and the sessions that they become |
//! | `check` | the middleware that finds out who asks |
//! | `login` | `/login` and `/logout`: from a link to a cookie |
//! | `Until` | until when a stream goes on |
//! | `links` | `/api/v1/links`, `/api/v1/identity` |

pub(super) mod check;
mod identity;
mod keys;
pub(super) mod links;
pub(super) mod login;
mod sessions;
mod until;

pub(crate) use check::reveals;
pub use identity::{Access, Identity};
pub use keys::Keys;
pub(crate) use until::Until;
