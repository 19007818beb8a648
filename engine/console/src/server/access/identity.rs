//! Who asks.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::service::{Code, ServiceError};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everything.
    Full,
    /// To look, with secrets masked.
    ReadOnly,
}

/// Who asks. Found out before any route runs; handlers take it as an argument, and find
/// it among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Identity {
    /// `token`, `read token`, or `console` with the number of the session: what the audit
    /// log says. Never a secret.
    pub who: Arc<str>,
    /// What they may do.
    pub access: Access,
}

impl Identity {
    /// Whether they may change something, or see secrets.
    pub fn may_change(&self) -> bool {
        self.access == Access::Full
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ServiceError> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| ServiceError::new(Code::Failed, "nobody found out who asks"))
    }
}
