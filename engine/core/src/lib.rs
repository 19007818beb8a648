//! The domain of Lariat and its rules, free of any database, script, library or file.
//!
//! ```text
//!   definition ──▶ pool ◀── source (PoolType, AccountSource)
//!                   │ lease, settle
//!   launch ──▶ bot ─┤
//!     │ phases      │ runs
//!     ▼             ▼
//!   instance      routine            ledger: who holds what, durably
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`account`], [`secret`], [`masking`], [`ids`], [`duration`], [`outcome`] | the words of the domain as types |
//! | [`definition`] | pools and groups as users write them |
//! | [`source`], [`routine`], [`hook`], [`instance`] | the traits that extensions implement, with [`registry`], [`params`] and [`limits`] |
//! | [`ledger`], [`kv`], [`records`] | the traits that a store implements |
//! | [`pool`] | pools at work: lease, settle, refresh; the `PoolManager` |
//! | [`orchestrator`], [`launch`], [`bot`] | groups, their launches through the phases, their bots |
//! | [`event`], [`clock`] | what happens, and when |
//! | [`failpoint`] | the commits and outside effects by name, for tests to make them fail |
//! | `test_support` | with the feature `test-support`: the ledger's promises as a model, random stories |

// For tests of interleavings every lock, channel, task and clock here is shuttle's, but for
// the one kind of channel that shuttle has only half of.
#[cfg(feature = "interleavings")]
extern crate shuttle_parking_lot as parking_lot;
#[cfg(feature = "interleavings")]
extern crate shuttle_tokio as tokio;
extern crate tokio as plain_tokio;

pub mod account;
pub mod bot;
pub mod clock;
pub mod definition;
pub mod duration;
pub mod event;
pub mod failpoint;
pub mod hook;
pub mod ids;
pub mod instance;
pub mod kv;
pub mod launch;
pub mod ledger;
pub mod limits;
pub mod masking;
pub mod orchestrator;
pub mod outcome;
pub mod params;
pub mod pool;
pub mod records;
pub mod registry;
pub mod routine;
pub mod secret;
pub mod source;
#[cfg(feature = "test-support")]
pub mod test_support;
