//! What somebody asks for when they launch a group, and how they are asked back.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::definition::LaunchSettings;
use crate::ids::{GroupName, InstanceId, PoolName};
use crate::launch::Resolution;

/// Asks for a launch.
#[derive(Clone)]
pub struct LaunchRequest {
    /// Of which group.
    pub group: GroupName,
    /// What differs from the group's definition this time.
    pub overrides: Overrides,
    /// Who answers questions.
    pub asker: Arc<dyn Asker>,
}

impl LaunchRequest {
    /// A launch as the group's definition says, with nobody to ask.
    pub fn new(group: GroupName) -> Self {
        Self { group, overrides: Overrides::default(), asker: Arc::new(NoAnswer) }
    }
}

/// What differs from a group's definition for one launch.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The last layer of launch options.
    pub settings: LaunchSettings,
    /// How many bots.
    pub bot_count: Option<u32>,
    /// Routine parameters laid over the group's `config`.
    pub config: Map<String, Value>,
}

/// Answers the questions of a launch: a person at a terminal or a console.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Whether anybody is there to answer; if not, what a question needs isn't looked up.
    fn answers(&self) -> bool {
        true
    }

    /// What to do about an instance that another launch holds; `None` skips it.
    async fn conflict(&self, question: ConflictQuestion) -> Option<Resolution>;

    /// Whether to refresh a pool before the launch; `None` doesn't.
    async fn refresh(&self, question: RefreshQuestion) -> Option<bool>;
}

/// An instance is held by another launch.
#[derive(Debug, Clone)]
pub struct ConflictQuestion {
    /// The group that wants it.
    pub group: GroupName,
    /// The instance.
    pub instance: InstanceId,
    /// The group whose launch holds it.
    pub held_by: GroupName,
}

/// A pool was refreshed before; should it be again?
#[derive(Debug, Clone)]
pub struct RefreshQuestion {
    /// The group that is launched.
    pub group: GroupName,
    /// Its pool.
    pub pool: PoolName,
    /// When the pool was last refreshed.
    pub last_refresh: Timestamp,
}

/// Nobody answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAnswer;

#[async_trait]
impl Asker for NoAnswer {
    fn answers(&self) -> bool {
        false
    }

    async fn conflict(&self, _: ConflictQuestion) -> Option<Resolution> {
        None
    }

    async fn refresh(&self, _: RefreshQuestion) -> Option<bool> {
        None
    }
}
