//! What a bot does with one account (or with none).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::limits::Calls;
use crate::outcome::Outcome;
use crate::params::ParamSpecs;

/// What a bot does with an account: a Lua script, a native plugin, or a built-in.
#[async_trait]
pub trait Routine: Send + Sync {
    /// What it says about itself.
    fn info(&self) -> &RoutineInfo;

    /// One run. Dropping the future stops the run within a second, whatever it does.
    ///
    /// # Errors
    /// When the routine raised an error or ran over its budget.
    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError>;

    /// What came of its calls so far, where they are counted.
    fn calls(&self) -> Option<Calls> {
        None
    }
}

/// What a routine says about itself.
#[derive(Debug, Clone, Default)]
pub struct RoutineInfo {
    /// The name that groups use.
    pub name: String,
    /// For people.
    pub description: String,
    /// Its parameters.
    pub params: ParamSpecs,
    /// PNG files in `scripts/templates/` it looks for on the screen, without `.png`.
    pub templates: Vec<String>,
    /// What it can't do without; `device` is not provided yet.
    pub needs: Vec<String>,
    /// The file it was read from.
    pub file: Option<PathBuf>,
}

/// Everything one run gets.
#[derive(Debug, Clone)]
pub struct RoutineRun {
    /// The account, when the group has a pool.
    pub account: Option<Arc<Account>>,
    /// The parameters, checked and with their defaults.
    pub params: Arc<Map<String, Value>>,
    /// Which launch this is.
    pub launch: LaunchId,
    /// Of which group.
    pub group: GroupName,
    /// On which instance.
    pub instance: InstanceId,
    /// The routine's generation.
    pub generation: u64,
    /// Asks the routine to come to an end; what it doesn't end in time is dropped.
    pub stopping: CancellationToken,
    /// Where it reports how far it is.
    pub progress: Progress,
}

/// Where a routine reports how far it is. Cheap to call and never blocking.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(f64, f64) + Send + Sync>);

impl Progress {
    /// Calls `report(current, total)` for each report.
    pub fn new(report: impl Fn(f64, f64) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Reports that `current` of `total` steps are done.
    pub fn report(&self, current: f64, total: f64) {
        (self.0)(current, total);
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// How a run broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutineError {
    /// The routine raised an error.
    #[error("{message}")]
    Raised {
        /// `file:line: what it said`.
        message: String,
        /// The calls that led there, one a line, if known.
        traceback: Option<String>,
    },
    /// It ran over a budget: time on the processor, memory, or output.
    #[error("{0}")]
    OverBudget(String),
    /// It took longer than `routine_timeout`.
    #[error("ran longer than its timeout of {:?}", .0)]
    TimedOut(Duration),
    /// The host that runs it isn't able to.
    #[error("{0}")]
    Host(String),
    /// The host or the device went away in the middle, through no fault of the run: its
    /// account is returned, nothing is counted, and the bot goes on.
    #[error("{0}")]
    HostLost(String),
}

impl RoutineError {
    /// The message with the traceback below it, as it is kept in the ledger.
    pub fn with_traceback(&self) -> String {
        match self {
            Self::Raised { message, traceback: Some(traceback) } => format!("{message}\n{traceback}"),
            other => other.to_string(),
        }
    }
}
