//! The trait of instance providers, and the simplest one.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::ids::InstanceId;
use crate::limits::Calls;

/// Provides instances: starts them, tells whether they are ready, stops them.
#[async_trait]
pub trait InstanceProvider: Send + Sync {
    /// The word for it in `lariat.yaml`.
    fn name(&self) -> &str;

    /// Whether this provider has the instance.
    fn has(&self, id: InstanceId) -> bool;

    /// The instances it has; empty when it takes any id.
    fn list(&self) -> Vec<InstanceInfo>;

    /// Starts an instance that is down; it becomes ready later.
    ///
    /// # Errors
    /// When it can't be started.
    async fn start(&self, id: InstanceId) -> Result<(), InstanceError>;

    /// How the instance is.
    ///
    /// # Errors
    /// When that can't be told.
    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError>;

    /// Stops an instance that this engine started.
    ///
    /// # Errors
    /// When it can't be stopped.
    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError>;

    /// What came of its calls so far, where they are counted.
    fn calls(&self) -> Option<Calls> {
        None
    }
}

/// An instance as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Its number.
    pub id: InstanceId,
    /// For people.
    pub label: String,
}

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    /// Not running.
    Down,
    /// On its way.
    Starting,
    /// A bot can use it.
    Ready,
}

/// What a provider couldn't do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("instance {id}: {message}")]
pub struct InstanceError {
    /// Which instance.
    pub id: InstanceId,
    /// What happened and what to do.
    pub message: String,
}

/// Instances that are simply there and always ready: a slot for a bot, no more.
#[derive(Debug, Clone)]
pub struct StaticProvider {
    ids: Option<BTreeSet<InstanceId>>,
}

impl StaticProvider {
    /// These instances.
    pub fn of(ids: impl IntoIterator<Item = InstanceId>) -> Self {
        Self { ids: Some(ids.into_iter().collect()) }
    }

    /// Any id at all; what a workspace gets that lists no instances.
    pub fn any() -> Self {
        Self { ids: None }
    }
}

#[async_trait]
impl InstanceProvider for StaticProvider {
    fn name(&self) -> &str {
        "static"
    }

    fn has(&self, id: InstanceId) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    fn list(&self) -> Vec<InstanceInfo> {
        self.ids.iter().flatten().map(|&id| InstanceInfo { id, label: format!("static {id}") }).collect()
    }

    async fn start(&self, _: InstanceId) -> Result<(), InstanceError> {
        Ok(())
    }

    async fn probe(&self, _: InstanceId) -> Result<InstanceState, InstanceError> {
        Ok(InstanceState::Ready)
    }

    async fn stop(&self, _: InstanceId) -> Result<(), InstanceError> {
        Ok(())
    }
}
