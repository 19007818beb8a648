//! One function a route, each one call of the service.
//!
//! | part | routes |
//! |---|---|
//! | here | the engine, and groups at work |
//! | `pools`, `groups` | definitions, refresh, reset |
//! | `accounts` | the account table |
//! | `attempts` | the record of runs |
//! | `extensions` | what is registered |
//! | `plugins` | native plugins |
//! | `folders` | folders to choose from |
//! | `logs` | the log files |
//! | `upkeep` | scripts checked, backups, the doctor, schemas |

mod accounts;
mod attempts;
mod extensions;
mod folders;
mod groups;
mod logs;
mod plugins;
mod pools;
mod upkeep;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lariat_core::launch::LaunchReport;
use lariat_workspace::Seen;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Shared;
use super::access::Identity;
use super::openapi::{Api, told};
use crate::service::{
    self, Code, Following, LaunchOrder, Reloaded, RunningLaunch, ServiceError, Status, StopOrder,
};

type Answer<T> = Result<Json<T>, ServiceError>;

/// Rows of a page when nobody says how many.
const ROWS: u32 = 50;

/// The body of a request; an empty one means the defaults.
pub(super) fn order<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, ServiceError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::new(Code::Invalid, format!("the request: {error}")))
}

/// The body of a request that must say something.
fn needed<T: DeserializeOwned>(body: &Bytes) -> Result<T, ServiceError> {
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::new(Code::Invalid, format!("the request: {error}")))
}

/// The routes over groups at work.
pub(super) fn at_work() -> Api {
    Api::default()
        .post(
            "/groups/{name}/launch",
            launch,
            told(
                "Launches a group; answers at once, or when it has ended, with its report. \
                  `Idempotency-Key` is honoured.",
            )
            .body::<LaunchOrder>()
            .answer::<LaunchReport>()
            .also::<RunningLaunch>("202"),
        )
        .get(
            "/groups/{name}/launch",
            follow,
            told("How a group's launch stands, with its questions.").answer::<Following>(),
        )
        .post(
            "/groups/{name}/answer",
            answer,
            told("Answers a question of a group's launch.").body::<Answered>().answer::<Answered>(),
        )
        .post(
            "/groups/{name}/stop",
            stop,
            told("Stops a group's bots.").body::<StopOrder>().answer::<Stopping>(),
        )
        .post("/groups/{name}/scale", scale, told("Changes how many bots.").body::<Bots>().answer::<Bots>())
        .post("/groups/{name}/pause", pause, told("Holds a group's bots.").answer::<Paused>())
        .post("/groups/{name}/resume", resume, told("Lets a group's bots go on.").answer::<Resumed>())
}

/// The routes over definitions, accounts, runs, extensions, and the engine's machine.
pub(super) fn records() -> Api {
    pools::routes()
        .merge(groups::routes())
        .merge(accounts::routes())
        .merge(attempts::routes())
        .merge(extensions::routes())
        .merge(plugins::routes())
        .merge(folders::routes())
        .merge(logs::routes())
        .merge(upkeep::routes())
}

/// What the caller has seen of a definition, by `If-Match`; what is in force without, and
/// with `*`.
fn seen(headers: &HeaderMap) -> Result<Seen, ServiceError> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(Seen::Current) };
    if tag.as_bytes().trim_ascii() == b"*" {
        return Ok(Seen::Current);
    }
    let hash = tag.to_str().ok().and_then(|tag| tag.trim().trim_matches('"').parse().ok());
    let wrong = || ServiceError::new(Code::Invalid, "If-Match: give the ETag that came with the definition");
    hash.map(Seen::Content).ok_or_else(wrong)
}

/// An answer with the definition's ETag.
fn tagged(hash: Option<&str>, value: &impl Serialize) -> Response {
    let mut answer = Json(value).into_response();
    if let Some(tag) = hash.and_then(|hash| format!("\"{hash}\"").parse().ok()) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Which engine this is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Engine {
    /// Its process.
    pid: u32,
    version: &'static str,
}

/// Which engine this is; cheap.
pub(super) async fn engine() -> Json<Engine> {
    Json(Engine { pid: std::process::id(), version: env!("CARGO_PKG_VERSION") })
}

pub(super) async fn status(State(shared): State<Shared>) -> Json<Status> {
    Json(shared.service.status().await)
}

pub(super) async fn reload(State(shared): State<Shared>) -> Answer<Reloaded> {
    shared.service.reload().await.map(Json)
}

pub(super) async fn launch(
    State(shared): State<Shared>,
    Path(group): Path<String>,
    body: Bytes,
) -> Result<Response, ServiceError> {
    let order: LaunchOrder = order(&body)?;
    let wait = order.wait;
    let (launch, task) = shared.service.launch(&group, order)?;
    if !wait {
        return Ok((StatusCode::ACCEPTED, Json(launch)).into_response());
    }
    let report = task.await.ok().flatten();
    let report = report.ok_or_else(|| ServiceError::new(Code::Failed, "the launch broke"))?;
    Ok(Json(report).into_response())
}

async fn follow(
    State(shared): State<Shared>,
    identity: Identity,
    Path(group): Path<String>,
) -> Answer<Following> {
    shared.service.follow(&group, identity.may_change()).map(Json)
}

/// A question's number, and what it is answered with.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Answered {
    question: u64,
    answer: service::Answer,
}

async fn answer(State(shared): State<Shared>, Path(group): Path<String>, body: Bytes) -> Answer<Answered> {
    let answered: Answered = needed(&body)?;
    shared.service.answer(&group, answered.question, answered.answer)?;
    Ok(Json(answered))
}

pub(super) async fn stop(
    State(shared): State<Shared>,
    Path(group): Path<String>,
    body: Bytes,
) -> Answer<Stopping> {
    shared.service.stop(&group, order::<StopOrder>(&body)?)?;
    Ok(Json(Stopping { stopping: group }))
}

/// The group that is being stopped.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Stopping {
    stopping: String,
}

/// The group whose bots are held.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Paused {
    paused: String,
}

/// The group whose bots go on.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Resumed {
    resumed: String,
}

/// The engine is ending.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ending {
    ending: bool,
}

/// What `scale` takes, and gives back.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bots {
    bots: u32,
}

pub(super) async fn scale(
    State(shared): State<Shared>,
    Path(group): Path<String>,
    body: Bytes,
) -> Answer<Bots> {
    if body.is_empty() {
        return Err(ServiceError::new(Code::Invalid, "say how many: {\"bots\": 4}"));
    }
    let bots = shared.service.scale(&group, order::<Bots>(&body)?.bots).await?;
    Ok(Json(Bots { bots }))
}

pub(super) async fn pause(State(shared): State<Shared>, Path(group): Path<String>) -> Answer<Paused> {
    shared.service.pause(&group)?;
    Ok(Json(Paused { paused: group }))
}

pub(super) async fn resume(State(shared): State<Shared>, Path(group): Path<String>) -> Answer<Resumed> {
    shared.service.resume(&group)?;
    Ok(Json(Resumed { resumed: group }))
}

pub(super) async fn shut_down(State(shared): State<Shared>, body: Bytes) -> Answer<Ending> {
    let order: StopOrder = order(&body)?;
    shared.service.shut_down(order.mode());
    Ok(Json(Ending { ending: true }))
}
