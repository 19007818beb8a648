//! The native host: extensions as dynamic libraries behind the C ABI of `sdk/abi`.
//!
//! ```text
//!   plugins/*/plugin.toml ─┐
//!   lariat.yaml: plugins ──┴▶ load: look, hash, check, copy, map, describe ──▶ Plugin
//!                                                                               │
//!   core's PoolType, Routine, Hook, InstanceProvider ◀── adapters ◀─────────────┘
//!                                          │ a question
//!                                          ▼
//!          call: open once, an operation each, deadline, cancel, abandon ──▶ the library
//!                host: complete, call, call_wait, cancelled ◀──────────────────┘
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`NativeHost`], [`NativeOptions`] | loads what there is, and again; what is kept of old generations |
//! | `load` | from a folder to a [`Plugin`]: nothing of it runs before it has been checked |
//! | `call` | one question: its deadline, what cancels it, what becomes of a late answer |
//! | `child` | a library in a process of its own |
//! | `host` | what a library may ask |
//! | `adapters` | extensions as what core knows |
//! | [`NativeError`] | why a plugin isn't loaded, in words |
//! | `secrets` | what must not be told |
//!
//! **What a library can't do to the engine.** An error, a panic that its SDK caught, an
//! answer that isn't what it should be, one that comes late, twice or never: each costs its
//! own call. What it can do: crash, in the engine's process, which ends the engine. In a child
//! a crash costs the calls that are under way, which are told as passing, so that accounts go
//! back uncounted; the child is started again, after pauses that grow, until it died too often.
//!
//! **Old generations.** A library is copied under a name of its own before it is mapped, so
//! that the original can be replaced. It is never unmapped: code that still runs, and
//! destructors of threads, would be gone under their feet. What is kept is told.

#![warn(missing_docs)]

mod adapters;
mod call;
mod child;
mod error;
mod host;
mod load;
mod native;
mod options;

pub use adapters::{DeclaredHook, DeclaredPoolType, DeclaredRoutine, NativeProvider};
#[cfg(feature = "test-support")]
pub use child::hostile;
pub use child::{Runner, run_child};
pub use error::NativeError;
pub use load::{Candidate, ExtensionInfo, ExtensionKind, ExtensionUsage, Found, Manifest, Plugin};
pub use load::{LibraryFault, examine, in_folder, of_library, sha256};
pub use native::{NativeHost, Retained};
pub use options::{Deadlines, NativeOptions, PluginSetting, Restarts};
