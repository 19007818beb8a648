//! `/api/v1/scripts/check`, `/backup`, `/doctor`, `/schemas`: what keeps a workspace in order.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use lariat_workspace::schema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Answer, needed, order};
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::{Backup, Checked, Code, Script, ServiceError};

pub(super) fn routes() -> Api {
    type Findings = Vec<Map<String, Value>>;
    Api::default()
        .post(
            "/scripts/check",
            check,
            told("Compiles and checks scripts without running them.").body::<Scripts>().answer::<Checked>(),
        )
        .post(
            "/backup",
            back_up,
            told("Writes a copy of the store into .lariat/backups/.").body::<Keep>().answer::<Backup>(),
        )
        .post(
            "/doctor",
            examine,
            told("Looks at everything in the workspace; says what to do.").answer::<Findings>(),
        )
        .get(
            "/schemas/{name}",
            schema_of,
            told("The JSON Schema of a file: `pool`, `group` or `workspace`.").answer::<Map<String, Value>>(),
        )
}

/// Which scripts; all of the kind, if none are named.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Scripts {
    kind: Script,
    #[serde(default)]
    names: Vec<String>,
}

async fn check(State(shared): State<Shared>, body: Bytes) -> Answer<Checked> {
    let Scripts { kind, names } = needed(&body)?;
    shared.service.check_scripts(kind, names).await.map(Json)
}

/// How many backups are kept; as `ledger.keep_backups` says, if it isn't said.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Keep {
    #[schemars(range(min = 1))]
    keep: Option<u32>,
}

async fn back_up(State(shared): State<Shared>, body: Bytes) -> Answer<Backup> {
    let Keep { keep } = order(&body)?;
    if keep == Some(0) {
        return Err(ServiceError::new(Code::Invalid, "keep: at least one"));
    }
    shared.service.back_up(keep).await.map(Json)
}

async fn examine(State(shared): State<Shared>) -> Answer<Vec<Map<String, Value>>> {
    shared.service.examine().await.map(Json)
}

async fn schema_of(Path(name): Path<String>) -> Answer<Value> {
    match name.as_str() {
        "pool" => Ok(Json(schema::pool())),
        "group" => Ok(Json(schema::group())),
        "workspace" => Ok(Json(schema::workspace())),
        other => {
            let told = format!("there is no schema {other:?}; there are pool, group and workspace");
            Err(ServiceError::new(Code::NotFound, told))
        }
    }
}
