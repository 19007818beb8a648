//! The verbs over pools.

use std::path::Path;
use std::sync::Arc;

use lariat_core::definition::{DefinitionError, PoolDefinition, Problem};
use lariat_core::ids::{AccountId, GroupName, PoolName};
use lariat_core::ledger::ResetReport;
use lariat_core::pool::{PoolError, PoolListing, PoolStats, RefreshReport};
use lariat_core::secret::masked_fields;
use lariat_core::source::{SourceError, TestReport};
use lariat_workspace::Seen;
use lariat_workspace::yaml::{self, Document, FileError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Service;
use super::error::{Code, ServiceError};

/// Pools whose sources are asked to tell how everything stands.
const MOST_ASKED: usize = 100;

/// A pool's definition with where it is written and how fresh it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PoolShown {
    /// The definition in force.
    #[serde(flatten)]
    pub definition: PoolDefinition,
    /// Its generation.
    pub generation: u64,
    /// The file, from the workspace on.
    pub file: Option<String>,
    /// Why the file's newer content isn't in force.
    pub stale: Option<String>,
    /// The hash of what the file holds, for who saves it to say what was seen.
    pub content_hash: Option<String>,
    /// The groups that use it.
    pub used_by: Vec<GroupName>,
}

impl PoolShown {
    /// The same for whoever may only look: what stands under a secret's name is masked.
    pub fn masked(mut self) -> Self {
        self.definition.config = masked_fields(&self.definition.config);
        self
    }
}

/// A pool's definition that isn't saved yet: as YAML, whose comments are kept, or as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PoolDraft {
    /// A file's text.
    Text {
        /// What the file is called in messages.
        name: String,
        /// YAML.
        text: String,
    },
    /// The definition itself.
    Definition(Box<PoolDefinition>),
}

/// A definition that was saved.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Saved {
    /// Its name.
    pub name: String,
    /// Its file, from the workspace on.
    pub file: String,
}

/// A pool that was deleted, or would be.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PoolDeleted {
    /// Its name.
    pub name: PoolName,
    /// The file that held it.
    pub file: String,
    /// The groups that name it, which can't be launched without.
    pub used_by: Vec<GroupName>,
}

impl PoolDraft {
    /// The definition, with the text it was read from.
    pub(super) fn read(self) -> Result<(PoolDefinition, Option<String>), ServiceError> {
        let (name, text) = match self {
            Self::Definition(definition) => return Ok((*definition, None)),
            Self::Text { name, text } => (name, text),
        };
        let wrong = |errors: Vec<FileError>| {
            let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
            ServiceError::new(Code::Invalid, told.join("\n"))
        };
        let document = Document::from_bytes(text.as_bytes(), Path::new(&name));
        let document = document.map_err(|error| wrong(vec![error]))?;
        let definition: PoolDefinition = document.to().map_err(wrong)?;
        let problems = document.place(definition.problems());
        if problems.is_empty() { Ok((definition, Some(text))) } else { Err(wrong(problems)) }
    }
}

impl Service {
    /// All pools with their numbers, broken ones included.
    pub async fn pools(&self) -> Vec<PoolListing> {
        self.orchestrator.pool_manager().listing().await
    }

    /// All pools, broken ones included. Where there are very many, those that aren't open
    /// have no numbers: their sources aren't asked.
    pub async fn pools_that_many(&self) -> Vec<PoolListing> {
        let pools = self.orchestrator.pool_manager();
        if pools.list().len() > MOST_ASKED { pools.glance() } else { pools.listing().await }
    }

    /// All pools, broken ones included, without asking any source: only those that are open
    /// have numbers. For lists of thousands.
    pub fn pools_at_a_glance(&self) -> Vec<PoolListing> {
        self.orchestrator.pool_manager().glance()
    }

