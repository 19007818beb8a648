//! The conformance kit on each host: what every extension must do, and what a host must make
//! of one that misbehaves.
//!
//! | file | host |
//! |---|---|
//! | [`built_in`] | the engine's own: the pool types `file` and `sql`, `static` instances, doubles in Rust |
//! | [`lua`] | scripts |
//! | [`native`] | libraries, in the engine's process and in one of their own |
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // tests

mod built_in;
mod lua;
mod native;

use lariat_conformance::{Case, Verdict};

/// All of them are as they must be, but for those that can't be asked: exactly these.
pub fn well(cases: &[Case], cannot: &[&str]) {
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| match &case.verdict {
            Verdict::Failed(why) => Some(format!("{}: {why}", case.name)),
            _ => None,
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let not_asked: Vec<&str> = cases
        .iter()
        .filter(|case| matches!(case.verdict, Verdict::NotApplicable(_)))
        .map(|case| case.name)
        .collect();
    assert_eq!(not_asked, cannot);
}
