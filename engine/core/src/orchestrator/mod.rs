//! The mission's orchestrator: groups, their pools, their launches.
//!
//! | part | holds |
//! |---|---|
//! | [`Orchestrator`] | the verbs |
//! | [`OrchestratorParts`] | what it is made of |
//! | [`OrchestratorError`] | why it couldn't do as asked |
//! | `Engine` | what launches share |
//! | `planning` | what a launch would do, told without doing it |
//! | `view` | what the built-in hooks see of it |

mod engine;
mod error;
mod groups;
mod launches;
mod planning;
mod view;

pub use engine::{NoTemplates, OrchestratorParts, TemplateCheck};
pub use error::OrchestratorError;
pub use groups::{GroupListing, Orchestrator};

pub(crate) use engine::Engine;
