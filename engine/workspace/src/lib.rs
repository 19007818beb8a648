//! Definitions on disk: `lariat.yaml`, pools and groups as YAML; found, read, checked
//! and saved.
//!
//! ```text
//!   lariat.yaml ─▶ Workspace (root, WorkspaceConfig)
//!   pools/*.yaml, groups/*.yaml ─▶ Definitions ─▶ Catalog (immutable, by name)
//!                                      ▲ │
//!                         create, update, delete
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`workspace`] | the folder: how it is found, what lies where |
//! | [`config`] | `lariat.yaml` |
//! | [`definitions`] | pools and groups as files, with last-known-good and generations |
//! | [`yaml`] | YAML with places and people's words; the only one that knows serde_yaml |
//! | [`schema`] | JSON Schemas of every file |
//! | [`init`] | the files of a new workspace |
//! | [`watch`] | hears when files change, and tells what changed |
//! | [`rotating`] | files of lines that never grow too large |
//! | `save` | writing in one step, and keeping comments |
//! | [`hash`], `files` | contents told apart; folders read |
//! | [`error`] | what can go wrong |
//!
//! `examples/follow.rs` opens a workspace, watches it and says what each save makes of it.
#![warn(missing_docs)]

pub mod config;
pub mod definitions;
pub mod error;
mod files;
pub mod hash;
pub mod init;
pub mod rotating;
mod save;
pub mod schema;
pub mod watch;
pub mod workspace;
pub mod yaml;

pub use config::WorkspaceConfig;
pub use definitions::{Definitions, FileText, Saved, Seen, as_written, difference};
pub use error::WorkspaceError;
pub use watch::Watch;
pub use workspace::Workspace;
pub use yaml::FileError;
