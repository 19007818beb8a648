//! The Lua host: runs extensions as scripts on Luau, sandboxed and on a budget.
//!
//! ```text
//!   scripts/{routines,pools,hooks,providers}/*.lua ── load ──▶ core's Routine, PoolType, …
//!                                          │ a job for each run
//!                                          ▼
//!                  vm: threads, a machine a tenant, a coroutine a run
//!                                          │ calls
//!                                          ▼
//!                  prelude.luau + api: `lariat`, `ctx`, `require`, `print`
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`LuaHost`], `loading` | loads and checks scripts, has the threads |
//! | `load` | from a file to an extension: source, bytecode, declaration |
//! | `routine`, `pool`, `hook`, `provider` | a script as what core knows |
//! | `script`, `work` | one question to a script: what it is given, what its answer means |
//! | `check` | what `lariat routine check` finds by reading |
//! | `vm` | machines, the threads they live on, one run from job to answer |
//! | `run`, `interrupt`, `ticker`, `cpu`, [`Budgets`] | what a run has used, and how it is stopped |
//! | `api`, `prelude.luau`, `names` | what scripts see |
//! | `api_description`, [`sdk`] | the same in words: what annotations, reference and checker are made from |
//! | `service`, `http`, `files`, `log`, `secrets` | what the host does for a run |
//! | `json`, `raised` | values and errors between Lua and the rest |
//! | [`duplicates`] | scripts that claim a name which another has |
//! | `testing`, [`TestFile`], [`junit`] | `lariat test`: the tests of scripts |
//! | [`Finding`], [`ScriptError`], [`LuaError`], [`templates_missing`] | what is wrong, in words |
//!
//! **How a script is stopped.** Luau calls the interrupt at every loop's end, call
//! and return. When a tick has passed, the interrupt looks what the run has used. A
//! run that had its slice yields to its siblings. A run that is over its budget, or
//! that nobody waits for any more, yields too, and is never resumed: no `pcall` can
//! hold what never comes back. Where Luau can't yield (in a comparison of
//! `table.sort`, a metamethod, a pattern) the interrupt raises instead, again and
//! again, until a frame is reached that can. Library functions that never look at the
//! interrupt get a guard in the prelude that keeps them short. Should one hold its
//! thread all the same, the thread is given up and another takes its place: that run is
//! over its budget, and the others of the thread are lost, for which nobody blames them.
//! What counts is the processor's time, not that of the clock: a run isn't to blame for
//! a machine that is overloaded or stops for a while.
//!
//! **What runs share.** Nothing that a script can change. A run has its own globals
//! and its own copy of its file's and modules' values. The runs of a group share a
//! machine on each thread, and with it 64 MiB: one that fills it may take the others
//! of its group along, never those of another group. So do the questions to one pool,
//! and the hooks around the launches of one group.

#![warn(missing_docs)]

mod api;
mod api_description;
mod budgets;
mod check;
mod cpu;
mod duplicates;
mod error;
mod files;
mod finding;
mod hook;
mod host;
mod http;
mod interrupt;
mod json;
mod kind;
mod load;
mod loading;
mod log;
mod names;
mod pool;
mod provider;
mod raised;
mod routine;
mod run;
mod script;
mod service;
mod templates;
mod testing;
mod ticker;
mod vm;
mod work;

pub use budgets::Budgets;
pub use duplicates::duplicates;
pub use error::LuaError;
pub use finding::{Finding, ScriptError, Severity};
pub use host::{LuaHost, LuaOptions};
pub use http::HttpPolicy;
pub use kind::ScriptKind;
pub use load::is_test;
pub use loading::{Loaded, LoadedScript};
pub use pool::{LuaPoolType, PoolLookup, PoolTypeInfo};
pub use provider::{LuaProvider, ProviderInfo};
pub use templates::templates_missing;
pub use testing::{TestFile, TestResult, junit};

/// What is generated from the description of the API.
pub mod sdk {
    pub use crate::api_description::{luals, luau, reference};
}
