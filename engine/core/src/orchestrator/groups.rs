//! The verbs over groups.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, OrchestratorParts};
use super::error::OrchestratorError;
use crate::definition::{Defined, GroupDefinition, LaunchSettings};
use crate::ids::{GroupName, InstanceId, PoolName};
use crate::instance::Instances;
use crate::pool::{PoolManager, RefreshReport};
use crate::registry::Registry;
use crate::routine::Routine;

/// Manages groups and their launches.
#[derive(Clone)]
pub struct Orchestrator {
    pub(super) engine: Arc<Engine>,
}

/// How a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupState {
    /// It can be launched.
    Idle,
    /// Its launch is under way.
    Running,
    /// The same, and its bots are held.
    Paused,
    /// It can be launched with its last good definition: the file holds something newer and bad.
    Stale,
    /// It can't be used; the error says why.
    Failed,
}

impl GroupState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }

    /// Whether its launch is under way.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// A group as it is listed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GroupListing {
    /// The name, or the file's where the name can't be read.
    pub name: String,
    /// The routine's name.
    pub routine: String,
    /// The instances to choose from.
    pub instances: Vec<InstanceId>,
    /// Bots asked for.
    pub bot_count: u32,
    /// The pool's name.
    pub account_pool: Option<PoolName>,
    /// Whether it is launched with the engine.
    pub autostart: bool,
    /// How it stands.
    pub state: GroupState,
    /// The definition's generation.
    pub generation: u64,
    /// Why it can't be used, or since when it is stale.
    pub error: Option<String>,
    /// Since when it is stale.
    #[serde(skip)]
    pub stale_since: Option<Timestamp>,
}

impl Orchestrator {
    /// An orchestrator of these parts.
    pub fn new(parts: OrchestratorParts) -> Self {
        Self { engine: Engine::new(parts) }
    }

    /// The pools.
    pub fn pool_manager(&self) -> &Arc<PoolManager> {
        &self.engine.pools
    }

    /// What bots run on.
    pub fn instances(&self) -> &Arc<Instances> {
        &self.engine.instances
    }

    /// The routines that groups may name.
    pub fn routines(&self) -> &Arc<Registry<dyn Routine>> {
        &self.engine.routines
    }

    /// Launch options below every group's own.
    pub fn launch_defaults(&self) -> LaunchSettings {
        self.engine.live().defaults.clone()
    }

    /// Saves a changed group under its old or a new name. A running launch keeps its plan.
    ///
    /// # Errors
    /// When there is none, the definition is wrong, or it can't be written.
    pub fn update_group(
        &self,
        name: &GroupName,
        definition: GroupDefinition,
    ) -> Result<(), OrchestratorError> {
        Ok(self.engine.definitions.update_group(name, definition)?)
    }

    /// Saves a new group. Its pool's name isn't resolved before a launch.
    ///
    /// # Errors
    /// When the name is taken, the definition is wrong, or it can't be written.
    pub fn create_group(&self, definition: GroupDefinition) -> Result<(), OrchestratorError> {
        Ok(self.engine.definitions.create_group(definition)?)
    }

    /// Removes a group's definition.
    ///
    /// # Errors
    /// When there is none, it runs, or it can't be removed.
    pub fn delete_group(&self, name: &GroupName) -> Result<(), OrchestratorError> {
        if self.running(name).is_some() {
            return Err(OrchestratorError::AlreadyRunning(name.clone()));
        }
        Ok(self.engine.definitions.delete_group(name)?)
    }

    /// A group's definition.
    ///
    /// # Errors
    /// When there is none, or its file can't be used.
    pub fn group(&self, name: &str) -> Result<Defined<GroupDefinition>, OrchestratorError> {
        Ok(self.engine.definitions.catalog().group(name)?.clone())
    }

    /// All groups, broken ones included.
    pub fn list_groups(&self) -> Vec<GroupListing> {
        let catalog = self.engine.definitions.catalog();
        let good = catalog.groups.iter().map(|(name, defined)| {
            let group = &defined.definition;
            let state = match self.running(name) {
                Some(launch) if launch.is_paused() => GroupState::Paused,
                Some(_) => GroupState::Running,
                None if defined.stale.is_some() => GroupState::Stale,
                None => GroupState::Idle,
            };
            GroupListing {
                name: name.to_string(),
                routine: group.routine.clone(),
                instances: group.instances.clone(),
                bot_count: group.requested_bots(),
                account_pool: group.account_pool.clone(),
                autostart: group.autostart,
                state,
                generation: defined.generation,
                error: defined.stale.as_ref().map(|stale| stale.message.clone()),
                stale_since: defined.stale.as_ref().map(|stale| stale.since),
            }
        });
        let broken = catalog.broken_groups.iter().map(|broken| GroupListing {
            name: broken.name.clone().unwrap_or_else(|| broken.file.display().to_string()),
            routine: String::new(),
            instances: Vec::new(),
            bot_count: 0,
            account_pool: None,
            autostart: false,
            state: GroupState::Failed,
            generation: 0,
            error: Some(broken.message.clone()),
            stale_since: None,
        });
        good.chain(broken).collect()
    }

    /// Gives a group another pool, which must exist. A running launch keeps its own.
    ///
    /// # Errors
    /// When the group or the pool can't be found, or the group can't be saved.
    pub fn set_group_account_pool(
        &self,
        group: &GroupName,
        pool: &PoolName,
    ) -> Result<(), OrchestratorError> {
        let defined = self.group(group.as_str())?;
        self.engine.pools.get_definition(pool.as_str())?;
        let mut definition = (*defined.definition).clone();
        definition.account_pool = Some(pool.clone());
        Ok(self.engine.definitions.update_group(group, definition)?)
    }

    /// Refreshes a group's pool; opens it if it isn't open.
    ///
    /// # Errors
    /// When the group can't be found, has no pool, or the pool can't be refreshed.
    pub async fn refresh_group_account_pool(
        &self,
        group: &GroupName,
    ) -> Result<RefreshReport, OrchestratorError> {
        let defined = self.group(group.as_str())?;
        let pool = defined
            .definition
            .account_pool
            .clone()
            .ok_or_else(|| OrchestratorError::NoPool(group.clone()))?;
        Ok(self.engine.pools.refresh(&pool).await?)
    }
}
