//! What an engine can be asked: one service, its HTTP API and its web console.
//!
//! ```text
//!   lariat …, beside a running engine ─▶ HTTP (server) ─┐
//!   lariat …, without one ──────────────────────────────┴▶ Service ─▶ core's Orchestrator
//!                                                            ├──────▶ Keeper: what the program keeps
//!                                                            └──────▶ Host: what only one that stays up can
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`Service`] | every verb once, with its errors; whoever offers them calls this |
//! | [`Keeper`] | what the program around it keeps: definitions, accounts, logs |
//! | [`Host`] | what only an engine that stays up can do: reload, plugins, ending |
//! | [`NotUp`] | the host where none stays up |
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
    AccountShown, Again, Answer, Asked, Backup, Checked, Code, Exported, Extension, Folder, Folders,
    FollowedPool, Following, GroupPool, GroupShown, HooksListed, Host, Imported, Keeper, LaunchOrder,
    LogLines, LogPlace, LogSearch, MOST_ROWS, NO_ENGINE, NotUp, Page, PlaceIn, PluginOrder, PoolDeleted,
    PoolDraft, PoolPlaces, PoolShown, ProviderListed, Question, Reloaded, Retried, Reveal, RoutineListed,
    Run, RunFilter, RunLog, RunShown, RunningLaunch, Saved, Script, Service, ServiceError, Standing, Status,
    StopOrder, Watching,
};
