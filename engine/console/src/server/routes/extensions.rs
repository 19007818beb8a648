//! `/api/v1/extensions`, `/routines`, `/pool-types`, `/hooks`, `/providers`,
//! `/provider-types`: what there is besides
//! the core.

use axum::Json;
use axum::extract::{Query, State};
use lariat_core::ids::GroupName;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Answer;
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::{Extension, HooksListed, ProviderListed, RoutineListed};

pub(super) fn routes() -> Api {
    Api::default()
        .get(
            "/extensions",
            files,
            told("The files of extensions: in force, or why not.").answer::<Vec<Map<String, Value>>>(),
        )
        .get("/routines", routines, told("The routines in force.").answer::<Vec<RoutineListed>>())
        .get("/pool-types", pool_types, told("The pool types in force.").answer::<Vec<Extension>>())
        .get(
            "/hooks",
            hooks,
            told("The hooks, in the order in which they run.").query::<For>().answer::<HooksListed>(),
        )
        .get(
            "/providers",
            providers,
            told("The providers of instances; the first that has one serves it.")
                .answer::<Vec<ProviderListed>>(),
        )
        .get(
            "/provider-types",
            provider_types,
            told("The kinds of instance provider: in force, or why not.").answer::<Vec<Map<String, Value>>>(),
        )
}

async fn files(State(shared): State<Shared>) -> Json<Vec<Value>> {
    Json(shared.service.extensions())
}

async fn routines(State(shared): State<Shared>) -> Json<Vec<RoutineListed>> {
    Json(shared.service.routines())
}

async fn pool_types(State(shared): State<Shared>) -> Json<Vec<Extension>> {
    Json(shared.service.pool_types())
}

/// As which group has them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct For {
    group: Option<GroupName>,
}

async fn hooks(State(shared): State<Shared>, Query(wanted): Query<For>) -> Answer<HooksListed> {
    shared.service.hooks(wanted.group.as_ref()).map(Json)
}

async fn providers(State(shared): State<Shared>) -> Json<Vec<ProviderListed>> {
    Json(shared.service.providers())
}

async fn provider_types(State(shared): State<Shared>) -> Json<Vec<Value>> {
    Json(shared.service.provider_types())
}
