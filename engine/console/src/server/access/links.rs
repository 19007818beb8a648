//! `POST /api/v1/links` makes a one-time link to the console; `GET /api/v1/identity` says
//! who asks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Identity, Keys};
use crate::server::{Shared, routes};
use crate::service::ServiceError;

/// What kind of link.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::server) struct LinkOrder {
    /// Whether it is for somebody who may only look.
    read_only: bool,
}

/// A link that can be used once.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::server) struct Link {
    /// Where to go.
    url: String,
    /// How long it can be used, in seconds.
    expires_in: u64,
    access: Access,
}

pub(in crate::server) async fn create(
    State(shared): State<Shared>,
    body: Bytes,
) -> Result<Json<Link>, ServiceError> {
    let order: LinkOrder = routes::order(&body)?;
    let access = if order.read_only { Access::ReadOnly } else { Access::Full };
    let (url, expires_in) = (shared.login_url(access), Keys::LINK_LIFE.as_secs());
    Ok(Json(Link { url, expires_in, access }))
}

pub(in crate::server) async fn identity(identity: Identity) -> Json<Identity> {
    Json(identity)
}
