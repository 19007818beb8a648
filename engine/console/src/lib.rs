//! What a running engine can be asked: one service, and its HTTP API.
//!
//! ```text
//!   lariat stop, scale, launch … ─▶ HTTP (server) ─┐
//!   the engine's own commands ────────────────────┴▶ Service ─▶ core's Orchestrator
//!                                                      └──────▶ Host: what only the program can
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`Service`] | every verb once, with its errors; whoever offers them calls this |
//! | [`Host`] | what the program around the engine does for it: reload, status, ending |
//! | [`server`] | the HTTP server: the API under `/api/v1/`, who may ask, events, the console |
//! | `pages` | the web console: the same verbs for people |
//! | [`EngineFile`] | `.lariat/engine.json`: where the running engine is, and its tokens |

#![warn(missing_docs)]

mod engine_file;
mod pages;
pub mod server;
mod service;

pub use engine_file::EngineFile;
pub use service::{
    AccountShown, Again, Answer, Asked, Code, Folders, FollowedPool, Following, GroupPool, GroupShown, Host,
    Imported, LaunchOrder, LogLines, LogPlace, LogSearch, MOST_ROWS, Page, PluginOrder, PoolDeleted,
    PoolDraft, PoolShown, Question, Reloaded, Retried, Reveal, Run, RunFilter, RunLog, RunShown,
    RunningLaunch, Saved, Service, ServiceError, Status, StopOrder, Watching,
};
