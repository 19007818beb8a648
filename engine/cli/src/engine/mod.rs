//! A running engine: `lariat up`, and those who talk to it.
//!
//! | part | does |
//! |---|---|
//! | [`resident`] | the engine from its start to its drain |
//! | [`reloader`] | from files that changed to what runs |
//! | [`live_scripts`] | scripts by generation, each with its last good one |
//! | [`live_plugins`] | plugins by generation |
//! | [`live_config`] | what of `lariat.yaml` changes live, and what needs a restart |
//! | [`overlay`] | lists as the running engine sees them, with what is stale |
//! | [`remote`] | a running engine, seen from another process |

pub mod live_config;
pub mod live_plugins;
pub mod live_scripts;
pub mod overlay;
pub mod reloader;
pub mod remote;
pub mod resident;
