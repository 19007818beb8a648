//! The accounts that a search finds, as a file.

use axum::extract::{Query, RawQuery};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::list::Wanted;
use crate::pages::frame::{Frame, Page, Section, problem_page};
use crate::pages::parts::{Fields, select};
use crate::server::access::Identity;
use crate::service::{MOST_IN_A_FILE, Reveal, kind_of};
use crate::{Code, ServiceError};

/// The formats, in words.
const FORMATS: [(&str, &str); 4] = [
    ("csv", "CSV: a table"),
    ("json", "JSON: an array"),
    ("jsonl", "JSON Lines: an object a line"),
    ("xml", "account XML"),
];

/// `GET /accounts:export?q=&status=`: which format, and with or without secrets.
pub(super) async fn page(frame: Frame, RawQuery(query): RawQuery, Query(wanted): Query<Wanted>) -> Response {
    asking(&frame, &query.unwrap_or_default(), &wanted, None)
}

fn asking(frame: &Frame, query: &str, wanted: &Wanted, error: Option<&ServiceError>) -> Response {
    let formats = FORMATS.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let body = html! {
        form.form action={ "/accounts:export?" (query) } method="post" {
            section.card.stack {
                p { (wanted.told()) }
                div.fields { (select("format", "Format", "csv", &formats, "JSON and XML keep each value’s type.")) }
            }
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] data-file { "Download" }
                (with_secrets(frame, query))
                a.button.quiet href="/accounts" { "Back" }
            }
        }
    };
    let lead = html! { "Secrets are masked unless you ask for them, which is noted." };
    Page::new(Section::Accounts, "Export accounts")
        .under("/accounts", "Accounts")
        .lead(lead)
        .problem(error)
        .body(body)
        .show(frame)
}

fn with_secrets(frame: &Frame, query: &str) -> Markup {
    html! {
        button.danger type="submit" formaction={ "/accounts:export?reveal=true&" (query) } disabled[!frame.may_change] data-file { "Download with secrets" }
    }
}

/// `POST /accounts:export?q=&status=&reveal=`
pub(super) async fn download(
    frame: Frame,
    who: Identity,
    RawQuery(query): RawQuery,
    Query(wanted): Query<Wanted>,
    fields: Fields,
) -> Response {
    if !who.may_change() {
        let told = ServiceError::new(Code::Refused, "Whoever may only look takes nothing away.");
        return problem_page(&frame, Section::Accounts, &told);
    }
    let reveal = if wanted.reveals() { Reveal::To(&who.who) } else { Reveal::No };
    let asked = fields.get("format").unwrap_or("csv");
    match frame.shared.service.export_accounts(wanted.search(), asked, reveal, MOST_IN_A_FILE).await {
        Ok(done) => {
            let name = format!("attachment; filename=\"accounts.{asked}\"");
            ([(header::CONTENT_TYPE, kind_of(asked)), (header::CONTENT_DISPOSITION, &name)], done.file)
                .into_response()
        }
        Err(error) => {
            asking(&frame, &query.unwrap_or_default().replace("reveal=true&", ""), &wanted, Some(&error))
        }
    }
}
