//! Fuzz targets of everything that reads what others wrote. A target is a plain function of
//! bytes: it fails when a rule is broken, and gives a *sign*, a number for the way in which
//! the bytes were taken, by which the runner of `tests/run.rs` tells new behaviour from old.
//! `fuzz_targets/` hands the same functions to libFuzzer.
//!
//! | target | the rule |
//! |---|---|
//! | [`pool_yaml`], [`group_yaml`], [`workspace_yaml`] | what isn't accepted is told with its place; what is accepted can be written and reads the same |
//! | [`account_xml`], [`account_table`] | every record has an id, and no two the same |
//! | [`plugin_frames`] | each call of a plugin in a child has its first answer, or that the child is gone; the rest is counted |
//! | [`sdk_host`] | a plugin of the Rust SDK answers each call once, in JSON, whatever its host says |
//! | [`sql_guard`] | a query that is accepted changes no file, and doesn't depend on what it must not read |
#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod accounts;
mod frames;
pub mod run;
mod sdk_host;
mod sign;
mod sql;
mod yaml;

pub use accounts::{account_table, account_xml};
pub use frames::plugin_frames;
pub use sdk_host::sdk_host;
pub use sign::Sign;
pub use sql::sql_guard;
pub use yaml::{group_yaml, pool_yaml, workspace_yaml};

/// A target.
pub type Target = fn(&[u8]) -> Sign;

/// All targets: the name, and how many mutations are tried every day.
pub const TARGETS: [(&str, Target, u64); 8] = [
    ("pool_yaml", pool_yaml, 6_000),
    ("group_yaml", group_yaml, 6_000),
    ("workspace_yaml", workspace_yaml, 6_000),
    ("account_xml", account_xml, 15_000),
    ("account_table", account_table, 15_000),
    ("sql_guard", sql_guard, 600),
    ("plugin_frames", plugin_frames, 4_000),
    ("sdk_host", sdk_host, 6_000),
];
