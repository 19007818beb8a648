//! Instances of a plan that other launches hold: the question what to do about each, and
//! the answers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use lariat_core::ids::{GroupName, InstanceId};
use lariat_core::launch::{Asker, ConflictQuestion, PlanReport, RefreshQuestion, Resolution};
use maud::{Markup, html};

use super::form;
use crate::pages::frame::Frame;
use crate::pages::parts::{Fields, href, select};

/// What begins the names of the fields; an instance's id follows.
const PREFIX: &str = "conflict-";

/// What to do about instances, as it was answered before the launch began.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(BTreeMap<InstanceId, Resolution>);

impl Answers {
    /// The answers of a posted form.
    pub(super) fn read(fields: &Fields) -> Self {
        let answered = fields.beginning_with(PREFIX).filter_map(|(id, word)| {
            let answer = match word {
                "skip" => Resolution::Skip,
                "cancel" => Resolution::Cancel,
                "abort" => Resolution::Abort,
                _ => return None,
            };
            Some((InstanceId(id.parse().ok()?), answer))
        });
        Self(answered.collect())
    }

    /// Whether nothing was answered: then it is as the group says.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[async_trait]
impl Asker for Answers {
    /// One that somebody took since the question was asked is left to them.
    async fn conflict(&self, question: ConflictQuestion) -> Option<Resolution> {
        self.0.get(&question.instance).copied()
    }

    async fn refresh(&self, _: RefreshQuestion) -> Option<bool> {
        None
    }
}

/// Instances of the plan that other launches hold now.
pub(super) fn held(frame: &Frame, plan: &PlanReport) -> Vec<(InstanceId, GroupName)> {
    let orchestrator = frame.shared.service.orchestrator();
    let mut held = Vec::new();
    for group in orchestrator.list_groups() {
        let Some(launch) = GroupName::new(&group.name).ok().and_then(|name| orchestrator.running(&name))
        else {
            continue;
        };
        let bots = launch.snapshot().bots.into_iter().filter(|bot| !bot.status.has_ended());
        let shared = bots.filter(|bot| plan.plan.instances.contains(&bot.instance));
        held.extend(shared.map(|bot| (bot.instance, launch.group().clone())));
    }
    held.sort();
    held
}

/// What to do about each.
pub(super) fn question(held: &[(InstanceId, GroupName)], answers: &Answers) -> Markup {
    let choices = [
        ("", "as the group says"),
        ("skip", "skip: do without this instance"),
        ("cancel", "cancel other: stop the bot that holds it"),
        ("abort", "abort: give up this launch"),
    ]
    .map(|(value, words)| (value.to_owned(), words.to_owned()));
    html! {
        section.card.question.stack {
            h2 { "Some instances are held by others" }
            p.muted { "A bot that is stopped gives its account back." }
            div.fields { @for (instance, group) in held {
                @let hint = format!("Held by {group}.");
                @let chosen = form::word(answers.0.get(instance));
                (select(&format!("{PREFIX}{}", instance.0), &format!("Instance {}", instance.0), &chosen, &choices, &hint))
            } }
            p.small { "Held by " @for (at, group) in groups(held).iter().enumerate() { @if at > 0 { ", " } a href=(href(&["groups", group.as_str()])) { (group) } } "." }
        }
    }
}

fn groups(held: &[(InstanceId, GroupName)]) -> Vec<&GroupName> {
    let mut groups: Vec<&GroupName> = held.iter().map(|(_, group)| group).collect();
    groups.sort();
    groups.dedup();
    groups
}
