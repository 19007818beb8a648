//! `/api/v1/plugins`: native plugins.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Answer, order};
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::{PluginOrder, Reloaded};

pub(super) fn routes() -> Api {
    Api::default()
        .get(
            "/plugins",
            list,
            told("All native plugins, with what is counted of them.").answer::<Vec<Map<String, Value>>>(),
        )
        .get(
            "/plugins/{name}",
            inspect,
            told("What a plugin's files say of it; nothing of it is run.").answer::<Map<String, Value>>(),
        )
        .post(
            "/plugins/{name}/reload",
            reload,
            told("Loads a plugin's library again, if it is another one now.").answer::<Reloaded>(),
        )
        .post(
            "/plugins/{name}/quarantine",
            quarantine,
            told("Has nobody use a plugin any more.").body::<Why>().answer::<Reloaded>(),
        )
        .post("/plugins/{name}/lift", lift, told("Lets a plugin be used again.").answer::<Reloaded>())
}

async fn list(State(shared): State<Shared>) -> Answer<Vec<Value>> {
    shared.service.plugins().await.map(Json)
}

async fn inspect(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<Map<String, Value>> {
    shared.service.inspect_plugin(&name).await.map(Json)
}

async fn reload(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<Reloaded> {
    shared.service.plugin(&name, PluginOrder::Reload).await.map(Json)
}

/// Why, for those who wonder.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Why {
    reason: String,
}

async fn quarantine(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Answer<Reloaded> {
    let Why { reason } = order(&body)?;
    let reason = if reason.trim().is_empty() { "by hand".into() } else { reason };
    shared.service.plugin(&name, PluginOrder::Quarantine(reason)).await.map(Json)
}

async fn lift(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<Reloaded> {
    shared.service.plugin(&name, PluginOrder::Lift).await.map(Json)
}
