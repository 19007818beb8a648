//! From a folder to a plugin.
//!
//! | file | step |
//! |---|---|
//! | [`discover`] | what there is in `plugins/` and `lariat.yaml` |
//! | [`manifest`], [`info`] | `plugin.toml`, and what both it and `describe` say of extensions |
//! | [`elf`] | whether a file is a library for this machine, without loading it |
//! | [`examine`], [`search`] | what would keep it from being loaded, without loading it; where the system looks |
//! | [`copy`] | its hash, and the copy that is mapped |
//! | [`library`] | maps it, checks its descriptor and tables, asks what it offers |
//! | [`limits`] | what it and its extensions may use |
//! | [`plugin`] | what came of it |
//! | [`usage`] | how often its extensions were asked, and how long they took |

mod copy;
mod discover;
mod elf;
mod examine;
mod info;
mod library;
mod limits;
mod manifest;
mod plugin;
mod search;
mod usage;

pub(crate) use copy::fingerprint;
pub use copy::sha256;
pub(crate) use discover::discover;
pub use discover::{Candidate, Found, in_folder, of_library};
pub use examine::{LibraryFault, examine};
pub(crate) use info::resolve;
pub use info::{ExtensionInfo, ExtensionKind};
pub(crate) use library::{Library, Raw, said};
pub(crate) use limits::{Budget, Budgets, of_extensions, of_process};
pub use manifest::Manifest;
pub(crate) use manifest::{ID, is_id};
pub use plugin::Plugin;
pub(crate) use plugin::{Permits, PluginInfo};
pub use usage::ExtensionUsage;
