//! The verbs over groups' definitions.

use lariat_console::{GroupPool, GroupShown, Saved};
use lariat_core::definition::GroupDefinition;
use lariat_core::orchestrator::GroupListing;
use lariat_workspace::Seen;
use serde_json::json;

use super::Asked;
use crate::engine::remote::{path, read};
use crate::exit::CliError;

impl Asked {
    /// All groups.
    pub async fn groups(&self) -> Result<Vec<GroupListing>, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get("groups").await?),
            Self::Here(app) => Ok(app.service.groups()),
        }
    }

    /// A group's definition, and where it is written.
    pub async fn group(&self, name: &str) -> Result<GroupShown, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get(&path("groups", name, None)).await?),
            Self::Here(app) => Ok(app.service.group(name)?),
        }
    }

    /// Saves a new group.
    pub async fn create_group(&self, definition: &GroupDefinition) -> Result<Saved, CliError> {
        match self {
            Self::Engine(engine) => read(engine.post("groups", definition).await?),
            Self::Here(app) => Ok(app.service.create_group(definition).await?),
        }
    }

    /// Gives a group another pool.
    pub async fn set_group_pool(&self, name: &str, pool: &str) -> Result<GroupPool, CliError> {
        match self {
            Self::Engine(engine) => {
                read(engine.put(&path("groups", name, Some("pool")), &json!({"pool": pool})).await?)
            }
            Self::Here(app) => Ok(app.service.set_group_pool(name, pool).await?),
        }
    }

    /// Removes a group's definition.
    pub async fn delete_group(&self, name: &str) -> Result<Saved, CliError> {
        match self {
            Self::Engine(engine) => read(engine.delete(&path("groups", name, None)).await?),
            Self::Here(app) => Ok(app.service.delete_group(name, Seen::Current).await?),
        }
    }
}
