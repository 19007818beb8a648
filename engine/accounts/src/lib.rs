//! Account files: what XML, CSV and JSON files say about accounts, taken into the
//! account table, written out again, or served as they lie in a folder.
//!
//! ```text
//!   file ──▶ text ──▶ xml │ csv │ json ──▶ Record ──▶ import ──▶ account table
//!    ▲                        │                └────▶ file_pool ──▶ pool
//!   scan (folders, links)   typed
//!                                  Account ──▶ export ──▶ text
//! ```
//!
//! | part | what it does |
//! |---|---|
//! | [`xml`] | reads account XML: fragments, and Android's shared preferences |
//! | [`csv`], [`json`] | read tables of accounts: a header and rows, an array, an object a line |
//! | [`record`] | what all three readers give |
//! | [`typed`] | which text is a number, a truth value, nothing, or just text |
//! | [`packs`] | the pack count, from a field or a file's name |
//! | [`import`] | reads files and folders, skips the bad ones and says why; tells cheaply whether anything changed |
//! | [`export`] | writes accounts, secrets masked unless asked |
//! | [`file_pool`] | the pool type `file` |
//! | [`error`], [`place`] | what can be wrong with a file, and where |
//! | `scan`, `stamp`, `path`, `text`, `parallel` | folders, file versions, paths, decoding, threads |
//!
//! Files are hostile until proven otherwise: sizes, depths and counts are capped, a
//! DOCTYPE is refused, links that lead out of a folder aren't followed, and messages
//! never quote a file's values, which may be secrets.

#![warn(missing_docs)]

pub mod csv;
pub mod error;
pub mod export;
pub mod file_pool;
pub mod import;
pub mod json;
pub mod packs;
mod parallel;
mod path;
pub mod place;
pub mod record;
mod scan;
mod stamp;
mod text;
pub mod typed;
pub mod xml;

pub use error::{AccountError, Fault, FileProblem};
pub use export::Format;
pub use file_pool::FilePoolType;
pub use import::{ImportSet, ImportedAccount, fingerprint, read_paths};
pub use place::Place;
pub use record::{Record, Records};
