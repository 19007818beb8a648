//! `/api/v1/groups`: their definitions. What they do while they run is beside this.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use lariat_core::launch::PlanReport;
use lariat_core::orchestrator::GroupListing;
use serde::{Deserialize, Serialize};

use super::{Answer, needed, order, seen, tagged};
use crate::server::Shared;
use crate::service::{GroupPool, LaunchOrder, Saved, ServiceError};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/groups", get(list).post(create))
        .route("/groups/{name}", get(show).put(save).delete(delete))
        .route("/groups/{name}/pool", put(set_pool))
        .route("/groups/{name}/plan", post(plan))
}

async fn list(State(shared): State<Shared>) -> Json<Vec<GroupListing>> {
    Json(shared.service.groups())
}

async fn show(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Response, ServiceError> {
    let group = shared.service.group(&name)?;
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
#[derive(Debug, Serialize, Deserialize)]
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
