//! One account, and its runs. Its secrets are masked until somebody asks for them, which
//! is noted.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::ids::AccountId;
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::pages::attempts::{Of, runs};
use crate::pages::frame::{Frame, Page, Section, problem_page};
use crate::pages::parts::{badge, href};
use crate::pages::pools::standings;
use crate::server::access::Identity;
use crate::service::{AccountShown, Reveal};
use crate::{Code, ServiceError};

/// The id of that text.
///
/// # Errors
/// When it can't be one.
pub(super) fn known(id: &str) -> Result<AccountId, ServiceError> {
    AccountId::new(id)
        .map_err(|error| ServiceError::new(Code::NotFound, format!("There is no account {id:?}: {error}")))
}

/// `GET /accounts/{id}`
pub(super) async fn page(frame: Frame, Path(id): Path<String>) -> Response {
    showing(&frame, &id, Reveal::No).await
}

/// `POST /accounts/{id}/reveal`: the page with the secrets on it.
pub(super) async fn reveal(frame: Frame, who: Identity, Path(id): Path<String>) -> Response {
    if !who.may_change() {
        let told = ServiceError::new(Code::Refused, "Whoever may only look isn't shown secrets.");
        return problem_page(&frame, Section::Accounts, &told);
    }
    showing(&frame, &id, Reveal::To(&who.who)).await
}

async fn showing(frame: &Frame, id: &str, shown: Reveal<'_>) -> Response {
    let found = match known(id) {
        Ok(known) => frame.shared.service.account(&known, shown).await,
        Err(error) => Err(error),
    };
    let AccountShown { account, attempts } = match found {
        Ok(account) => account,
        Err(error) => return problem_page(frame, Section::Accounts, &error),
    };
    let actions = html! {
        form.inline action=(href(&["accounts", id, "reveal"])) method="post" {
            button type="submit" disabled[!frame.may_change] title="That you saw them is noted in the log" { "Show secrets" }
        }
        a.button href=(href(&["accounts", id, "reset"])) { "Reset…" }
    };
    let body = html! {
        @if shown != Reveal::No { div.message.warning role="status" { p { "The secrets are shown in clear text. That you saw them is noted." } } }
        section.card { (facts(&account)) }
        @if let Ok(id) = known(id) { (standings(frame, &id)) }
        section.card {
            header { h2 { "Last runs" } a href={ "/attempts?account=" (href(&[id]).trim_start_matches('/')) } { "All of them" } }
            @if attempts.is_empty() { p.muted { "No bot has worked on it." } } @else { (runs(&attempts, Of::Account)) }
        }
    };
    Page::new(Section::Accounts, id).under("/accounts", "Accounts").actions(actions).body(body).show(frame)
}

fn facts(account: &Map<String, Value>) -> Markup {
    let told = account.iter().filter(|(name, _)| *name != "id");
    html! {
        dl.facts {
            @for (name, value) in told {
                dt { (name.replace('_', " ")) }
                dd {
                    @match value {
                        Value::Null => span.muted { "–" },
                        Value::String(text) if name == "status" => (badge(text)),
                        Value::String(text) => (text),
                        other => code { (other) },
                    }
                }
            }
        }
    }
}