    /// A pool's definition, and where it is written.
    ///
    /// # Errors
    /// When there is none, or its file can't be used.
    pub fn pool(&self, name: &str) -> Result<PoolShown, ServiceError> {
        let defined = self.orchestrator.pool_manager().get_definition(name)?;
        let name = &defined.definition.name;
        let definitions = self.keeper.definitions();
        let hash = definitions.and_then(|definitions| definitions.pool_content(name).ok());
        Ok(PoolShown {
            used_by: self.users_of(name),
            generation: defined.generation,
            file: defined.file.as_ref().map(|file| file.display().to_string()),
            stale: defined.stale.as_ref().map(|stale| stale.message.clone()),
            content_hash: hash.map(|hash| hash.to_string()),
            definition: (*defined.definition).clone(),
        })
    }

    /// A pool's definition as YAML, with the secrets of its `config` for whoever may see them.
    ///
    /// # Errors
    /// As for [`Service::pool`].
    pub fn pool_text(&self, name: &str, secrets: bool) -> Result<String, ServiceError> {
        let pool = self.pool(name)?;
        let pool = if secrets { pool } else { pool.masked() };
        yaml::to_string(&pool.definition).map_err(|error| ServiceError::new(Code::Failed, error.to_string()))
    }

    /// Asks a pool's source what it selects now; nothing lasting is opened.
    ///
    /// # Errors
    /// When there is no such pool. What goes wrong at the source is in the report.
    pub async fn test_pool(&self, name: &str) -> Result<TestReport, ServiceError> {
        match self.orchestrator.pool_manager().test(name).await {
            // A file that can't be used is what a test is there to tell.
            Err(PoolError::Definition(error @ DefinitionError::Broken { .. })) => {
                let problem = Problem::at("", error.to_string());
                Ok(TestReport::failed(SourceError::Invalid(vec![problem]), 0))
            }
            tested => Ok(tested?),
        }
    }

    /// As [`Service::test_pool`], for a definition that isn't saved.
    pub async fn preview_pool(&self, draft: PoolDraft) -> TestReport {
        match draft.read() {
            Ok((definition, _)) => self.orchestrator.pool_manager().test_definition(&definition).await,
            Err(error) => TestReport::failed(SourceError::Invalid(vec![Problem::at("", error.message)]), 0),
        }
    }

    /// A pool's numbers.
    ///
    /// # Errors
    /// When there is no such pool, or its source or the ledger can't be used.
    pub async fn pool_stats(&self, name: &str) -> Result<PoolStats, ServiceError> {
        Ok(self.orchestrator.pool_manager().stats(&self.known_pool(name)?).await?)
    }

    /// The definition of a pool's generation before the one in force, if it has had one
    /// since the engine began.
    ///
    /// # Errors
    /// When there is no such pool.
    pub fn pool_before(&self, name: &str) -> Result<Option<Arc<PoolDefinition>>, ServiceError> {
        let name = self.known_pool(name)?;
        Ok(self.keeper.definitions().and_then(|definitions| definitions.pool_before(&name)))
    }

    /// Selects a pool's accounts anew.
    ///
    /// # Errors
    /// When there is no such pool, or its source gave nothing.
    pub async fn refresh_pool(&self, name: &str) -> Result<RefreshReport, ServiceError> {
        Ok(self.orchestrator.pool_manager().refresh(&self.known_pool(name)?).await?)
    }

    /// Forgets a pool's outcomes, or those of some accounts in it, which are then served
    /// again.
    ///
    /// # Errors
    /// When there is no such pool, or the ledger failed.
    pub async fn reset_pool(
        &self,
        name: &str,
        only: Option<Vec<AccountId>>,
    ) -> Result<ResetReport, ServiceError> {
        Ok(self.orchestrator.pool_manager().reset(&self.known_pool(name)?, only).await?)
    }

    /// Saves new pools: all are checked, and their sources asked, before the first is
    /// saved, so that a bad one leaves nothing half done.
    ///
    /// # Errors
    /// When a name is taken, a definition is wrong or its query isn't read-only, or it
    /// can't be written.
    pub async fn create_pools(&self, drafts: Vec<PoolDraft>) -> Result<Vec<Saved>, ServiceError> {
        let definitions = self.definitions()?;
        let read = drafts.into_iter().map(PoolDraft::read).collect::<Result<Vec<_>, _>>()?;
        for (definition, _) in &read {
            self.check_pool(definition).await?;
        }
        let mut all = Vec::new();
        for (definition, text) in read {
            let saved =
                definitions.save_new_pool(&definition, text.as_deref()).map_err(DefinitionError::from)?;
            all.push(Saved { name: definition.name.to_string(), file: saved.file.display().to_string() });
        }
        self.orchestrator.follow_definitions().await;
        Ok(all)
    }

