//! What a hook is asked, and the trait it implements.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{HookBand, HookErrorPolicy, HookPoint, Verdict};
use crate::duration::Span;
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::launch::{DraftPlan, LaunchFailure, LaunchReport, Phase};
use crate::limits::Calls;
use crate::params::ParamSpecs;

/// How long a hook may take that doesn't say so itself.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// An extension's code around the phases of a launch: built in, a Lua script or a
/// native plugin.
#[async_trait]
pub trait Hook: Send + Sync {
    /// What it says about itself.
    fn info(&self) -> &HookInfo;

    /// One answer. Dropping the future (at its timeout) stops it within a second.
    ///
    /// # Errors
    /// When it broke; its `on_error` policy decides what that means.
    async fn run(&self, call: HookCall) -> Result<Verdict, HookError>;

    /// What came of its calls so far, where they are counted.
    fn calls(&self) -> Option<Calls> {
        None
    }
}

/// What a hook says about itself; settings in `lariat.yaml` and in a group's file lie
/// over it.
#[derive(Debug, Clone, Default)]
pub struct HookInfo {
    /// Its id.
    pub name: String,
    /// For people.
    pub description: String,
    /// When it runs.
    pub on: Vec<HookPoint>,
    /// Which hooks it runs among.
    pub band: HookBand,
    /// Its place in the band; smaller is earlier.
    pub order: i32,
    /// Hooks it must run before, wherever both run.
    pub before: Vec<String>,
    /// Hooks it must run after, wherever both run.
    pub after: Vec<String>,
    /// What its failure means.
    pub on_error: HookErrorPolicy,
    /// How long it may take; [`DEFAULT_TIMEOUT`] if absent.
    pub timeout: Option<Span>,
    /// Its parameters.
    pub params: ParamSpecs,
    /// Whether it runs only where the settings enable it, as built-in hooks do.
    pub off_by_default: bool,
    /// The file it was read from.
    pub file: Option<PathBuf>,
}

/// Everything one answer is given from.
#[derive(Clone, Serialize)]
pub struct HookCall {
    /// Which moment of which phase.
    pub point: HookPoint,
    /// Which launch.
    pub launch_id: LaunchId,
    /// Of which group.
    pub group: GroupName,
    /// The plan as it stands.
    pub plan: Arc<DraftPlan>,
    /// The hook's own parameters, checked and with their defaults.
    pub params: Arc<Map<String, Value>>,
    /// The instances that were acquired.
    pub instances: Vec<InstanceId>,
    /// The phases that went well so far.
    pub completed: Vec<Phase>,
    /// On an error: which phase failed and why. In `release`: what ended the launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<LaunchFailure>,
    /// How often this hook asked for a retry at this point before.
    pub retries: u32,
    /// Whether this is `launch --plan`: the hook only tells what it would say.
    pub dry_run: bool,
    /// The launch itself; none in a dry run.
    #[serde(skip)]
    pub launch: Option<Arc<dyn LaunchControl>>,
}

/// What a hook may look at and do about the launch it belongs to.
#[async_trait]
pub trait LaunchControl: Send + Sync {
    /// What came of it so far.
    fn report(&self) -> LaunchReport;

    /// Changes how many bots it has; gives the number that runs from now on.
    ///
    /// # Errors
    /// When its bots haven't been launched, or have ended, in words.
    async fn scale(&self, bots: u32) -> Result<u32, String>;
}

/// How a hook broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HookError {
    /// `file:line: what it said`.
    pub message: String,
    /// The calls that led there, one a line, if known.
    pub traceback: Option<String>,
}

impl HookError {
    /// An error without a traceback.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), traceback: None }
    }
}
