//! A running engine: `lariat up`, and those who talk to it.
//!
//! | part | does |
//! |---|---|
//! | [`resident`] | the engine from its start to its drain |
//! | [`listening`] | where it listens, and its tokens |
//! | [`manager`] | what the manager of services hears |
//! | [`reloader`] | from files that changed to what runs |
//! | [`live_scripts`] | scripts by generation, each with its last good one |
//! | [`live_plugins`] | plugins by generation |
//! | [`live_instances`] | what bots run on |
//! | [`registries`] | where scripts and plugins are put, by kind |
//! | [`live_config`] | what of `lariat.yaml` changes live, and what needs a restart |
//! | [`overlay`] | lists as the running engine sees them, with what is stale |
//! | [`asked`] | who does what a command asks for: the running engine, or this process |
//! | [`remote`] | a running engine, seen from another process |

pub mod asked;
pub mod listening;
pub mod live_config;
pub mod live_instances;
pub mod live_plugins;
pub mod live_scripts;
pub mod manager;
pub mod overlay;
pub mod registries;
pub mod reloader;
pub mod remote;
pub mod resident;
