//! A script as core's [`InstanceProvider`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::Problem;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};
use lariat_core::limits::LimitedProvider;
use lariat_core::params::ParamSpecs;
use serde_json::{Map, Value};

use crate::script::{Script, beside_the_point};
use crate::work::{Answer, ProviderVerb, ProviderWork, Work};

/// What a provider says about itself.
#[derive(Debug, Clone)]
pub struct ProviderInfo {
    /// The word for it in `lariat.yaml`.
    pub name: String,
    /// For people.
    pub description: String,
    /// Its parameters.
    pub params: ParamSpecs,
    /// Whether it has a `start`.
    pub starts: bool,
    /// Whether it has a `stop`.
    pub stops: bool,
    /// The file it was read from.
    pub file: PathBuf,
}

/// A script that provides instances, once it is told which.
pub struct LuaProvider {
    pub(crate) info: ProviderInfo,
    pub(crate) script: Script,
}

impl LuaProvider {
    /// What it says about itself.
    pub fn info(&self) -> &ProviderInfo {
        &self.info
    }

    /// The provider of these instances.
    ///
    /// # Errors
    /// One problem for each parameter that isn't accepted; their paths begin with
    /// `config`.
    pub fn of(
        &self,
        ids: impl IntoIterator<Item = InstanceId>,
        config: &Map<String, Value>,
    ) -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
        let params = Arc::new(self.info.params.check("config", config)?);
        let (info, script) = (self.info.clone(), self.script.clone());
        let turns = script.turns.clone();
        let instances = Arc::new(Instances { info, script, params, ids: ids.into_iter().collect() });
        Ok(Arc::new(LimitedProvider::new(instances, turns)))
    }
}

struct Instances {
    info: ProviderInfo,
    script: Script,
    params: Arc<Map<String, Value>>,
    ids: BTreeSet<InstanceId>,
}

impl Instances {
    async fn ask(&self, id: InstanceId, verb: ProviderVerb) -> Result<Answer, InstanceError> {
        let (provider, params) = (self.info.name.clone(), self.params.clone());
        let work = Work::Provider(Box::new(ProviderWork { provider, params, verb }));
        let answer = self.script.ask_within(self.script.budgets.answer, work).await;
        answer.map_err(|error| InstanceError { id, message: error.with_traceback() })
    }
}

#[async_trait]
impl InstanceProvider for Instances {
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
        if self.info.starts {
            self.ask(id, ProviderVerb::Start(id)).await?;
        }
        Ok(())
    }

    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        match self.ask(id, ProviderVerb::Probe(id)).await? {
            Answer::State(state) => Ok(state),
            _ => Err(InstanceError { id, message: beside_the_point().to_string() }),
        }
    }

    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        if self.info.stops {
            self.ask(id, ProviderVerb::Stop(id)).await?;
        }
        Ok(())
    }
}
