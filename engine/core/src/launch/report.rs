//! What came of a launch.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bot::BotStatus;
use crate::hook::PlanPatch;
use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::launch::{AccountTally, LaunchFailure, Trouble};
use crate::ledger::Total;

/// The summary of a launch.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LaunchReport {
    /// The launch.
    pub launch_id: LaunchId,
    /// Its group.
    pub group: GroupName,
    /// Whether bots ran and nothing broke. Accounts that failed by their routine's
    /// word don't count against it.
    pub success: bool,
    /// Bots asked for.
    pub requested_bots: u32,
    /// Bots that ran.
    pub launched_bots: u32,
    /// Instances that the launch did without.
    pub skipped_instances: Vec<InstanceId>,
    /// Instances that another launch held.
    pub conflicts: Vec<Conflict>,
    /// What became of the accounts.
    pub accounts: AccountTally,
    /// Why runs failed, those that are tried again included.
    pub failures: Vec<Trouble>,
    /// Why accounts couldn't be claimed.
    pub refusals: Vec<Trouble>,
    /// Sums of the numeric results.
    pub totals: BTreeMap<String, Total>,
    /// The bots.
    pub bots: Vec<BotReport>,
    /// What went wrong.
    pub errors: Vec<String>,
    /// What didn't end the launch but should be known: hooks that broke, phases that
    /// were run again.
    pub warnings: Vec<String>,
    /// What hooks changed in the plan, in their order.
    pub patched_by: Vec<PlanPatch>,
    /// From the request to the end, in milliseconds.
    pub duration_ms: u64,
    /// Which phase failed and how, when the launch didn't get as far as its bots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<LaunchFailure>,
    /// Whether somebody stopped it.
    pub stopped: bool,
}

/// An instance that another launch held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The instance.
    pub instance: InstanceId,
    /// The group that held it.
    pub held_by: GroupName,
    /// What was done.
    pub resolution: Resolution,
}

/// What is done about an instance that another launch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// The other bot was stopped.
    Cancel,
    /// The launch did without.
    Skip,
    /// The launch was given up.
    Abort,
}

/// What came of a bot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BotReport {
    /// Its instance.
    pub instance: InstanceId,
    /// How it stands, or how it ended.
    pub status: BotStatus,
    /// Accounts it settled.
    pub accounts: u64,
    /// Its last error.
    pub error: Option<String>,
}
