//! A provider of instances that keeps to its limits.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Calls, Turns};
use crate::ids::InstanceId;
use crate::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};

/// A provider that is asked in turns, and again when it couldn't answer.
pub struct LimitedProvider {
    inner: Arc<dyn InstanceProvider>,
    turns: Turns,
}

impl LimitedProvider {
    /// This provider, within these turns.
    pub fn new(inner: Arc<dyn InstanceProvider>, turns: Turns) -> Self {
        Self { inner, turns }
    }
}

#[async_trait]
impl InstanceProvider for LimitedProvider {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn has(&self, id: InstanceId) -> bool {
        self.inner.has(id)
    }

    fn list(&self) -> Vec<InstanceInfo> {
        self.inner.list()
    }

    fn calls(&self) -> Option<Calls> {
        Some(self.turns.calls())
    }

    async fn start(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.turns.ask(|| self.inner.start(id), |_| true).await
    }

    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        self.turns.ask(|| self.inner.probe(id), |_| true).await
    }

    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.turns.ask(|| self.inner.stop(id), |_| true).await
    }
}
