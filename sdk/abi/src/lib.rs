//! The C ABI between Lariat and its native plugins: `#[repr(C)]` types and constants, no
//! dependency. `sdk/c/include/lariat.h` is generated from here; what the payloads hold is
//! in `sdk/README.md`.
//!
//! ```text
//!   lariat_plugin() ──▶ LariatDescriptor ──▶ LariatPlugin   describe open call cancel close free
//!                                                  │ ▲
//!                            payloads: UTF-8 JSON  ▼ │
//!                                            LariatHost     complete call call_wait cancelled
//! ```
//!
//! | part | what it is |
//! |---|---|
//! | [`bytes`] | [`LariatBytes`]: a text or payload as pointer and length |
//! | [`constants`] | the ABI's version, status codes, kinds, capabilities |
//! | [`descriptor`] | [`LariatDescriptor`]: what a library says of itself before anything is called |
//! | [`plugin`] | [`LariatPlugin`]: what the host calls |
//! | [`host`] | [`LariatHost`]: what a plugin calls |
//!
//! **Growth.** Within a major, structs only grow at their end. Each begins with its size
//! (the descriptor has it behind its magic and version, which stay where they are in all
//! majors), so that whoever reads one knows what the other side's release didn't have:
//! the `read` functions give it as absent.

pub mod bytes;
pub mod constants;
pub mod descriptor;
pub mod host;
pub mod plugin;

pub use bytes::LariatBytes;
pub use constants::*;
pub use descriptor::{LariatDescriptor, LariatEntry};
pub use host::{LariatHost, LariatSink};
pub use plugin::LariatPlugin;
