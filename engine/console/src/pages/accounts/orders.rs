//! Reset, which asks first; import.

use std::path::PathBuf;

use axum::extract::Path;
use axum::response::Response;
use maud::html;

use super::show::known;
use crate::pages::frame::{Frame, Page, Section, Tone, done, problem_page, redirect};
use crate::pages::parts::{Fields, href, numbers};
use crate::{Code, ServiceError};

/// Problems of an import that are told.
const PROBLEMS: usize = 10;

/// `GET /accounts/{id}/reset`
pub(super) async fn ask_reset(frame: Frame, Path(id): Path<String>) -> Response {
    resetting(&frame, &id, None)
}

fn resetting(frame: &Frame, id: &str, error: Option<&ServiceError>) -> Response {
    let body = html! {
        section.card.stack {
            p { "Its row in the account table becomes available again. Pools remember what became of it in them: to have it served again by a pool, reset the pool." }
            form.actions action=(href(&["accounts", id, "reset"])) method="post" {
                button.danger type="submit" disabled[!frame.may_change] { "Reset " (id) }
                a.button.quiet href=(href(&["accounts", id])) { "Leave it as it is" }
            }
        }
    };
    Page::new(Section::Accounts, format!("Reset {id}?"))
        .under("/accounts", "Accounts")
        .under(href(&["accounts", id]), id)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /accounts/{id}/reset`
pub(super) async fn reset(frame: Frame, Path(id): Path<String>) -> Response {
    let known = match known(&id) {
        Ok(known) => known,
        Err(error) => return problem_page(&frame, Section::Accounts, &error),
    };
    match frame.shared.service.reset_accounts(Some(vec![known])).await {
        Ok(_) => done(&href(&["accounts", &id]), &format!("{id} is available again.")),
        Err(error) => resetting(&frame, &id, Some(&error)),
    }
}

/// `GET /accounts:import`
pub(super) async fn ask_import(frame: Frame) -> Response {
    importing(&frame, "", None)
}

fn importing(frame: &Frame, entered: &str, error: Option<&ServiceError>) -> Response {
    let body = html! {
        form.form action="/accounts:import" method="post" {
            section.card {
                label.field {
                    span.label { "Files and folders" }
                    textarea name="paths" rows="4" spellcheck="false" aria-describedby="hint-paths" { (entered) }
                    span.hint #hint-paths { "One a line, on the machine that the engine runs on; relative ones begin at the workspace. XML, JSON and CSV." }
                }
            }
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Import" }
                a.button.quiet href="/accounts" { "Cancel" }
            }
        }
    };
    let lead = html! { "Accounts that are there already are updated; importing twice changes nothing." };
    Page::new(Section::Accounts, "Import accounts")
        .under("/accounts", "Accounts")
        .lead(lead)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /accounts:import`
pub(super) async fn import(frame: Frame, fields: Fields) -> Response {
    let entered = fields.get("paths").unwrap_or_default();
    let paths: Vec<PathBuf> =
        entered.lines().map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from).collect();
    if paths.is_empty() {
        let told = ServiceError::new(Code::Invalid, "Name a file or a folder to import.");
        return importing(&frame, entered, Some(&told));
    }
    let imported = match frame.shared.service.import_accounts(paths).await {
        Ok(imported) => imported,
        Err(error) => return importing(&frame, entered, Some(&error)),
    };
    let mut told = format!(
        "{} accounts are new, {} were updated, {} already were so.",
        numbers(imported.added),
        numbers(imported.updated),
        numbers(imported.unchanged)
    );
    if imported.problems.is_empty() {
        return done("/accounts", &told);
    }
    told.push_str(&format!(" {} were passed over:", numbers(imported.problems.len())));
    for problem in imported.problems.iter().take(PROBLEMS) {
        told.push('\n');
        told.push_str(problem);
    }
    redirect("/accounts", Tone::Warning, &told)
}
