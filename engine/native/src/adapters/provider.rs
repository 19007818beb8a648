//! A plugin's instances.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::Problem;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};
use lariat_core::limits::LimitedProvider;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::call::{About, Door, Question};
use crate::load::{ExtensionInfo, ExtensionKind, Plugin};

/// A library's provider of instances, once it is told which.
pub struct NativeProvider {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) info: ExtensionInfo,
}

impl NativeProvider {
    /// The word for it in `lariat.yaml`.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// What it says about itself.
    pub fn info(&self) -> &ExtensionInfo {
        &self.info
    }

    /// The provider of these instances. It is opened with its first question.
    ///
    /// # Errors
    /// One problem for each parameter that isn't accepted; their paths begin with `config`.
    pub fn of(
        &self,
        ids: impl IntoIterator<Item = InstanceId>,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
        let mut params = self.info.params.check("config", config)?;
        self.info.resolve(&mut params, &self.plugin.workspace);
        let ids: BTreeSet<InstanceId> = ids.into_iter().collect();
        let more = json!({"params": params, "instances": ids});
        let door = Door::new(self.plugin.clone(), ExtensionKind::Provider, &self.info.name, more);
        let instances = Arc::new(NativeInstances { info: self.info.clone(), ids, door });
        let turns = self.plugin.budget(ExtensionKind::Provider, &self.info.name).turns;
        Ok(Arc::new(LimitedProvider::new(instances, turns)))
    }
}

/// What every question of a provider says.
#[derive(Serialize)]
struct Asked {
    instance: InstanceId,
}

struct NativeInstances {
    info: ExtensionInfo,
    ids: BTreeSet<InstanceId>,
    door: Door,
}

impl NativeInstances {
    async fn ask(&self, id: InstanceId, method: &str) -> Result<Vec<u8>, InstanceError> {
        let operation = self.door.operation(About { instance: Some(id), ..About::default() });
        let payload = serde_json::to_vec(&Asked { instance: id });
        let payload = payload.map_err(|error| InstanceError { id, message: error.to_string() })?;
        let deadline = Some(self.door.deadline.unwrap_or(self.door.plugin.deadlines.answer));
        let question = Question { method, payload, operation, deadline, stopping: None };
        let answer = self.door.ask(question).await;
        answer.map_err(|error| InstanceError { id, message: error.to_string() })
    }
}

#[async_trait]
impl InstanceProvider for NativeInstances {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn has(&self, id: InstanceId) -> bool {
        self.ids.contains(&id)
    }

    fn list(&self) -> Vec<InstanceInfo> {
        self.ids.iter().map(|&id| InstanceInfo { id, label: format!("{} {id}", self.info.name) }).collect()
    }

    async fn start(&self, id: InstanceId) -> Result<(), InstanceError> {
        if self.info.has("start", true) {
            self.ask(id, "start").await?;
        }
        Ok(())
    }

    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        #[derive(Deserialize)]
        struct Answer {
            state: State,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum State {
            Down,
            Starting,
            Ready,
        }
        let answer = self.ask(id, "probe").await?;
        match serde_json::from_slice(&answer) {
            Ok(Answer { state: State::Down }) => Ok(InstanceState::Down),
            Ok(Answer { state: State::Starting }) => Ok(InstanceState::Starting),
            Ok(Answer { state: State::Ready }) => Ok(InstanceState::Ready),
            Err(error) => {
                Err(InstanceError { id, message: self.door.nonsense("probe", error.to_string()).to_string() })
            }
        }
    }

    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        if self.info.has("stop", true) {
            self.ask(id, "stop").await?;
        }
        Ok(())
    }
}
