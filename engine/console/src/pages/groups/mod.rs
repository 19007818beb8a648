use crate::server::Shared;
use axum::Router;
pub(super) fn routes() -> Router<Shared> {
    Router::new()
}
