//! Native plugins for Lariat in Rust. Each kind of extension is one trait:
//!
//! ```
//! use lariat_sdk::{Account, Context, Opening, Pool, Result};
//!
//! /// What a pool's `config:` holds; doc comments become descriptions.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Config {
//!     /// How many accounts.
//!     count: u32,
//! }
//!
//! struct Numbered(u32);
//!
//! impl Pool for Numbered {
//!     const NAME: &'static str = "numbered";
//!     type Params = Config;
//!
//!     fn open(params: Config, _: &Opening) -> Result<Self> {
//!         Ok(Self(params.count))
//!     }
//!
//!     async fn fetch(&self, _: &Context) -> Result<Vec<Account>> {
//!         Ok((0..self.0).map(|n| Account::new(format!("n{n}"))).collect())
//!     }
//! }
//!
//! lariat_sdk::export! { id: "numbered", description: "Accounts by number", pools: [Numbered] }
//!
//! # fn main() {
//! let pool = lariat_sdk::testing::pool::<Numbered>(serde_json::json!({"count": 2})).unwrap();
//! assert_eq!(pool.fetch().unwrap().len(), 2);
//! # }
//! ```
//!
//! A plugin is a crate with `crate-type = ["cdylib", "rlib"]`, which depends on `lariat-sdk`,
//! `serde` and `schemars`, and a `plugin.toml`, which [`testing::manifest_is_current`] writes
//! and checks.
//!
//! **Sync or async.** Methods are `async fn`. One that never waits is simply written so; one
//! that blocks may, since the engine calls from a thread that may be blocked. One that awaits
//! is dropped at its next await when nobody waits for it any more; one that blocks looks at
//! [`Context::stopping`]. Libraries that want tokio get a runtime with the feature `tokio`.
//!
//! | part | what it is |
//! |---|---|
//! | [`Pool`], [`Routine`], [`Hook`], [`Provider`] | the traits |
//! | [`export!`] | the library's entry |
//! | [`Params`], [`WorkspacePath`], [`Seconds`] | parameters of an extension |
//! | [`Account`], [`Claim`], [`Outcome`], [`Verdict`], [`State`] | what is handed over |
//! | [`Context`] | what an extension may ask the engine |
//! | [`Error`], [`Result`] | what went wrong |
//! | [`testing`] | calls an extension without an engine |
//! | `entry`, `host`, `extension`, `operation` | behind `export!`: C on one side, traits on the other |
//! | `blocking` | work that blocks, on a thread of its own |
//! | `manifest` | `plugin.toml` |
//! | `trace` | the `tracing` crate's events to the engine |

// So that `export!` and derives work in this crate's own tests and docs.
extern crate self as lariat_sdk;

mod account;
mod answers;
mod blocking;
mod context;
mod entry;
mod error;
mod export;
mod extension;
mod hook;
mod host;
mod manifest;
mod operation;
mod params;
mod pool;
mod provider;
mod routine;
pub mod testing;
#[cfg(feature = "tracing")]
mod trace;

pub use account::Account;
pub use answers::{Claim, Outcome, State, Verdict};
pub use context::{Context, Level};
pub use error::{Error, Result};
pub use extension::{Extension, Kind, Library, Opening};
pub use hook::{Hook, HookCall};
pub use params::{NoParams, Params, Seconds, WorkspacePath};
pub use pool::Pool;
pub use provider::Provider;
pub use routine::{Routine, Run};
pub use schemars::{self, JsonSchema};
pub use serde_json::{self, Map, Value, json};

/// What `export!` writes; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::entry::table;
    pub use lariat_abi::{
        LARIAT_CAN_CONCURRENT, LARIAT_KIND_HOOK, LARIAT_KIND_POOL, LARIAT_KIND_PROVIDER, LARIAT_KIND_ROUTINE,
        LariatDescriptor, LariatPlugin,
    };
}
