//! `/api/v1/logs`: the engine's log files, newest line first. Whoever gets a `next` gives it
//! back as `cursor`.

use axum::Json;
use axum::extract::{Query, State};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Answer, ROWS};
use crate::server::Shared;
use crate::server::openapi::{Api, told};
use crate::service::{LogPlace, LogSearch, MOST_ROWS, Page};

pub(super) fn routes() -> Api {
    Api::default().get(
        "/logs",
        list,
        told("What was logged, newest first.").query::<Wanted>().answer::<Page<Map<String, Value>>>(),
    )
}

/// A level, and graver ones with it.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// Which lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    search: Option<String>,
    level: Option<Level>,
    cursor: Option<LogPlace>,
    limit: Option<u32>,
}

async fn list(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Answer<Page<Map<String, Value>>> {
    let limit = wanted.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS);
    let search = LogSearch {
        text: wanted.search.unwrap_or_default(),
        level: wanted.level.map(|level| level.as_str().to_owned()).unwrap_or_default(),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        before: wanted.cursor,
    };
    let found = shared.service.logs(search).await?;
    let next = found.older.map(|place| place.to_string());
    Ok(Json(Page { items: found.lines, next, searched: None }))
}
