//! `/api/v1/accounts`: page by page. Whoever gets a `next` gives it back as `cursor`.

use std::path::PathBuf;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lariat_core::ids::AccountId;
use lariat_core::records::{AccountCounts, AccountSearch, AccountStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Answer, ROWS, needed};
use crate::server::Shared;
use crate::server::access::Identity;
use crate::server::openapi::{Api, told};
use crate::service::{
    AccountShown, Code, Imported, MOST_IN_A_FILE, Page, PlaceIn, Reveal, ServiceError, kind_of,
};

pub(super) fn routes() -> Api {
    type Rows = Page<Map<String, Value>>;
    Api::default()
        .get(
            "/accounts",
            list,
            told(
                "Accounts, in the order of their ids. A search begins where its text would be among \
                  them, and goes on at the first one from the last; `searched` tells how far it came.",
            )
            .query::<Accounts>()
            .answer::<Rows>(),
        )
        .get("/accounts:counts", counts, told("How many, by status.").answer::<AccountCounts>())
        .post(
            "/accounts:import",
            import,
            told("Takes account files and folders into the table.").body::<Paths>().answer::<Imported>(),
        )
        .post(
            "/accounts:export",
            export,
            told("Accounts as a file: csv, json, jsonl or xml; secrets are masked unless `reveal`.")
                .query::<Export>()
                .answer::<Vec<Map<String, Value>>>()
                .or(&["text/csv; charset=utf-8", "application/jsonl", "application/xml"]),
        )
        .post(
            "/accounts:reset",
            reset,
            told("Makes accounts available again.").body::<Reset>().answer::<ResetDone>(),
        )
        .get(
            "/accounts/{id}",
            show,
            told("An account with its last runs.").query::<Shown>().answer::<AccountShown>(),
        )
        .get(
            "/accounts/{id}/pools",
            places,
            told("How an account stands in each open pool that has it.").answer::<Vec<PlaceIn>>(),
        )
}

fn reveal(wanted: bool, identity: &Identity) -> Reveal<'_> {
    if wanted { Reveal::To(&identity.who) } else { Reveal::No }
}

fn unknown(id: &str) -> ServiceError {
    ServiceError::new(Code::NotFound, format!("there is no account {id:?}"))
}

/// Which accounts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Accounts {
    status: Option<AccountStatus>,
    search: Option<String>,
    cursor: Option<AccountId>,
    limit: Option<u32>,
    #[serde(default)]
    reveal: bool,
}

async fn list(
    State(shared): State<Shared>,
    identity: Identity,
    Query(wanted): Query<Accounts>,
) -> Answer<Page<Map<String, Value>>> {
    let search = AccountSearch {
        status: wanted.status,
        text: wanted.search.filter(|text| !text.is_empty()),
        after: wanted.cursor,
        limit: wanted.limit.unwrap_or(ROWS),
    };
    shared.service.accounts(search, reveal(wanted.reveal, &identity)).await.map(Json)
}

async fn counts(State(shared): State<Shared>) -> Answer<AccountCounts> {
    shared.service.account_counts().await.map(Json)
}

/// Whether secrets are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[serde(default)]
    reveal: bool,
}

async fn show(
    State(shared): State<Shared>,
    identity: Identity,
    Path(id): Path<String>,
    Query(wanted): Query<Shown>,
) -> Answer<AccountShown> {
    let id = AccountId::new(&id).map_err(|_| unknown(&id))?;
    shared.service.account(&id, reveal(wanted.reveal, &identity)).await.map(Json)
}

async fn places(State(shared): State<Shared>, Path(id): Path<String>) -> Answer<Vec<PlaceIn>> {
    let id = AccountId::new(&id).map_err(|_| unknown(&id))?;
    Ok(Json(shared.service.places_of(&id)))
}

/// What a file of accounts is written as.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    #[default]
    Json,
    Jsonl,
    Xml,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Xml => "xml",
        }
    }
}

/// Which accounts, in which format.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AccountExport")]
struct Export {
    #[serde(default)]
    format: Format,
    status: Option<AccountStatus>,
    search: Option<String>,
    #[serde(default)]
    reveal: bool,
}

/// Whoever may only look takes nothing away: this is no `GET`.
async fn export(
    State(shared): State<Shared>,
    identity: Identity,
    Query(wanted): Query<Export>,
) -> Result<Response, ServiceError> {
    let search = AccountSearch {
        status: wanted.status,
        text: wanted.search.filter(|text| !text.is_empty()),
        ..AccountSearch::default()
    };
    let format = wanted.format.as_str();
    let reveal = reveal(wanted.reveal, &identity);
    let done = shared.service.export_accounts(search, format, reveal, MOST_IN_A_FILE).await?;
    Ok(([(header::CONTENT_TYPE, kind_of(format))], done.file).into_response())
}

/// Files and folders on the engine's machine.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paths {
    paths: Vec<PathBuf>,
}

async fn import(State(shared): State<Shared>, body: Bytes) -> Answer<Imported> {
    let Paths { paths } = needed(&body)?;
    shared.service.import_accounts(paths).await.map(Json)
}

/// Which accounts to reset: some, or `all`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
#[schemars(rename = "AccountReset")]
enum Reset {
    Ids(Vec<AccountId>),
    All(bool),
}

/// How many accounts are available again.
#[derive(Debug, Serialize, JsonSchema)]
struct ResetDone {
    reset: u64,
}

async fn reset(State(shared): State<Shared>, body: Bytes) -> Answer<ResetDone> {
    let ids = match needed(&body)? {
        Reset::Ids(ids) => Some(ids),
        Reset::All(true) => None,
        Reset::All(false) => Some(Vec::new()),
    };
    Ok(Json(ResetDone { reset: shared.service.reset_accounts(ids).await? }))
}
