//! One function a route, each one call of the service.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Shared;
use crate::service::{Code, LaunchOrder, Reloaded, ServiceError, Status, StopOrder};

type Answer<T> = Result<Json<T>, ServiceError>;

/// The body of a request; an empty one means the defaults.
pub(super) fn order<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, ServiceError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::new(Code::Invalid, format!("the request: {error}")))
}

/// Which engine this is; cheap.
pub(super) async fn engine() -> Json<Value> {
    Json(json!({"pid": std::process::id(), "version": env!("CARGO_PKG_VERSION")}))
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

pub(super) async fn stop(
    State(shared): State<Shared>,
    Path(group): Path<String>,
    body: Bytes,
) -> Answer<Value> {
    shared.service.stop(&group, order::<StopOrder>(&body)?)?;
    Ok(Json(json!({"stopping": group})))
}

/// What `scale` takes, and gives back.
#[derive(Debug, Default, Serialize, Deserialize)]
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

pub(super) async fn pause(State(shared): State<Shared>, Path(group): Path<String>) -> Answer<Value> {
    shared.service.pause(&group)?;
    Ok(Json(json!({"paused": group})))
}

pub(super) async fn resume(State(shared): State<Shared>, Path(group): Path<String>) -> Answer<Value> {
    shared.service.resume(&group)?;
    Ok(Json(json!({"resumed": group})))
}

pub(super) async fn shut_down(State(shared): State<Shared>, body: Bytes) -> Answer<Value> {
    let order: StopOrder = order(&body)?;
    shared.service.shut_down(order.mode());
    Ok(Json(json!({"ending": true})))
}
