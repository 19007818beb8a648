//! From a file to an extension that can run.
//!
//! ```text
//!   source ──▶ code (bytecode, made here and never read from a file)
//!                │  with the library: scripts/lib/ at that moment
//!                ▼
//!             describe: evaluated once in a sandbox ──▶ declaration ──▶ its info, findings
//! ```

mod code;
mod declaration;
mod describe;
mod library;
mod module;
mod source;

pub(crate) use code::{Code, compiler};
pub(crate) use declaration::Declared;
pub(crate) use describe::{Described, compile, describe};
pub(crate) use library::Library;
pub(crate) use module::Module;
pub use source::is_test;
pub(crate) use source::{Source, display, files_below, tests_below};
