//! The pages around the form: new, edit, and what it would do.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::definition::{PoolDefinition, QueryDefinition};
use lariat_core::ids::PoolName;
use maud::{Markup, html};

use super::draft::Draft;
use super::{form, reading, steps};
use crate::pages::frame::{Frame, Page, Section, Tone, done, problem_page};
use crate::pages::parts::{AGAIN, Fields, href, read_seen, told_seen};
use crate::pages::pools::{report, text};
use crate::service::{PoolDraft, PoolShown};
use crate::{Code, ServiceError};

fn blank() -> Result<PoolDefinition, ServiceError> {
    let name =
        PoolName::new("New pool").map_err(|error| ServiceError::new(Code::Failed, error.to_string()))?;
    let mut blank = PoolDefinition::new(name, "sql");
    blank.query = Some(QueryDefinition::default());
    Ok(blank)
}

/// What is wrong with what was entered, before anybody is asked.
fn checked(draft: &Draft) -> Result<PoolDefinition, ServiceError> {
    if draft.wrong.is_empty() {
        return Ok(draft.definition());
    }
    Err(ServiceError::new(Code::Invalid, draft.wrong.join("\n")))
}

/// What the draft selects, and the YAML that it becomes.
async fn outlook(frame: &Frame, draft: &Draft) -> Markup {
    let definition = match checked(draft) {
        Ok(definition) => definition,
        Err(error) => return html! { section.card { pre { (error.message) } } },
    };
    let tested = frame.shared.service.preview_pool(PoolDraft::Definition(Box::new(definition.clone()))).await;
    html! {
        (report(&tested))
        section.card {
            header { h2 { "As it is written" } span.muted.small { "not saved yet" } }
            pre { (text(&definition)) }
        }
    }
}

/// `POST /fragments/builder`: the outlook while the form is filled in.
pub(super) async fn preview(frame: Frame, fields: Fields) -> Markup {
    let shown = fields.filled("pool").and_then(|name| frame.shared.service.pool(name).ok());
    let base = match (&shown, blank()) {
        (Some(shown), _) => shown.definition.clone(),
        (None, Ok(blank)) => blank,
        (None, Err(error)) => return html! { pre { (error.message) } },
    };
    let draft = reading::read(&frame, &fields, &base);
    html! {
        @if let Some(shown) = &shown { @if seen(shown) != fields.get("seen").unwrap_or_default() { (meanwhile()) } }
        (outlook(&frame, &draft).await)
    }
}

fn meanwhile() -> Markup {
    html! { div.message.warning role="status" { p { "Somebody else changed this pool’s file since you began. Saving tells you the difference first." } } }
}

/// What was seen of a pool by whoever begins to edit it.
fn seen(shown: &PoolShown) -> String {
    told_seen(shown.content_hash.as_deref(), shown.generation)
}

/// The form, whatever is made with it.
async fn body(
    frame: &Frame,
    draft: &Draft,
    hidden: Markup,
    action: &str,
    save: &str,
    cancel: &str,
) -> Markup {
    html! {
        div.columns {
            form.form action=(action) method="post" data-preview="/fragments/builder" {
                (hidden)
                (form::form(frame, draft).await)
                div.actions {
                    button.primary type="submit" name="step" value="save" disabled[!frame.may_change] { (save) }
                    button type="submit" name="step" value="preview" formnovalidate { "Preview" }
                    a.button.quiet href=(cancel) { "Cancel" }
                }
            }
            div.stack #preview aria-live="polite" { (outlook(frame, draft).await) }
        }
    }
}

/// `GET /pools:new`
pub(super) async fn new(frame: Frame) -> Response {
    match blank() {
        Ok(blank) => making(&frame, &Draft::of(&blank), None).await,
        Err(error) => problem_page(&frame, Section::Pools, &error),
    }
}

async fn making(frame: &Frame, draft: &Draft, error: Option<&ServiceError>) -> Response {
    let body = body(frame, draft, html! {}, "/pools:new", "Create the pool", "/pools").await;
    Page::new(Section::Pools, "New pool").under("/pools", "Pools").problem(error).body(body).show(frame)
}

/// `POST /pools:new`
pub(super) async fn create(frame: Frame, fields: Fields) -> Response {
    let blank = match blank() {
        Ok(blank) => blank,
        Err(error) => return problem_page(&frame, Section::Pools, &error),
    };
    let mut draft = reading::read(&frame, &fields, &blank);
    let step = fields.get("step").unwrap_or_default();
    if step != "save" {
        steps::take(&mut draft, step);
        return making(&frame, &draft, None).await;
    }
    let made = match checked(&draft) {
        Ok(definition) => {
            let draft = PoolDraft::Definition(Box::new(definition.clone()));
            frame.shared.service.create_pools(vec![draft]).await.map(|_| definition.name)
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(name) => done(&href(&["pools", name.as_str()]), &format!("{name} was created.")),
        Err(error) => making(&frame, &draft, Some(&error)).await,
    }
}

/// `GET /pools/{name}/edit`
pub(super) async fn edit(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.pool(&name) {
        Ok(shown) => editing(&frame, &shown, &Draft::of(&shown.definition), &seen(&shown), None).await,
        Err(error) => problem_page(&frame, Section::Pools, &error),
    }
}

async fn editing(
    frame: &Frame,
    shown: &PoolShown,
    draft: &Draft,
    was_seen: &str,
    error: Option<&ServiceError>,
) -> Response {
    let name = shown.definition.name.as_str();
    let hidden = html! {
        input type="hidden" name="seen" value=(was_seen);
        input type="hidden" name="pool" value=(name);
    };
    let (action, cancel) = (href(&["pools", name, "edit"]), href(&["pools", name]));
    let body = body(frame, draft, hidden, &action, "Save", &cancel).await;
    let lead = html! {
        @if let Some(file) = &shown.file { "Saved to " code { (file) } ", with its comments kept. " }
        "An open pool takes it at once."
    };
    let mut page = Page::new(Section::Pools, format!("Edit {name}"))
        .under("/pools", "Pools")
        .under(href(&["pools", name]), name)
        .lead(lead);
    if let Some(stale) = &shown.stale {
        page = page.message(
            Tone::Warning,
            format!("The file can’t be used as it is now; this is the definition before it.\n{stale}"),
        );
    }
    page.problem(error).body(body).show(frame)
}

/// `POST /pools/{name}/edit`
pub(super) async fn save(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let shown = match frame.shared.service.pool(&name) {
        Ok(shown) => shown,
        Err(error) => return problem_page(&frame, Section::Pools, &error),
    };
    let mut draft = reading::read(&frame, &fields, &shown.definition);
    let was_seen = fields.get("seen").unwrap_or_default();
    let step = fields.get("step").unwrap_or_default();
    if step != "save" {
        steps::take(&mut draft, step);
        return editing(&frame, &shown, &draft, was_seen, None).await;
    }
    let saved = match checked(&draft) {
        Ok(definition) => {
            let draft = PoolDraft::Definition(Box::new(definition));
            frame.shared.service.save_pool(&name, draft, read_seen(was_seen)).await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(saved) => {
            done(&href(&["pools", &saved.name]), &format!("{} was saved to {}.", saved.name, saved.file))
        }
        Err(mut error) => {
            let now = seen(&shown);
            if now != was_seen {
                error.message.push_str(AGAIN);
            }
            editing(&frame, &shown, &draft, &now, Some(&error)).await
        }
    }
}
