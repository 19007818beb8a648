//! Extensions of a plugin as what core knows.
//!
//! | file | adapter |
//! |---|---|
//! | [`pool`], [`accounts`] | `PoolType` and `AccountSource`; accounts out of an answer |
//! | [`answer`] | what a library answered, read |
//! | [`declared`] | the same of a library that isn't loaded yet |
//! | [`routine`] | `Routine` |
//! | [`hook`] | `Hook` |
//! | [`provider`] | `InstanceProvider`, once it is told which instances |

mod accounts;
mod answer;
mod declared;
mod hook;
mod pool;
mod provider;
mod routine;

pub use declared::{DeclaredHook, DeclaredPoolType, DeclaredRoutine};
pub(crate) use hook::NativeHook;
pub(crate) use pool::NativePoolType;
pub use provider::NativeProvider;
pub(crate) use routine::NativeRoutine;
