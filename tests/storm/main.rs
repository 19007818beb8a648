//! The real binary in a storm: killed at random moments, and cut off from a disk that
//! loses what wasn't synced. What it said is the measure: zero acknowledged outcomes lost,
//! zero doubled, zero accounts held twice at one time, and a database that is whole.
//!
//! | file | shows |
//! |---|---|
//! | [`kill`] | SIGKILL, again and again; `LARIAT_CRASH_ROUNDS=10000` for a long storm |
//! | [`power`] | power loss at any moment; `LARIAT_POWER_CUTS=1000` for more moments |
//! | [`disk`], `lossy.c` | records what the program writes, syncs and says, and rebuilds what a disk may hold after a cut |
//! | [`heard`] | what the program has acknowledged, and what follows from it |
//! | [`look`] | what the database says |
//!
//! `SEED=…` chooses the same moments again; when exactly a process dies is the machine's choice.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)] // tests
#![cfg(target_os = "linux")]

#[path = "../e2e/bench.rs"]
#[allow(dead_code)]
mod bench;
mod disk;
mod heard;
mod kill;
mod look;
mod power;
