//! A definition's file as it is written: where one that can't be used is mended.

use std::path::Path;

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use lariat_workspace::FileText;
use lariat_workspace::hash::ContentHash;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Frame, Page, Section, Tone, done, problem_page};
use super::parts::{AGAIN, Fields, href};
use crate::server::Shared;
use crate::{Code, ServiceError};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/files", get(page).post(save))
}

/// The address of a file's page.
pub(super) fn place(file: &Path) -> String {
    format!("/files?file={}", href(&[&file.to_string_lossy()]).trim_start_matches('/'))
}

#[derive(Deserialize)]
struct Wanted {
    file: String,
}

fn section(file: &Path) -> Section {
    if file.starts_with("groups") { Section::Groups } else { Section::Pools }
}

/// A file may hold what nobody is shown who may only look.
fn allowed(frame: &Frame) -> Result<(), ServiceError> {
    let told = "Whoever may only look isn’t shown the files: they may hold secrets.";
    frame.may_change.then_some(()).ok_or_else(|| ServiceError::new(Code::Refused, told))
}

async fn page(frame: Frame, Query(wanted): Query<Wanted>) -> Response {
    let file = Path::new(&wanted.file);
    match allowed(&frame).and_then(|()| frame.shared.service.file_text(file)) {
        Ok(now) => editing(&frame, &now, &now.text, None),
        Err(error) => problem_page(&frame, section(file), &error),
    }
}

fn editing(frame: &Frame, now: &FileText, entered: &str, error: Option<&ServiceError>) -> Response {
    let file = now.file.to_string_lossy();
    let body = html! {
        form.form action="/files" method="post" {
            input type="hidden" name="file" value=(file);
            input type="hidden" name="seen" value=(now.hash.to_string());
            section.card { (area(entered)) }
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Save" }
                a.button.quiet href=(section_href(&now.file)) { "Cancel" }
            }
        }
    };
    let mut page = Page::new(section(&now.file), file.as_ref())
        .under(section_href(&now.file), if now.file.starts_with("groups") { "Groups" } else { "Pools" })
        .lead(html! { "The file as it is written. What is saved is checked first, and acts at once." });
    if let (Some(problem), None) = (&now.problem, error) {
        page = page.message(Tone::Warning, format!("It can’t be used as it is now.\n{problem}"));
    }
    page.problem(error).body(body).show(frame)
}

fn section_href(file: &Path) -> &'static str {
    if file.starts_with("groups") { "/groups" } else { "/pools" }
}

fn area(text: &str) -> Markup {
    let rows = text.lines().count().clamp(8, 40);
    html! {
        label.field { span.label { "Text" }
            // A first line break isn't the text's for a browser.
            textarea name="text" rows=(rows) spellcheck="false" { "\n" (text) } }
    }
}

async fn save(frame: Frame, fields: Fields) -> Response {
    let name = fields.get("file").unwrap_or_default().to_owned();
    let file = Path::new(&name);
    let now = match allowed(&frame).and_then(|()| frame.shared.service.file_text(file)) {
        Ok(now) => now,
        Err(error) => return problem_page(&frame, section(file), &error),
    };
    let mut text = fields.get("text").unwrap_or_default().replace("\r\n", "\n");
    text.push('\n');
    let Ok(seen) = fields.get("seen").unwrap_or_default().parse::<ContentHash>() else {
        let told = ServiceError::new(
            Code::Invalid,
            "The form doesn’t say what was seen of the file; load it again.",
        );
        return editing(&frame, &now, &text, Some(&told));
    };
    match frame.shared.service.save_file_text(file, &text, seen).await {
        Ok(()) => done(section_href(file), &format!("{name} was saved, and acts.")),
        Err(mut error) => {
            if now.hash != seen {
                error.message.push_str(AGAIN);
            }
            editing(&frame, &now, &text, Some(&error))
        }
    }
}
