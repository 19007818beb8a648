//! Everything at a glance.
use super::frame::{Frame, Page, Section};
use axum::response::Response;
pub(super) async fn page(frame: Frame) -> Response {
    Page::new(Section::Overview, "Overview").show(&frame)
}
