//! What is asked of a service, and what is answered.

use jiff::Timestamp;
use lariat_core::clock::Moment;
use lariat_core::definition::LaunchSettings;
use lariat_core::ids::PoolName;
use lariat_core::launch::{LaunchReport, Overrides, StopMode};
use lariat_core::orchestrator::GroupListing;
use lariat_core::pool::{Counts, PoolListing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::host::Watching;
use super::questions::Question;

/// A launch, with what differs from the group's definition.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LaunchOrder {
    /// The last layer of launch options.
    pub settings: LaunchSettings,
    /// How many bots.
    pub bot_count: Option<u32>,
    /// Parameters laid over the group's `config`.
    pub config: Map<String, Value>,
    /// Whether to answer when it has ended, with its report; else as soon as it began.
    pub wait: bool,
    /// Whether who orders it follows it and answers its questions. Without, and when nobody
    /// looks for ten seconds, a pool isn't refreshed and a held instance is done without.
    pub ask: bool,
}

impl From<Overrides> for LaunchOrder {
    fn from(overrides: Overrides) -> Self {
        let Overrides { settings, bot_count, config } = overrides;
        Self { settings, bot_count, config, ..Self::default() }
    }
}

impl LaunchOrder {
    /// What differs from the group's definition.
    pub(super) fn overrides(self) -> Overrides {
        let Self { settings, bot_count, config, .. } = self;
        Overrides { settings, bot_count, config }
    }
}

/// How to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StopOrder {
    /// Whether bots stop at once instead of finishing their account.
    pub force: bool,
}

impl StopOrder {
    /// The same in core's words.
    pub fn mode(self) -> StopMode {
        if self.force { StopMode::Force } else { StopMode::Drain }
    }
}

/// A launch that is under way.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunningLaunch {
    /// Whether its bots are held.
    pub paused: bool,
    /// What came of it so far.
    #[serde(flatten)]
    pub report: LaunchReport,
}

/// A launch that is under way, for who follows it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Following {
    /// How it stands.
    #[serde(flatten)]
    pub launch: RunningLaunch,
    /// Whether it has its instances.
    pub placed: bool,
    /// How its pool stands, once that is open.
    pub pool: Option<FollowedPool>,
    /// The questions that stand, if its orderer said to `ask`.
    pub questions: Vec<Question>,
}

/// The pool of a launch that is under way.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FollowedPool {
    /// Its name.
    pub name: PoolName,
    /// Its accounts, by state.
    #[serde(flatten)]
    pub counts: Counts,
    /// Why it waits for the store.
    pub outage: Option<String>,
}

/// How an engine stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Status {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: &'static str,
    /// When it began.
    #[schemars(with = "Moment")]
    pub started_at: Timestamp,
    /// How it notices that files were edited.
    pub watching: Watching,
    /// The pools.
    pub pools: Vec<PoolListing>,
    /// The groups.
    pub groups: Vec<GroupListing>,
    /// The extensions.
    pub extensions: Vec<Value>,
    /// The launches under way.
    pub launches: Vec<RunningLaunch>,
    /// What came of each group's last launch.
    pub last_reports: Vec<LaunchReport>,
    /// What acts only after a restart.
    pub needs_restart: Vec<String>,
}
