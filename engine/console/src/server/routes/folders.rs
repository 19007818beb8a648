//! `/api/v1/folders`: folders of the engine's machine, to choose one for a pool.

use axum::Json;
use axum::extract::{Query, State};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Answer;
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::Folders;

pub(super) fn routes() -> Api {
    Api::default().get(
        "/folders",
        list,
        told("What is in a folder of the workspace, or of those that `console.folders` names.")
            .query::<Wanted>()
            .answer::<Folders>(),
    )
}

/// Which folder; the workspace, if none is named.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    at: String,
}

async fn list(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> Answer<Folders> {
    shared.service.folders(&wanted.at).await.map(Json)
}
