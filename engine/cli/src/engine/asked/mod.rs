//! Who does what a command asks for: the engine that runs in the workspace, through its API, or
//! this process, with the same service.
//!
//! | part | verbs over |
//! |---|---|
//! | `pools` | pools |
//! | `groups` | groups' definitions |
//! | `accounts` | the account table |

mod accounts;
mod groups;
mod pools;

pub use accounts::shown;

use super::remote::Remote;
use crate::app::{Access, App};
use crate::args::Global;
use crate::exit::{CliError, CliResult};
use crate::home::find;

/// Who does what a command asks for.
pub enum Asked {
    /// The engine that runs in the workspace.
    Engine(Remote),
    /// This process: none runs.
    Here(Box<App>),
}

impl Asked {
    /// The engine that runs; else this process, with its store opened so.
    async fn open(global: &Global, access: Access) -> Result<Self, CliError> {
        match Remote::find(&find(global)?).await {
            Ok(Some(engine)) => Ok(Self::Engine(engine)),
            _ => Ok(Self::Here(Box::new(App::open_for_pools(global, access).await?))),
        }
    }

    async fn close(self) {
        if let Self::Here(app) = self {
            app.close().await;
        }
    }
}

/// Runs a command's part on whoever does it, and closes what was opened for that.
pub async fn ask(
    global: &Global,
    access: Access,
    command: impl AsyncFnOnce(&Asked) -> CliResult,
) -> CliResult {
    let asked = Asked::open(global, access).await?;
    let outcome = command(&asked).await;
    asked.close().await;
    outcome
}