    /// Saves a changed pool. What is on disk must be what was `seen`, or nothing is
    /// written and the error tells the difference. The open pool takes it at once.
    ///
    /// # Errors
    /// As for [`Service::create_pools`]; when the file was changed meanwhile.
    pub async fn save_pool(&self, name: &str, draft: PoolDraft, seen: Seen) -> Result<Saved, ServiceError> {
        let (definitions, name) = (self.definitions()?, self.known_pool(name)?);
        let (definition, _) = draft.read()?;
        self.check_pool(&definition).await?;
        let saved = definitions.save_pool(&name, &definition, seen);
        let saved = saved.map_err(|error| ServiceError::unwritten(error, seen))?;
        self.orchestrator.follow_definitions().await;
        Ok(Saved { name: definition.name.to_string(), file: saved.file.display().to_string() })
    }

    /// What [`Service::delete_pool`] would do.
    ///
    /// # Errors
    /// When there is no such pool.
    pub fn would_delete_pool(&self, name: &str) -> Result<PoolDeleted, ServiceError> {
        let defined = self.orchestrator.pool_manager().get_definition(name)?;
        let name = defined.definition.name.clone();
        let file = defined.file.map(|file| file.display().to_string()).unwrap_or_default();
        Ok(PoolDeleted { used_by: self.users_of(&name), name, file })
    }

    /// Removes a pool's definition. Bots get nothing more from it, and what they hold ends
    /// normally; its outcomes stay in the ledger.
    ///
    /// # Errors
    /// When there is no such pool, or its file was changed or can't be removed.
    pub async fn delete_pool(&self, name: &str) -> Result<PoolDeleted, ServiceError> {
        let deleted = self.would_delete_pool(name)?;
        self.orchestrator.pool_manager().delete(&deleted.name)?;
        self.orchestrator.follow_definitions().await;
        Ok(deleted)
    }

    /// As [`Service::delete_pool`], if its file is what was `seen`.
    ///
    /// # Errors
    /// As for [`Service::delete_pool`]; when something else is there.
    pub async fn delete_seen_pool(&self, name: &str, seen: Seen) -> Result<PoolDeleted, ServiceError> {
        let deleted = self.would_delete_pool(name)?;
        let removed = self.definitions()?.remove_pool(&deleted.name, seen);
        removed.map_err(|error| ServiceError::unwritten(error, seen))?;
        self.orchestrator.follow_definitions().await;
        Ok(deleted)
    }

    /// Asks the pool's source, so that a query which is wrong or isn't read-only is never
    /// saved. A source that can't be reached now is no obstacle.
    pub(super) async fn check_pool(&self, definition: &PoolDefinition) -> Result<(), ServiceError> {
        let error = match self.orchestrator.pool_manager().test_definition(definition).await.failure {
            None => return Ok(()),
            Some(error) => error,
        };
        let code = match error {
            SourceError::Refused(_) => Code::Refused,
            SourceError::Invalid(_) => Code::Invalid,
            _ => {
                tracing::warn!(pool = %definition.name, "its source couldn't be asked: {error}");
                return Ok(());
            }
        };
        Err(ServiceError::new(code, format!("pool \"{}\" isn't saved: {error}", definition.name)))
    }

    /// The groups that name a pool.
    fn users_of(&self, pool: &PoolName) -> Vec<GroupName> {
        let groups = self.orchestrator.list_groups().into_iter();
        let users = groups.filter(|group| group.account_pool.as_ref() == Some(pool));
        users.filter_map(|group| GroupName::new(&group.name).ok()).collect()
    }

    pub(super) fn known_pool(&self, name: &str) -> Result<PoolName, ServiceError> {
        Ok(self.orchestrator.pool_manager().get_definition(name)?.definition.name.clone())
    }
}
