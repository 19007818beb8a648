//! Making, changing and deleting a group.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::definition::{Defined, GroupDefinition};
use lariat_core::ids::GroupName;
use maud::html;

use super::form;
use crate::pages::frame::{Frame, Page, Section, done, problem_page};
use crate::pages::parts::{Fields, href};
use crate::{Code, ServiceError};

/// A definition to begin with: the first routine there is.
fn blank(frame: &Frame) -> Result<GroupDefinition, ServiceError> {
    let routines = frame.shared.service.orchestrator().routines().list();
    let routine = routines.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let name =
        GroupName::new("New group").map_err(|error| ServiceError::new(Code::Failed, error.to_string()))?;
    Ok(GroupDefinition::new(name, routine, Vec::new()))
}

/// `GET /groups/new`
pub(super) async fn new(frame: Frame) -> Response {
    match blank(&frame) {
        Ok(group) => making(&frame, &group, "", None),
        Err(error) => problem_page(&frame, Section::Groups, &error),
    }
}

fn making(frame: &Frame, group: &GroupDefinition, name: &str, error: Option<&ServiceError>) -> Response {
    let body = html! {
        form.form action="/groups/new" method="post" {
            (form::form(frame, group, Some(name)))
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Create the group" }
                a.button.quiet href="/groups" { "Cancel" }
            }
        }
    };
    Page::new(Section::Groups, "New group").under("/groups", "Groups").problem(error).body(body).show(frame)
}

/// `POST /groups/new`
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
    let made = read.and_then(|group| Ok(frame.shared.service.orchestrator().create_group(group)?));
    match made {
        Ok(()) => done(&href(&["groups", entered]), &format!("{entered} was created.")),
        Err(error) => making(&frame, &shown, entered, Some(&error)),
    }
}

fn find(frame: &Frame, name: &str) -> Result<Defined<GroupDefinition>, ServiceError> {
    Ok(frame.shared.service.orchestrator().group(name)?)
}

/// `GET /groups/{name}/edit`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    match find(&frame, &name) {
        Ok(defined) => editing(&frame, &defined, &defined.definition, None),
        Err(error) => problem_page(&frame, Section::Groups, &error),
    }
}

fn editing(
    frame: &Frame,
    defined: &Defined<GroupDefinition>,
    shown: &GroupDefinition,
    error: Option<&ServiceError>,
) -> Response {
    let name = defined.definition.name.as_str();
    let body = html! {
        form.form action=(href(&["groups", name, "edit"])) method="post" {
            input type="hidden" name="generation" value=(defined.generation);
            (form::form(frame, shown, None))
            div.actions {
                button.primary type="submit" disabled[!frame.may_change] { "Save" }
                a.button.quiet href=(href(&["groups", name])) { "Cancel" }
            }
        }
    };
    let lead = html! {
        @if let Some(file) = &defined.file { "Saved to " code { (file.display()) } ", with its comments kept. " }
        "A launch that runs keeps its own settings."
    };
    Page::new(Section::Groups, format!("Edit {name}"))
        .under("/groups", "Groups")
        .under(href(&["groups", name]), name)
        .lead(lead)
        .problem(error)
        .body(body)
        .show(frame)
}

/// `POST /groups/{name}/edit`
pub(super) async fn save(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let defined = match find(&frame, &name) {
        Ok(defined) => defined,
        Err(error) => return problem_page(&frame, Section::Groups, &error),
    };
    let read = form::read(&frame, &fields, Some(&defined.definition));
    let shown = read.as_ref().map_or_else(|_| (*defined.definition).clone(), Clone::clone);
    if fields.ticked("update") {
        return editing(&frame, &defined, &shown, None);
    }
    let meanwhile = fields.get("generation") != Some(defined.generation.to_string().as_str());
    let saved = if meanwhile {
        let told = "Somebody else changed this group meanwhile. Below is what you entered; save again to put it in \
                    place of theirs.";
        Err(ServiceError::new(Code::Refused, told))
    } else {
        read.and_then(|group| {
            let name = defined.definition.name.clone();
            Ok(frame.shared.service.orchestrator().update_group(&name, group)?)
        })
    };
    match saved {
        Ok(()) => done(&href(&["groups", &name]), &format!("{name} was saved.")),
        Err(error) => editing(&frame, &defined, &shown, Some(&error)),
    }
}

/// `GET /groups/{name}/delete`
pub(super) async fn ask_delete(frame: Frame, Path(name): Path<String>) -> Response {
    deleting(&frame, &name, None)
}

fn deleting(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let defined = match find(frame, name) {
        Ok(defined) => defined,
        Err(error) => return problem_page(frame, Section::Groups, &error),
    };
    let body = html! {
        section.card.stack {
            p { "This removes the group’s file"
                @if let Some(file) = &defined.file { " " code { (file.display()) } }
                ". Its pool, its accounts and what its launches did stay." }
            form.actions action=(href(&["groups", name, "delete"])) method="post" {
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
pub(super) async fn delete(frame: Frame, Path(name): Path<String>) -> Response {
    let deleted = find(&frame, &name).and_then(|defined| {
        Ok(frame.shared.service.orchestrator().delete_group(&defined.definition.name)?)
    });
    match deleted {
        Ok(()) => done("/groups", &format!("{name} was deleted.")),
        Err(error) => deleting(&frame, &name, Some(&error)),
    }
}
