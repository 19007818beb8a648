//! Calls an extension without an engine, through the same C functions as the engine does.
//!
//! | part | what it is |
//! |---|---|
//! | [`pool`], [`routine`], [`hook`], [`provider`] | open one for a test |
//! | [`Opened`] | what is open: asks it, and tells what it asked of the host |
//! | [`Running`] | a question that is under way, to be stopped or cancelled |
//! | `given` | parameters, checked and completed as the engine does it |
//! | `host` | a host whose store is a map and whose clock never waits |
//! | [`manifest_is_current`] | writes and checks `plugin.toml` |

mod given;
mod host;
mod opened;
mod running;

use std::path::Path;

use serde_json::Value;

use crate::{Extension, Hook, Library, Opening, Pool, Provider, Result, Routine};

pub use host::LogLine;
pub use opened::Opened;
pub use running::Running;

/// Opens a pool with these parameters, which are checked and completed as the engine does it.
///
/// # Errors
/// When one isn't accepted, and as the pool's `open`.
pub fn pool<P: Pool>(params: Value) -> Result<Opened> {
    pool_in::<P>(params, Path::new("."))
}

/// The same in a workspace's folder.
///
/// # Errors
/// As the pool's `open`.
pub fn pool_in<P: Pool>(params: Value, workspace: &Path) -> Result<Opened> {
    let opening = Opening { pool: "test".into(), workspace: workspace.to_owned(), instances: Vec::new() };
    Opened::new(Extension::pool::<P>(), params, &opening)
}

/// A routine.
///
/// # Errors
/// When its `default` panics.
pub fn routine<R: Routine>() -> Result<Opened> {
    Opened::new(Extension::routine::<R>(), Value::Null, &Opening::default())
}

/// A hook.
///
/// # Errors
/// When its `default` panics.
pub fn hook<H: Hook>() -> Result<Opened> {
    Opened::new(Extension::hook::<H>(), Value::Null, &Opening::default())
}

/// A provider of these instances, with parameters as a [`pool`]'s.
///
/// # Errors
/// When a parameter isn't accepted, and as the provider's `open`.
pub fn provider<P: Provider>(params: Value, instances: &[u32]) -> Result<Opened> {
    let opening = Opening { instances: instances.to_vec(), ..Opening::default() };
    Opened::new(Extension::provider::<P>(), params, &opening)
}

/// Whether the `plugin.toml` at `path` says what the plugin says; with `UPDATE_MANIFEST` in the
/// environment it is written first. `library` is the file that the build makes, such as
/// `liblariat_csv.so`.
///
/// # Errors
/// When it is missing or says something else.
pub fn manifest_is_current<L: Library>(path: impl AsRef<Path>, library: &str) -> Result<()> {
    let (path, now) = (path.as_ref(), crate::manifest::manifest::<L>(library));
    if std::env::var_os("UPDATE_MANIFEST").is_some() {
        std::fs::write(path, &now)?;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept == now {
        return Ok(());
    }
    Err(crate::Error::failed(format!(
        "{} isn't what the plugin says; run UPDATE_MANIFEST=1 cargo test. It says:\n{now}",
        path.display()
    )))
}
