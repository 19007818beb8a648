//! Errors as `{"error", "exit"}`, with the exit code that the command line gives for the
//! same.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::service::{Code, ServiceError};

pub(super) fn told(exit: i32, message: &str) -> Json<Value> {
    Json(json!({"error": message, "exit": exit}))
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let status = match self.code {
            Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Refused => StatusCode::CONFLICT,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, told(self.code as i32, &self.message)).into_response()
    }
}

pub(super) async fn unknown() -> ServiceError {
    ServiceError::new(Code::NotFound, "there is no such route")
}

pub(super) async fn wrong_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, told(2, "this route takes another method")).into_response()
}
