//! A group's definition as a form, and back.

use lariat_core::definition::{ConflictPolicy, GroupDefinition, LaunchSettings, RestartPolicy};
use lariat_core::ids::{GroupName, InstanceId, PoolName};
use lariat_core::params::ParamSpecs;
use maud::{Markup, html};
use serde::Serialize;
use serde_json::{Map, Value};

use super::list;
use crate::pages::frame::Frame;
use crate::pages::parts::{Fields, checkbox, field, params, read_params, select};
use crate::{Code, ServiceError};

/// The parameters of a routine; none where it isn't known.
pub(super) fn specs(frame: &Frame, routine: &str) -> ParamSpecs {
    let found = frame.shared.service.orchestrator().routines().get(routine);
    found.map(|found| found.extension.info().params.clone()).unwrap_or_default()
}

fn pair(value: &str, words: &str) -> (String, String) {
    (value.to_owned(), words.to_owned())
}

/// A serde word, such as `on_failure`.
pub(super) fn word<T: Serialize>(value: Option<&T>) -> String {
    let told = value.and_then(|value| serde_json::to_value(value).ok());
    told.and_then(|told| told.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn conflict_choices() -> Vec<(String, String)> {
    vec![
        pair("", "as in lariat.yaml"),
        pair("ask", "ask"),
        pair("skip", "skip: do without the instance"),
        pair("cancel", "cancel: stop the bot that holds it"),
        pair("abort", "abort: give up the launch"),
    ]
}

/// The fields of a definition. `saved`: its parameters as they are written; with a `name`,
/// that can be entered.
pub(super) fn form(
    frame: &Frame,
    group: &GroupDefinition,
    saved: &Map<String, Value>,
    name: Option<&str>,
) -> Markup {
    let orchestrator = frame.shared.service.orchestrator();
    let routines: Vec<(String, String)> = orchestrator
        .routines()
        .list()
        .into_iter()
        .map(|(name, found)| {
            let about = found.extension.info().description.clone();
            let words = if about.is_empty() { name.clone() } else { format!("{name}: {about}") };
            (name, words)
        })
        .collect();
    let known = orchestrator.pool_manager().list();
    let pools: Vec<(String, String)> = std::iter::once(pair("", "no pool: each bot runs its routine once"))
        .chain(known.iter().map(|name| (name.to_string(), name.to_string())))
        .collect();
    let specs = specs(frame, &group.routine);
    let launch = &group.launch;
    let bots = group.bot_count.map(|count| count.to_string()).unwrap_or_default();
    let pool = group.account_pool.as_ref().map(ToString::to_string).unwrap_or_default();
    html! {
        section.card {
            div.fields {
                @if let Some(name) = name { (field("name", "Name", "text", name, "How people and commands call it.")) }
                (field("description", "Description", "text", group.description.as_deref().unwrap_or_default(), ""))
                (select("routine", "Routine", &group.routine, &routines, "What each bot does."))
                (field("bot_count", "Bots", "number", &bots, "How many run at once; empty: one for each instance."))
                (field("instances", "Instances", "text", &list::instances(group.instances.iter().map(|id| id.0)), "Ids, such as 0, 1, 4-7."))
                (select("account_pool", "Account pool", &pool, &pools, ""))
            }
            (checkbox("autostart", "Launch it when the engine starts", group.autostart))
            button type="submit" name="update" value="1" formnovalidate data-update="routine" { "Show this routine's parameters" }
        }
        section.card {
            fieldset {
                legend { "Parameters of " (group.routine) }
                @if specs.0.is_empty() && group.config.is_empty() { p.muted { "This routine takes none." } }
                div.fields { (params("routine", &specs, &group.config, saved)) }
            }
        }
        section.card { fieldset { legend { "Launch options" } div.fields { (options(launch)) } } }
    }
}

/// The launch options of a definition; what is empty comes from `lariat.yaml`.
pub(super) fn options(launch: &LaunchSettings) -> Markup {
    let text = |value: Option<String>| value.unwrap_or_default();
    let restarts = vec![
        pair("", "as in lariat.yaml"),
        pair("never", "never"),
        pair("on_failure", "on failure"),
        pair("always", "always"),
    ];
    html! {
        (select("on_conflict", "When another group holds an instance", &word(launch.on_conflict.as_ref()), &conflict_choices(), ""))
        (select("restart_policy", "Restart bots", &word(launch.restart_policy.as_ref()), &restarts, ""))
        (field("refresh_pool", "Refresh the pool first", "text", &text(launch.refresh_pool.map(|policy| policy.to_string())), "ask, always, never or if_older_than(5m)"))
        (field("stagger_delay", "Pause between two starts", "text", &text(launch.stagger_delay.map(|span| span.to_string())), "such as 3s"))
        (field("emulator_timeout", "Wait for an instance", "text", &text(launch.emulator_timeout.map(|span| span.to_string())), "such as 60s"))
        (field("max_accounts", "Accounts a bot", "number", &text(launch.max_accounts.map(|count| count.to_string())), "0: until the pool is exhausted"))
        (field("routine_timeout", "Time for one account", "text", &text(launch.routine_timeout.map(|span| span.to_string())), "0s: no limit"))
    }
}

/// What was entered for launch options, over what isn't on the form.
///
/// # Errors
/// The first that can't be read.
pub(super) fn read_options(fields: &Fields, base: &LaunchSettings) -> Result<LaunchSettings, ServiceError> {
    Ok(LaunchSettings {
        on_conflict: read_word::<ConflictPolicy>(fields, "on_conflict")?,
        restart_policy: read_word::<RestartPolicy>(fields, "restart_policy")?,
        refresh_pool: fields.read("refresh_pool", "Refresh the pool first")?,
        stagger_delay: fields.read("stagger_delay", "Pause between two starts")?,
        emulator_timeout: fields.read("emulator_timeout", "Wait for an instance")?,
        max_accounts: fields.read("max_accounts", "Accounts a bot")?,
        routine_timeout: fields.read("routine_timeout", "Time for one account")?,
        ..base.clone()
    })
}

pub(super) fn read_word<T: serde::de::DeserializeOwned>(
    fields: &Fields,
    name: &str,
) -> Result<Option<T>, ServiceError> {
    let read = fields.filled(name).map(|word| serde_json::from_value(word.into())).transpose();
    read.map_err(|error| ServiceError::new(Code::Invalid, format!("{name}: {error}")))
}

/// What was entered, laid over the definition that it was made from: what the form doesn't
/// show stays.
///
/// # Errors
/// The first that can't be read.
pub(super) fn read(
    frame: &Frame,
    fields: &Fields,
    base: Option<&GroupDefinition>,
) -> Result<GroupDefinition, ServiceError> {
    let invalid = |what: &str, error: &dyn std::fmt::Display| {
        ServiceError::new(Code::Invalid, format!("{what}: {error}"))
    };
    let routine = fields.get("routine").unwrap_or_default().to_owned();
    let mut group = match base {
        Some(base) => base.clone(),
        None => {
            let name = GroupName::new(fields.get("name").unwrap_or_default())
                .map_err(|error| invalid("Name", &error))?;
            GroupDefinition::new(name, routine.clone(), Vec::new())
        }
    };
    group.description = fields.filled("description").map(str::to_owned);
    group.instances = ids(fields.get("instances").unwrap_or_default())?;
    group.bot_count = fields.read("bot_count", "Bots")?;
    let pool = fields.filled("account_pool").map(PoolName::new).transpose();
    group.account_pool = pool.map_err(|error| invalid("Account pool", &error))?;
    group.autostart = fields.ticked("autostart");
    group.config = read_params(&specs(frame, &routine), fields, &group.config);
    group.routine = routine;
    group.launch = read_options(fields, &group.launch)?;
    Ok(group)
}

/// Most instances that a span may name.
const MOST: u32 = 10_000;

/// Reads `0, 1, 4-7`.
fn ids(text: &str) -> Result<Vec<InstanceId>, ServiceError> {
    let wrong = |part: &str| {
        ServiceError::new(Code::Invalid, format!("Instances: “{part}” is no id; write ids such as 0, 1, 4-7"))
    };
    let mut ids = Vec::new();
    for part in text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let first: u32 = first.trim().parse().map_err(|_| wrong(part))?;
        let last: u32 = last.trim().parse().map_err(|_| wrong(part))?;
        if last < first || last - first > MOST {
            return Err(wrong(part));
        }
        ids.extend((first..=last).map(InstanceId));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_read_as_they_are_shown() {
        let read = ids("0, 1,4-7 , 9").unwrap();
        let told = list::instances(read.iter().map(|id| id.0));
        assert_eq!(told, "0, 1, 4–7, 9");
        assert_eq!(ids(&told).unwrap(), read);
        for wrong in ["a", "3-1", "0-99999999", "-1", "4-"] {
            assert!(ids(wrong).unwrap_err().message.contains("Instances"), "{wrong}");
        }
    }
}
