//! What a user writes: pools and groups, as plain data with its rules.
//!
//! | part | holds |
//! |---|---|
//! | [`pool`] | a pool's definition and its `pool_config` |
//! | [`query`] | the query of an `sql` pool: raw, or filters and sorts |
//! | [`group`] | a group's definition |
//! | [`options`] | how a launch goes: defaults, layers, policies |
//! | [`catalog`] | all definitions of a workspace at one moment, and the trait that stores them |
//! | [`memory`] | a store of definitions without files |
//! | [`problem`] | something wrong at one place of a definition |
//!
//! How these look as YAML is `lariat-workspace`'s business.

pub mod catalog;
pub mod group;
pub mod memory;
pub mod options;
pub mod pool;
pub mod problem;
pub mod query;

pub use catalog::{Broken, Catalog, Defined, DefinitionError, DefinitionStore, Stale};
pub use group::{GroupDefinition, ReloadPolicy};
pub use memory::MemoryDefinitions;
pub use options::{ConflictPolicy, LaunchOptions, LaunchSettings, RefreshPolicy, RestartPolicy};
pub use pool::{PoolConfig, PoolDefinition, SortMethod};
pub use problem::Problem;
pub use query::{Direction, Filter, Operator, Parameter, ParameterType, QueryDefinition, Sort};
