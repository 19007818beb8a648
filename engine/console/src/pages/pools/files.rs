//! Definitions as text: import, export.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::pages::frame::{Frame, Page, Section, done, problem_page};
use crate::pages::parts::{Fields, href};
use crate::service::PoolDraft;
use crate::{Code, ServiceError};

/// `GET /pools/{name}/export`: the definition as a file.
pub(super) async fn export(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.pool_text(&name, frame.may_change) {
        Ok(text) => {
            let kind = (header::CONTENT_TYPE, "application/yaml; charset=utf-8");
            ([kind, (header::CONTENT_DISPOSITION, "attachment; filename=\"pool.yaml\"")], text)
                .into_response()
        }
        Err(error) => problem_page(&frame, Section::Pools, &error),
    }
}

/// `GET /pools:import`
pub(super) async fn page(frame: Frame) -> Response {
    asking(&frame, "", None)
}

fn asking(frame: &Frame, text: &str, error: Option<&ServiceError>) -> Response {
    let body = html! {
        form.form action="/pools:import" method="post" {
            section.card {
                label.field {
                    span.label { "Definition" }
                    textarea name="text" rows="18" spellcheck="false" aria-describedby="hint-text" { (text) }
                    span.hint #hint-text { "YAML, as an export or a file of " code { "pools/" } " holds it. Comments are kept." }
                }
            }
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Import" }
                a.button.quiet href="/pools" { "Cancel" }
            }
        }
    };
    Page::new(Section::Pools, "Import a pool").under("/pools", "Pools").problem(error).body(body).show(frame)
}

/// `POST /pools:import`
pub(super) async fn import(frame: Frame, fields: Fields) -> Response {
    let text = fields.get("text").unwrap_or_default().replace("\r\n", "\n");
    if text.is_empty() {
        let told = ServiceError::new(Code::Invalid, "There is nothing to import: paste a definition.");
        return asking(&frame, &text, Some(&told));
    }
    let draft = PoolDraft::Text { name: "the text".to_owned(), text: format!("{text}\n") };
    match frame.shared.service.create_pools(vec![draft]).await {
        Ok(saved) => {
            let name = saved.first().map(|saved| saved.name.clone()).unwrap_or_default();
            done(&href(&["pools", &name]), &format!("{name} was imported."))
        }
        Err(error) => asking(&frame, &text, Some(&error)),
    }
}
