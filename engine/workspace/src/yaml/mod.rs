//! YAML, and the only place that knows serde_yaml.
//!
//! ```text
//!   bytes ─ text ─▶ text ─┬─ build (saphyr-parser) ─▶ tree: where each key stands
//!                         └─ serde_yaml ─▶ values ─ strict ─▶ T, or words with places
//! ```
//!
//! | part | does |
//! |---|---|
//! | [`document`] | a file read: values, definition, places |
//! | [`error`] | [`FileError`]: `file:line:column: key.path: message` |
//! | `text` | size, encoding, control characters |
//! | `build`, `tree` | the tree of places, within limits |
//! | `refuse` | tags, merge keys, duplicate keys, numbers that would become others |
//! | `strict` | hands values to serde |
//! | `syntax`, `words` | the parser's and serde's complaints in people's words |
//! | `render` | values as YAML |
//!
//! ```
//! use std::path::Path;
//! use lariat_core::definition::GroupDefinition;
//! use lariat_workspace::yaml;
//!
//! let text = "name: G\nroutine: R\ninstances: [0]\nbot_cout: 1\n";
//! let errors = yaml::parse::<GroupDefinition>(text, Path::new("groups/g.yaml")).unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "groups/g.yaml:4:1: bot_cout: unknown key `bot_cout`; did you mean `bot_count`?",
//! );
//! ```

mod build;
pub mod document;
pub mod error;
mod refuse;
pub(crate) mod render;
mod strict;
mod syntax;
mod text;
pub(crate) mod tree;
mod words;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use document::Document;
pub use error::FileError;
pub use render::to_string;
pub use text::MAX_BYTES;

/// Reads a definition from a text; `file` is for messages.
///
/// # Errors
/// All that is wrong, in the order of the file, as far as one mistake doesn't hide
/// another.
pub fn parse<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T, Vec<FileError>> {
    Document::from_text(text, file).map_err(|error| vec![error])?.to()
}
