//! Refresh; reset and delete, which ask first.

use axum::extract::Path;
use axum::response::Response;
use maud::html;

use super::show;
use crate::ServiceError;
use crate::pages::frame::{Frame, Page, Section, done, problem_page};
use crate::pages::parts::{href, numbers};

/// `POST /pools/{name}/refresh`
pub(super) async fn refresh(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.refresh_pool(&name).await {
        Ok(report) => {
            let (all, added, dropped) =
                (numbers(report.counts.total), numbers(report.added), numbers(report.dropped));
            let mut told = format!(
                "{name} was refreshed in {} ms: {all} accounts, {added} new, {dropped} dropped.",
                report.elapsed_ms
            );
            for warning in report.warnings.iter().take(5) {
                told.push('\n');
                told.push_str(warning);
            }
            done(&href(&["pools", &name]), &told)
        }
        Err(error) => show::with(&frame, &name, Some(&error)).await,
    }
}

/// `GET /pools/{name}/reset`
pub(super) async fn ask_reset(frame: Frame, Path(name): Path<String>) -> Response {
    resetting(&frame, &name, None).await
}

async fn resetting(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let pool = match frame.shared.service.pool(name) {
        Ok(pool) => pool,
        Err(error) => return problem_page(frame, Section::Pools, &error),
    };
    let name = pool.definition.name.as_str();
    let counts = frame.shared.service.pool_stats(name).await.map(|stats| stats.counts).unwrap_or_default();
    let body = html! {
        section.card.stack {
            p { "The pool forgets what became of its accounts: " (numbers(counts.completed)) " completed, "
                (numbers(counts.failed)) " failed and " (numbers(counts.skipped)) " skipped are served again, as if no bot had worked on them." }
            p.muted { "What bots hold now ends normally. The record of runs stays." }
            form.actions action=(href(&["pools", name, "reset"])) method="post" {
                button.danger type="submit" disabled[!frame.may_change] { "Reset " (name) }
                a.button.quiet href=(href(&["pools", name])) { "Leave it as it is" }
            }
        }
    };
    Page::new(Section::Pools, format!("Reset {name}?"))
        .under("/pools", "Pools")
        .under(href(&["pools", name]), name)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /pools/{name}/reset`
pub(super) async fn reset(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.reset_pool(&name, None).await {
        Ok(report) => done(
            &href(&["pools", &name]),
            &format!("{name} was reset: {} outcomes are forgotten.", numbers(report.forgotten)),
        ),
        Err(error) => resetting(&frame, &name, Some(&error)).await,
    }
}

/// `GET /pools/{name}/delete`
pub(super) async fn ask_delete(frame: Frame, Path(name): Path<String>) -> Response {
    deleting(&frame, &name, None)
}

fn deleting(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let would = match frame.shared.service.would_delete_pool(name) {
        Ok(would) => would,
        Err(error) => return problem_page(frame, Section::Pools, &error),
    };
    let name = would.name.as_str();
    let body = html! {
        section.card.stack {
            p { "This removes the pool’s file" @if !would.file.is_empty() { " " code { (would.file) } }
                ". Its accounts stay, and so does what became of them; bots get nothing more from it." }
            @if would.used_by.is_empty() { p { "No group uses it." } }
            @else {
                p { "These groups use it, and can’t be launched without another pool:" }
                ul.rows { @for group in &would.used_by { li { a href=(href(&["groups", group.as_str()])) { (group) } } } }
            }
            form.actions action=(href(&["pools", name, "delete"])) method="post" {
                button.danger type="submit" disabled[!frame.may_change] { "Delete " (name) }
                a.button.quiet href=(href(&["pools", name])) { "Keep it" }
            }
        }
    };
    Page::new(Section::Pools, format!("Delete {name}?"))
        .under("/pools", "Pools")
        .under(href(&["pools", name]), name)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /pools/{name}/delete`
pub(super) async fn delete(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.delete_pool(&name).await {
        Ok(deleted) => done("/pools", &format!("{} was deleted.", deleted.name)),
        Err(error) => deleting(&frame, &name, Some(&error)),
    }
}
