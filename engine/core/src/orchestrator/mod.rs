//! The mission's orchestrator: groups, their pools, their launches.
//!
//! | part | holds |
//! |---|---|
//! | [`Orchestrator`] | the verbs |
//! | [`OrchestratorParts`] | what it is made of |
//! | [`OrchestratorError`] | why it couldn't do as asked |
//! | `Engine` | what launches share |
//! | `planning` | what a launch would do, told without doing it |
//! | [`FollowReport`] | what an engine makes of definitions that were edited |
//! | [`LiveSettings`] | settings that change while it runs |
//! | `view` | what the built-in hooks see of it |

mod engine;
mod error;
mod following;
mod groups;
mod launches;
mod live;
mod planning;
mod view;

pub use engine::{NoTemplates, OrchestratorParts, TemplateCheck};
pub use error::OrchestratorError;
pub use following::FollowReport;
pub use groups::{GroupListing, GroupState, Orchestrator};

pub use live::LiveSettings;

pub(crate) use engine::Engine;
