//! `/api/v1/pools`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::AccountId;
use lariat_core::ledger::ResetReport;
use lariat_core::pool::{PoolListing, PoolStats, RefreshReport};
use lariat_core::source::TestReport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, ROWS, needed, order, seen, tagged};
use crate::server::Shared;
use crate::server::access::Identity;
use crate::server::openapi::{Api, told};
use crate::service::{
    MOST_ROWS, PoolDeleted, PoolDraft, PoolPlaces, PoolShown, Saved, ServiceError, Standing,
};

pub(super) fn routes() -> Api {
    Api::default()
        .get("/pools", list, told("All pools with their numbers.").answer::<Vec<PoolListing>>())
        .post("/pools", create, told("Saves a new pool.").body::<PoolDraft>().answer::<Saved>().status("201"))
        .post(
            "/pools:import",
            import,
            told("Saves some pools, or none.").body::<Vec<PoolDraft>>().answer::<Vec<Saved>>(),
        )
        .post(
            "/pools:preview",
            preview,
            told("What a pool would select.").body::<PoolDraft>().answer::<TestReport>(),
        )
        .get("/pools/{name}", show, told("A pool's definition, with its ETag.").answer::<PoolShown>())
        .put(
            "/pools/{name}",
            save,
            told("Saves a changed pool.").body::<PoolDraft>().answer::<Saved>().if_match(),
        )
        .delete("/pools/{name}", delete, told("Deletes a pool.").answer::<PoolDeleted>().if_match())
        .get(
            "/pools/{name}/yaml",
            text,
            told("A pool's definition as YAML.").answer::<PoolDefinition>().kind("application/yaml"),
        )
        .post("/pools/{name}/test", test, told("What a pool selects now.").answer::<TestReport>())
        .get("/pools/{name}/stats", stats, told("A pool's numbers.").answer::<PoolStats>())
        .get(
            "/pools/{name}/accounts",
            places,
            told("How a pool's accounts stand, and why one isn't served.")
                .query::<Wanted>()
                .answer::<PoolPlaces>(),
        )
        .post(
            "/pools/{name}/refresh",
            refresh,
            told("Selects a pool's accounts anew.").answer::<RefreshReport>(),
        )
        .post(
            "/pools/{name}/reset",
            reset,
            told("Forgets a pool's outcomes.").body::<Reset>().answer::<ResetReport>(),
        )
}

async fn list(State(shared): State<Shared>) -> Json<Vec<PoolListing>> {
    Json(shared.service.pools().await)
}

async fn show(
    identity: Identity,
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, ServiceError> {
    let pool = shared.service.pool(&name)?;
    let pool = if identity.may_change() { pool } else { pool.masked() };
    Ok(tagged(pool.content_hash.as_deref(), &pool))
}

async fn text(
    identity: Identity,
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, ServiceError> {
    let text = shared.service.pool_text(&name, identity.may_change())?;
    Ok(([(header::CONTENT_TYPE, "application/yaml")], text).into_response())
}

async fn create(State(shared): State<Shared>, body: Bytes) -> Result<Response, ServiceError> {
    let saved = shared.service.create_pools(vec![needed(&body)?]).await?.into_iter().next();
    let hash = saved.as_ref().and_then(|saved| hash(&shared, saved));
    Ok((StatusCode::CREATED, tagged(hash.as_deref(), &saved)).into_response())
}

/// Some pools at once: all of them, or none.
async fn import(State(shared): State<Shared>, body: Bytes) -> Answer<Vec<Saved>> {
    shared.service.create_pools(needed::<Vec<PoolDraft>>(&body)?).await.map(Json)
}

async fn save(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ServiceError> {
    let saved = shared.service.save_pool(&name, needed(&body)?, seen(&headers)?).await?;
    Ok(tagged(hash(&shared, &saved).as_deref(), &saved))
}

/// What there is to see of a pool that was saved.
fn hash(shared: &Shared, saved: &Saved) -> Option<String> {
    shared.service.pool(&saved.name).ok()?.content_hash
}

async fn delete(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer<PoolDeleted> {
    shared.service.delete_seen_pool(&name, seen(&headers)?).await.map(Json)
}

async fn preview(State(shared): State<Shared>, body: Bytes) -> Answer<TestReport> {
    Ok(Json(shared.service.preview_pool(needed(&body)?).await))
}

async fn test(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<TestReport> {
    shared.service.test_pool(&name).await.map(Json)
}

async fn stats(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<PoolStats> {
    shared.service.pool_stats(&name).await.map(Json)
}

/// Which accounts of the pool.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PoolAccounts")]
struct Wanted {
    state: Option<Standing>,
    cursor: Option<u32>,
    limit: Option<u32>,
}

async fn places(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer<PoolPlaces> {
    let limit = usize::try_from(wanted.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS)).unwrap_or(usize::MAX);
    let state = wanted.state.unwrap_or_default();
    shared.service.pool_places(&name, state, wanted.cursor, limit).map(Json)
}

async fn refresh(State(shared): State<Shared>, Path(name): Path<String>) -> Answer<RefreshReport> {
    shared.service.refresh_pool(&name).await.map(Json)
}

/// Which accounts to reset; all of the pool's, if none are named.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PoolReset")]
struct Reset {
    accounts: Vec<AccountId>,
}

async fn reset(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Answer<ResetReport> {
    let Reset { accounts } = order(&body)?;
    shared.service.reset_pool(&name, (!accounts.is_empty()).then_some(accounts)).await.map(Json)
}
