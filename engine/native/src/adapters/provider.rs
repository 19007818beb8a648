//! A plugin's instances.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::Problem;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};
use lariat_core::limits::LimitedProvider;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::declared::Load;
use crate::NativeError;
use crate::call::{About, Door, Question};
use crate::load::{ExtensionInfo, ExtensionKind, Plugin};

/// A library's provider of instances, once it is told which.
pub struct NativeProvider {
    plugin: Source,
    info: ExtensionInfo,
}

enum Source {
    Loaded(Arc<Plugin>),
    /// Loaded when instances of it are wanted.
    Declared(Box<Load>),
}

impl NativeProvider {
    pub(crate) fn of_plugin(plugin: Arc<Plugin>, info: ExtensionInfo) -> Self {
        Self { plugin: Source::Loaded(plugin), info }
    }

    /// One that is known from a `plugin.toml`.
    pub fn declared(
        info: ExtensionInfo,
        load: impl Fn() -> Result<Arc<Plugin>, NativeError> + Send + Sync + 'static,
    ) -> Self {
        Self { plugin: Source::Declared(Box::new(load)), info }
    }

    fn plugin(&self) -> Result<Arc<Plugin>, Vec<Problem>> {
        match &self.plugin {
            Source::Loaded(plugin) => Ok(plugin.clone()),
            Source::Declared(load) => {
                load().map_err(|error| vec![Problem::at("provider", error.to_string())])
            }
        }
    }

    /// The word for it in `lariat.yaml`.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// What it says about itself.
    pub fn info(&self) -> &ExtensionInfo {
        &self.info
    }

    /// The provider of these instances. It is opened with its first question. Blocks while a library
    /// is loaded that was only declared.
    ///
    /// # Errors
    /// One problem for each parameter that isn't accepted, whose paths begin with `config`; or why its
    /// library can't be loaded, at `provider`.
    pub fn of(
        &self,
        ids: impl IntoIterator<Item = InstanceId>,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
        let mut params = self.info.params.check("config", config)?;
        let plugin = self.plugin()?;
        self.info.resolve(&mut params, &plugin.workspace);
        let ids: BTreeSet<InstanceId> = ids.into_iter().collect();
        let more = json!({"params": params, "instances": ids});
        let turns = plugin.budget(ExtensionKind::Provider, &self.info.name).turns;
        let door = Door::new(plugin, ExtensionKind::Provider, &self.info.name, more);
        let instances = Arc::new(NativeInstances { info: self.info.clone(), ids, door });
        Ok(Arc::new(LimitedProvider::new(instances, turns)))
    }
}

/// What every question of a provider says. Put together by hand, since instances are probed again
/// and again while they start.
fn asked(id: InstanceId) -> serde_json::Result<Vec<u8>> {
    let mut payload = Vec::with_capacity(r#"{"instance":4294967295}"#.len());
    payload.extend_from_slice(br#"{"instance":"#);
    serde_json::to_writer(&mut payload, &id)?;
    payload.push(b'}');
    Ok(payload)
}

/// The state in what `probe` answers.
fn state(answer: &[u8]) -> Result<InstanceState, String> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        // A text that is compared is read faster than one of several variants.
        #[serde(borrow)]
        state: Cow<'a, str>,
    }
    let Answer { state } = answer::read(answer)?;
    match &*state {
        "down" => Ok(InstanceState::Down),
        "starting" => Ok(InstanceState::Starting),
        "ready" => Ok(InstanceState::Ready),
        other => Err(format!("`state` is {other:?}; it is \"down\", \"starting\" or \"ready\"")),
    }
}

struct NativeInstances {
    info: ExtensionInfo,
    ids: BTreeSet<InstanceId>,
    door: Door,
}

impl NativeInstances {
    async fn ask(&self, id: InstanceId, method: &str) -> Result<Vec<u8>, InstanceError> {
        let operation = self.door.operation(About { instance: Some(id), ..About::default() });
        let payload = asked(id).map_err(|error| InstanceError { id, message: error.to_string() })?;
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
        let answer = self.ask(id, "probe").await?;
        state(&answer)
            .map_err(|why| InstanceError { id, message: self.door.nonsense("probe", why).to_string() })
    }

    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        if self.info.has("stop", true) {
            self.ask(id, "stop").await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_and_answered_is_json() {
        for id in [0, 3, u32::MAX] {
            let payload: Value = serde_json::from_slice(&asked(InstanceId(id)).unwrap()).unwrap();
            assert_eq!(payload, json!({"instance": id}));
        }
        assert_eq!(state(br#" {"more": [1], "state": "ready"} "#), Ok(InstanceState::Ready));
        assert_eq!(state(br#"{"state": "\u0064own"}"#), Ok(InstanceState::Down));
        assert_eq!(state(br#"{"state":"starting"}"#), Ok(InstanceState::Starting));
        for wrong in [&b"null"[..], b"", br#"{"state": 1}"#, br#"{"state": "READY"}"#, br#"{}"#] {
            assert!(state(wrong).is_err(), "{wrong:?}");
        }
    }
}
