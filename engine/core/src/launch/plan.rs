//! What a launch will do: first a draft, then, once everything is known to be right,
//! a frozen plan. Only a plan can be carried out.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{GroupDefinition, LaunchOptions, LaunchSettings, ReloadPolicy};
use crate::hook::{Denial, PlanPatch, RehearsedHook};
use crate::ids::{GroupName, InstanceId, PoolName};
use crate::launch::Overrides;
use crate::pool::Pool;
use crate::registry::Registered;
use crate::routine::Routine;

/// What a launch is meant to do, before anything was checked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftPlan {
    /// The group.
    pub group: GroupName,
    /// The routine's name.
    pub routine: String,
    /// The instances to choose from, in this order.
    pub instances: Vec<InstanceId>,
    /// How many bots.
    pub bot_count: u32,
    /// The pool's name.
    pub account_pool: Option<PoolName>,
    /// The routine's parameters as given.
    pub config: Map<String, Value>,
    /// The options, every one decided.
    pub options: LaunchOptions,
    /// When bots take a routine that was edited.
    #[serde(skip)]
    pub reload: ReloadPolicy,
}

impl DraftPlan {
    /// Lays the workspace's defaults, the group's definition and a launch's overrides
    /// over one another.
    pub fn new(group: &GroupDefinition, defaults: &LaunchSettings, overrides: &Overrides) -> Self {
        let mut config = group.config.clone();
        config.extend(overrides.config.clone());
        Self {
            group: group.name.clone(),
            routine: group.routine.clone(),
            instances: group.instances.clone(),
            bot_count: overrides.bot_count.unwrap_or_else(|| group.requested_bots()),
            account_pool: group.account_pool.clone(),
            config,
            reload: group.reload,
            options: LaunchOptions::default().with(defaults).with(&group.launch).with(&overrides.settings),
        }
    }
}

/// A draft that passed `validate`, with everything it names found.
#[derive(Clone)]
pub struct Plan {
    /// The draft it was made from.
    pub draft: DraftPlan,
    /// The routine, of the generation that this launch began with.
    pub routine: Registered<dyn Routine>,
    /// The routine's parameters, checked and with their defaults.
    pub params: Arc<Map<String, Value>>,
    /// The open pool.
    pub pool: Option<Arc<Pool>>,
}

/// What a launch would do, told without doing it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlanReport {
    /// The draft.
    #[serde(flatten)]
    pub plan: DraftPlan,
    /// The generation of the routine that would run.
    pub routine_generation: Option<u64>,
    /// The parameters that the routine would get.
    pub params: Option<Map<String, Value>>,
    /// How many accounts the pool's source selects now.
    pub accounts_found: Option<usize>,
    /// How many of them would be served: those that the pool hasn't settled.
    pub accounts_available: Option<usize>,
    /// What hooks changed in it.
    pub patched_by: Vec<PlanPatch>,
    /// Every hook that would run, in order; what it answers, where that could be asked.
    pub hooks: Vec<RehearsedHook>,
    /// The hook that denies it now; at another time it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<Denial>,
    /// Whether the launch would get as far as its bots.
    pub valid: bool,
    /// Why not.
    pub problems: Vec<String>,
    /// What wouldn't end it but should be known.
    pub warnings: Vec<String>,
}
