//! What a provider's script is asked, and what its answers mean.

use std::sync::Arc;

use lariat_core::ids::InstanceId;
use lariat_core::instance::InstanceState;
use lariat_core::routine::RoutineError;
use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::{Answer, Returned};
use crate::json::from_json_frozen;

/// One question to a provider's script.
pub(crate) struct ProviderWork {
    /// The provider.
    pub(crate) provider: String,
    /// Its parameters, checked and with their defaults.
    pub(crate) params: Arc<Map<String, Json>>,
    /// What is asked.
    pub(crate) verb: ProviderVerb,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ProviderVerb {
    /// To start an instance.
    Start(InstanceId),
    /// How it is.
    Probe(InstanceId),
    /// To stop it.
    Stop(InstanceId),
}

impl ProviderVerb {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Probe(_) => "probe",
            Self::Stop(_) => "stop",
        }
    }

    pub(super) fn argument(self) -> Value {
        let (Self::Start(id) | Self::Probe(id) | Self::Stop(id)) = self;
        Value::Number(f64::from(id.0))
    }
}

impl ProviderWork {
    pub(super) fn fill(&self, lua: &Lua, ctx: &Table) -> mlua::Result<()> {
        ctx.raw_set("params", from_json_frozen(lua, &self.params)?)?;
        ctx.raw_set("provider", self.provider.as_str())
    }

    pub(super) fn read(&self, returned: &Returned<'_>) -> Result<Answer, RoutineError> {
        let function = format!("{}(ctx, id)", self.verb.word());
        match (self.verb, returned.kind) {
            (_, "failed") => Err(returned.failed(&function)),
            (ProviderVerb::Probe(_), "down") => Ok(Answer::State(InstanceState::Down)),
            (ProviderVerb::Probe(_), "starting") => Ok(Answer::State(InstanceState::Starting)),
            (ProviderVerb::Probe(_), "ready") => Ok(Answer::State(InstanceState::Ready)),
            (ProviderVerb::Probe(_), _) => Err(returned.wrong(
                &function,
                format_args!(
                    "returned {}; it returns \"down\", \"starting\" or \"ready\", or nil and why",
                    returned.text()
                ),
            )),
            (ProviderVerb::Start(_) | ProviderVerb::Stop(_), _) => Ok(Answer::Done),
        }
    }
}
