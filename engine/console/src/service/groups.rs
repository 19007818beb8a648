//! The verbs over groups' definitions.

use lariat_core::definition::{DefinitionError, GroupDefinition};
use lariat_core::ids::{GroupName, PoolName};
use lariat_core::launch::{LaunchRequest, PlanReport};
use lariat_core::orchestrator::{GroupListing, OrchestratorError};
use lariat_core::secret::masked_fields;
use lariat_workspace::Seen;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Service;
use super::error::ServiceError;
use super::orders::LaunchOrder;
use super::pools::Saved;

/// A group's definition with where it is written and how fresh it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GroupShown {
    /// The definition in force.
    #[serde(flatten)]
    pub definition: GroupDefinition,
    /// Its generation.
    pub generation: u64,
    /// The file, from the workspace on.
    pub file: Option<String>,
    /// Why the file's newer content isn't in force.
    pub stale: Option<String>,
    /// The hash of what the file holds, for who saves it to say what was seen.
    pub content_hash: Option<String>,
}

impl GroupShown {
    /// The same for whoever may only look: what stands under a secret's name is masked.
    pub fn masked(mut self) -> Self {
        self.definition.config = masked_fields(&self.definition.config);
        self
    }
}

/// A group and its pool.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GroupPool {
    /// The group.
    pub group: GroupName,
    /// Its pool.
    pub account_pool: PoolName,
}

impl Service {
    /// All groups, broken ones included.
    pub fn groups(&self) -> Vec<GroupListing> {
        self.orchestrator.list_groups()
    }

    /// A group's definition, and where it is written.
    ///
    /// # Errors
    /// When there is none, or its file can't be used.
    pub fn group(&self, name: &str) -> Result<GroupShown, ServiceError> {
        let defined = self.orchestrator.group(name)?;
        let definitions = self.keeper.definitions();
        let hash =
            definitions.and_then(|definitions| definitions.group_content(&defined.definition.name).ok());
        Ok(GroupShown {
            definition: (*defined.definition).clone(),
            generation: defined.generation,
            file: defined.file.as_ref().map(|file| file.display().to_string()),
            stale: defined.stale.as_ref().map(|stale| stale.message.clone()),
            content_hash: hash.map(|hash| hash.to_string()),
        })
    }

    /// Saves a new group. Its pool need not exist yet.
    ///
    /// # Errors
    /// When the name is taken, the definition is wrong, or it can't be written.
    pub async fn create_group(&self, definition: &GroupDefinition) -> Result<Saved, ServiceError> {
        let saved = self.definitions()?.save_new_group(definition).map_err(DefinitionError::from)?;
        self.orchestrator.follow_definitions().await;
        Ok(Saved { name: definition.name.to_string(), file: saved.file.display().to_string() })
    }

    /// Saves a changed group. What is on disk must be what was `seen`, or nothing is
    /// written and the error tells the difference. A running launch keeps its plan.
    ///
    /// # Errors
    /// As for [`Service::create_group`]; when the file was changed meanwhile.
    pub async fn save_group(
        &self,
        name: &str,
        definition: &GroupDefinition,
        seen: Seen,
    ) -> Result<Saved, ServiceError> {
        let name = self.orchestrator.group(name)?.definition.name.clone();
        let saved = self.definitions()?.save_group(&name, definition, seen);
        let saved = saved.map_err(|error| ServiceError::unwritten(error, seen))?;
        self.orchestrator.follow_definitions().await;
        Ok(Saved { name: definition.name.to_string(), file: saved.file.display().to_string() })
    }

    /// Gives a group another pool, which must exist. A running launch keeps its own.
    ///
    /// # Errors
    /// When the group or the pool can't be found, or the group can't be saved.
    pub async fn set_group_pool(&self, group: &str, pool: &str) -> Result<GroupPool, ServiceError> {
        let group = self.orchestrator.group(group)?.definition.name.clone();
        let account_pool = self.orchestrator.pool_manager().get_definition(pool)?.definition.name.clone();
        self.orchestrator.set_group_account_pool(&group, &account_pool)?;
        self.orchestrator.follow_definitions().await;
        Ok(GroupPool { group, account_pool })
    }

    /// Removes a group's definition, if its file is what was `seen`.
    ///
    /// # Errors
    /// When there is none, it runs, something else is there, or it can't be removed.
    pub async fn delete_group(&self, name: &str, seen: Seen) -> Result<Saved, ServiceError> {
        let defined = self.orchestrator.group(name)?;
        let group = &defined.definition.name;
        if self.orchestrator.running(group).is_some() {
            return Err(OrchestratorError::AlreadyRunning(group.clone()).into());
        }
        let removed = self.definitions()?.remove_group(group, seen);
        removed.map_err(|error| ServiceError::unwritten(error, seen))?;
        self.orchestrator.follow_definitions().await;
        let file = defined.file.map(|file| file.display().to_string()).unwrap_or_default();
        Ok(Saved { name: defined.definition.name.to_string(), file })
    }

    /// What a launch would do; nothing is started.
    ///
    /// # Errors
    /// When there is no such group.
    pub async fn plan(&self, group: &str, order: LaunchOrder) -> Result<PlanReport, ServiceError> {
        let group = self.orchestrator.group(group)?.definition.name.clone();
        let request = LaunchRequest { overrides: order.overrides(), ..LaunchRequest::new(group) };
        Ok(self.orchestrator.plan(&request).await?)
    }
}
