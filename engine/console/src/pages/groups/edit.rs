//! Making, changing and deleting a group.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::definition::GroupDefinition;
use lariat_core::ids::GroupName;
use maud::html;
use serde_json::Map;

use super::form;
use crate::pages::frame::{Frame, Page, Section, Tone, done, problem_page};
use crate::pages::parts::{AGAIN, Fields, href, read_seen, told_seen};
use crate::service::GroupShown;
use crate::{Code, ServiceError};

/// A definition to begin with: the first routine there is.
fn blank(frame: &Frame) -> Result<GroupDefinition, ServiceError> {
    let routines = frame.shared.service.orchestrator().routines().list();
    let routine = routines.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let name =
        GroupName::new("New group").map_err(|error| ServiceError::new(Code::Failed, error.to_string()))?;
    Ok(GroupDefinition::new(name, routine, Vec::new()))
}

/// `GET /groups:new`
pub(super) async fn new(frame: Frame) -> Response {
    match blank(&frame) {
        Ok(group) => making(&frame, &group, "", None),
        Err(error) => problem_page(&frame, Section::Groups, &error),
    }
}

fn making(frame: &Frame, group: &GroupDefinition, name: &str, error: Option<&ServiceError>) -> Response {
    let body = html! {
        form.form action="/groups:new" method="post" {
            (form::form(frame, group, &Map::new(), Some(name)))
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Create the group" }
                a.button.quiet href="/groups" { "Cancel" }
            }
        }
    };
    Page::new(Section::Groups, "New group").under("/groups", "Groups").problem(error).body(body).show(frame)
}

/// `POST /groups:new`
pub(super) async fn create(frame: Frame, fields: Fields) -> Response {
    let entered = fields.get("name").unwrap_or_default();
    let read = form::read(&frame, &fields, None);
    let shown = match (&read, blank(&frame)) {
        (Ok(group), _) => group.clone(),
        // What can't be read is shown as far as it can, with why.
        (Err(_), Ok(blank)) => form::read(&frame, &fields, Some(&blank)).unwrap_or(blank),
        (Err(_), Err(error)) => return problem_page(&frame, Section::Groups, &error),
    };
    if fields.ticked("update") {
        return making(&frame, &shown, entered, None);
    }
    let made = match read {
        Ok(group) => frame.shared.service.create_group(&group).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => done(&href(&["groups", &made.name]), &format!("{} was created.", made.name)),
        Err(error) => making(&frame, &shown, entered, Some(&error)),
    }
}

/// `GET /groups/{name}/edit`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    match frame.shared.service.group(&name) {
        Ok(saved) => editing(&frame, &saved, &saved.definition, &seen(&saved), None),
        Err(error) => problem_page(&frame, Section::Groups, &error),
    }
}

/// What was seen of a group by whoever begins to edit it.
fn seen(saved: &GroupShown) -> String {
    told_seen(saved.content_hash.as_deref(), saved.generation)
}

fn editing(
    frame: &Frame,
    saved: &GroupShown,
    shown: &GroupDefinition,
    was_seen: &str,
    error: Option<&ServiceError>,
) -> Response {
    let name = saved.definition.name.as_str();
    let body = html! {
        form.form action=(href(&["groups", name, "edit"])) method="post" {
            input type="hidden" name="seen" value=(was_seen);
            (form::form(frame, shown, &saved.definition.config, None))
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Save" }
                a.button.quiet href=(href(&["groups", name])) { "Cancel" }
            }
        }
    };
    let lead = html! {
        @if let Some(file) = &saved.file { "Saved to " code { (file) } ", with its comments kept. " }
        "A launch that runs keeps its own settings."
    };
    let mut page = Page::new(Section::Groups, format!("Edit {name}"))
        .under("/groups", "Groups")
        .under(href(&["groups", name]), name)
        .lead(lead);
    if let Some(stale) = &saved.stale {
        let told = format!("The file can’t be used as it is now; this is the definition before it.\n{stale}");
        page = page.message(Tone::Warning, told);
    }
    page.problem(error).body(body).show(frame)
}

/// `POST /groups/{name}/edit`
pub(super) async fn save(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let known = match frame.shared.service.group(&name) {
        Ok(known) => known,
        Err(error) => return problem_page(&frame, Section::Groups, &error),
    };
    let read = form::read(&frame, &fields, Some(&known.definition));
    let shown = read.as_ref().map_or_else(|_| known.definition.clone(), Clone::clone);
    let was_seen = fields.get("seen").unwrap_or_default();
    if fields.ticked("update") {
        return editing(&frame, &known, &shown, was_seen, None);
    }
    let saved = match &read {
        Ok(group) => frame.shared.service.save_group(&name, group, read_seen(was_seen)).await,
        Err(error) => Err(error.clone()),
    };
    match saved {
        Ok(saved) => {
            done(&href(&["groups", &saved.name]), &format!("{} was saved to {}.", saved.name, saved.file))
        }
        Err(mut error) => {
            let now = seen(&known);
            if now != was_seen {
                error.message.push_str(AGAIN);
            }
            editing(&frame, &known, &shown, &now, Some(&error))
        }
    }
}

/// `GET /groups/{name}/delete`
pub(super) async fn ask_delete(frame: Frame, Path(name): Path<String>) -> Response {
    deleting(&frame, &name, None)
}

fn deleting(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let saved = match frame.shared.service.group(name) {
        Ok(saved) => saved,
        Err(missing) => return problem_page(frame, Section::Groups, error.unwrap_or(&missing)),
    };
    let body = html! {
        section.card.stack {
            p { "This removes the group’s file"
                @if let Some(file) = &saved.file { " " code { (file) } }
                ". Its pool, its accounts and what its launches did stay." }
            form.actions action=(href(&["groups", name, "delete"])) method="post" {
                input type="hidden" name="seen" value=(seen(&saved));
                button.danger type="submit" disabled[!frame.may_change] { "Delete " (name) }
                a.button.quiet href=(href(&["groups", name])) { "Keep it" }
            }
        }
    };
    Page::new(Section::Groups, format!("Delete {name}?"))
        .under("/groups", "Groups")
        .under(href(&["groups", name]), name)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /groups/{name}/delete`
pub(super) async fn delete(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let was_seen = read_seen(fields.get("seen").unwrap_or_default());
    match frame.shared.service.delete_group(&name, was_seen).await {
        Ok(deleted) => done("/groups", &format!("{} was deleted.", deleted.name)),
        Err(error) => deleting(&frame, &name, Some(&error)),
    }
}
