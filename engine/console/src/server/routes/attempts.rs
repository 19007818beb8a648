//! `/api/v1/attempts`: the record of runs, page by page. Whoever gets a `next` gives it back
//! as `cursor`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use lariat_core::ids::{AccountId, GroupName, LaunchId, PoolName};
use lariat_core::outcome::Disposition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, ROWS, needed};
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::{Again, Code, Page, Retried, Run, RunFilter, RunShown, ServiceError};

pub(super) fn routes() -> Api {
    Api::default()
        .get(
            "/attempts",
            list,
            told("Runs, newest first. `searched` tells how far a search came that took too long.")
                .query::<Wanted>()
                .answer::<Page<Run>>(),
        )
        .get("/attempts/{id}", show, told("A run with its log.").number().answer::<RunShown>())
        .post(
            "/attempts/retry",
            retry,
            told("Makes the accounts of runs available again, also to their pools.")
                .body::<Retry>()
                .answer::<Retried>(),
        )
}

/// Which runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    group: Option<GroupName>,
    pool: Option<PoolName>,
    account: Option<AccountId>,
    launch: Option<LaunchId>,
    outcome: Option<Disposition>,
    cursor: Option<i64>,
    limit: Option<u32>,
}

async fn list(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> Answer<Page<Run>> {
    let Wanted { group, pool, account, launch, outcome, cursor, limit } = wanted;
    let filter = RunFilter { group, pool, account, launch, outcome };
    shared.service.attempts(filter.search(cursor, limit.unwrap_or(ROWS))).await.map(Json)
}

async fn show(State(shared): State<Shared>, Path(id): Path<i64>) -> Answer<RunShown> {
    shared.service.attempt(id).await.map(Json)
}

/// Which runs to try again: by `ids`, or those that a `filter` lets through.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Retry {
    ids: Option<Vec<i64>>,
    filter: Option<RunFilter>,
    /// Whether only to say how many accounts it would be.
    #[serde(default)]
    dry_run: bool,
}

async fn retry(State(shared): State<Shared>, body: Bytes) -> Answer<Retried> {
    let Retry { ids, filter, dry_run } = needed(&body)?;
    let again = match (ids, filter) {
        (Some(ids), None) => Again::Ids(ids),
        (None, Some(filter)) => Again::Filter(filter),
        _ => {
            let told = "say which runs: {\"ids\": [1, 2]} or {\"filter\": {\"outcome\": \"failed\"}}";
            return Err(ServiceError::new(Code::Invalid, told));
        }
    };
    shared.service.retry(again, dry_run).await.map(Json)
}
