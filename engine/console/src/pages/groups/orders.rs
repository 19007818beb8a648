//! Stop, pause, resume, scale: each one call of the service, and back to the group.

use axum::extract::Path;
use axum::response::Response;

use super::show;
use crate::pages::frame::{Frame, done};
use crate::pages::parts::{Fields, href};
use crate::{Code, ServiceError, StopOrder};

/// Back to the group with what was done, or the group's page with why not.
fn told(frame: &Frame, name: &str, outcome: Result<String, ServiceError>) -> Response {
    match outcome {
        Ok(text) => done(&href(&["groups", name]), &text),
        Err(error) => show::with(frame, name, Some(&error)),
    }
}

pub(super) async fn stop(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let force = fields.ticked("force");
    let outcome = frame.shared.service.stop(&name, StopOrder { force });
    let text =
        if force { "stops now; unfinished accounts go back" } else { "stops: its bots finish their account" };
    told(&frame, &name, outcome.map(|()| format!("{name} {text}.")))
}

pub(super) async fn pause(frame: Frame, Path(name): Path<String>) -> Response {
    let outcome = frame.shared.service.pause(&name);
    told(
        &frame,
        &name,
        outcome.map(|()| format!("{name} is paused: its bots hold before their next account.")),
    )
}

pub(super) async fn resume(frame: Frame, Path(name): Path<String>) -> Response {
    let outcome = frame.shared.service.resume(&name);
    told(&frame, &name, outcome.map(|()| format!("{name} goes on.")))
}

pub(super) async fn scale(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let asked = fields
        .read::<u32>("bots", "Bots")
        .and_then(|bots| bots.ok_or_else(|| ServiceError::new(Code::Invalid, "Bots: say how many")));
    let outcome = match asked {
        Ok(bots) => frame.shared.service.scale(&name, bots).await.map(|now| (bots, now)),
        Err(error) => Err(error),
    };
    let words = |(asked, now): (u32, u32)| {
        let less = if now < asked { "; there are no more free instances" } else { "" };
        format!("{name} now has {now} bots{less}.")
    };
    told(&frame, &name, outcome.map(words))
}
