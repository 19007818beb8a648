//! `/api/v1/groups`: their definitions. What they do while they run is beside this.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lariat_core::definition::GroupDefinition;
use lariat_core::launch::PlanReport;
use lariat_core::orchestrator::GroupListing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, needed, order, seen, tagged};
use crate::server::Shared;
use crate::server::access::Identity;
use crate::server::openapi::{Api, told};
use crate::service::{GroupPool, GroupShown, LaunchOrder, Saved, ServiceError};

pub(super) fn routes() -> Api {
    Api::default()
        .get("/groups", list, told("All groups.").answer::<Vec<GroupListing>>())
        .post(
            "/groups",
            create,
            told("Saves a new group.").body::<GroupDefinition>().answer::<Saved>().status("201"),
        )
        .get("/groups/{name}", show, told("A group's definition, with its ETag.").answer::<GroupShown>())
        .put(
            "/groups/{name}",
            save,
            told("Saves a changed group.").body::<GroupDefinition>().answer::<Saved>().if_match(),
        )
        .delete("/groups/{name}", delete, told("Deletes a group.").answer::<Saved>().if_match())
        .put(
            "/groups/{name}/pool",
            set_pool,
            told("Gives a group another pool.").body::<Named>().answer::<GroupPool>(),
        )
        .post(
            "/groups/{name}/plan",
            plan,
            told("What a launch would do.").body::<LaunchOrder>().answer::<PlanReport>(),
        )
}

async fn list(State(shared): State<Shared>) -> Json<Vec<GroupListing>> {
    Json(shared.service.groups())
}

async fn show(
    identity: Identity,
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, ServiceError> {
    let group = shared.service.group(&name)?;
    let group = if identity.may_change() { group } else { group.masked() };
    Ok(tagged(group.content_hash.as_deref(), &group))
}

async fn create(State(shared): State<Shared>, body: Bytes) -> Result<Response, ServiceError> {
    let saved = shared.service.create_group(&needed(&body)?).await?;
    Ok((StatusCode::CREATED, tagged(hash(&shared, &saved).as_deref(), &saved)).into_response())
}

async fn save(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ServiceError> {
    let saved = shared.service.save_group(&name, &needed(&body)?, seen(&headers)?).await?;
    Ok(tagged(hash(&shared, &saved).as_deref(), &saved))
}

/// What there is to see of a group that was saved.
fn hash(shared: &Shared, saved: &Saved) -> Option<String> {
    shared.service.group(&saved.name).ok()?.content_hash
}

async fn delete(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Answer<Saved> {
    shared.service.delete_group(&name, seen(&headers)?).await.map(Json)
}

/// A group's pool, by name.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    pool: String,
}

async fn set_pool(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Answer<GroupPool> {
    let Named { pool } = needed(&body)?;
    shared.service.set_group_pool(&name, &pool).await.map(Json)
}

async fn plan(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Answer<PlanReport> {
    shared.service.plan(&name, order::<LaunchOrder>(&body)?).await.map(Json)
}
