//! Runs are tried again: one at once; those that a filter lets through after a question
//! that says how many accounts that are.

use axum::extract::{Path, Query};
use axum::response::Response;
use maud::html;

use super::filter::Entered;
use crate::pages::frame::{Frame, Page, Section, Tone, problem_page, redirect};
use crate::pages::parts::{Fields, href, numbers};
use crate::{Again, Code, Retried, ServiceError};

/// `POST /attempts/{id}/retry`
pub(super) async fn one(frame: Frame, Path(id): Path<String>) -> Response {
    let missing = || ServiceError::new(Code::NotFound, format!("There is no run {id:?}."));
    let done = match id.parse() {
        Ok(number) => frame.shared.service.retry(Again::Ids(vec![number]), false).await,
        Err(_) => Err(missing()),
    };
    match done {
        Ok(done) => over(&href(&["attempts", &id]), &done),
        Err(error) => problem_page(&frame, Section::Attempts, &error),
    }
}

/// `GET /attempts/retry?…`
pub(super) async fn ask(frame: Frame, Query(entered): Query<Entered>) -> Response {
    let would = match retry(&frame, &entered, true).await {
        Ok(would) => would,
        Err(error) => return problem_page(&frame, Section::Attempts, &error),
    };
    let back = format!("/attempts?{}", entered.query(None));
    let body = html! {
        section.card.stack {
            p { b { (numbers(would.accounts)) } " accounts become available again: their rows in the account table are reset, and their pools forget what became of them." }
            @if would.in_use > 0 { p.muted { (numbers(would.in_use)) " are held by a bot now, and stay as they are." } }
            @if would.superseded > 0 { p.muted { (numbers(would.superseded)) " had another run since, which ended otherwise. They stay as they are." } }
            dl.facts { @for (name, value) in entered.told() { dt { (name) } dd { (value) } } }
            form.actions action="/attempts/retry" method="post" {
                @for (name, value) in entered.told() { input type="hidden" name=(name) value=(value); }
                @if would.accounts > 0 { button.primary type="submit" disabled[!frame.may_change] { "Try " (numbers(would.accounts)) " again" } }
                a.button.quiet href=(back) { "Leave them as they are" }
            }
        }
    };
    Page::new(Section::Attempts, "Try these again?").under("/attempts", "Attempts").body(body).show(&frame)
}

/// `POST /attempts/retry`
pub(super) async fn matching(frame: Frame, fields: Fields) -> Response {
    let entered = Entered::of(&fields);
    match retry(&frame, &entered, false).await {
        Ok(done) => over(&format!("/attempts?{}", entered.query(None)), &done),
        Err(error) => problem_page(&frame, Section::Attempts, &error),
    }
}

async fn retry(frame: &Frame, entered: &Entered, dry_run: bool) -> Result<Retried, ServiceError> {
    frame.shared.service.retry(Again::Filter(entered.filter()?), dry_run).await
}

fn over(to: &str, done: &Retried) -> Response {
    let mut told = match done.accounts {
        1 => "1 account is available again.".to_owned(),
        accounts => format!("{} accounts are available again.", numbers(accounts)),
    };
    if done.in_use > 0 {
        told.push_str(&format!(" {} are held by a bot, and stay as they are.", numbers(done.in_use)));
    }
    for problem in &done.problems {
        told.push('\n');
        told.push_str(problem);
    }
    let is_good = done.problems.is_empty() && done.accounts > 0;
    redirect(to, if is_good { Tone::Good } else { Tone::Warning }, &told)
}
