//! Whether a verdict is accepted at its point. A verdict that isn't is the hook's error.

use serde_json::{Map, Value};

use super::patch;
use super::record::fields;
use super::{HookPoint, Verdict};
use crate::duration::Span;
use crate::ids::InstanceId;
use crate::launch::DraftPlan;

/// A verdict that was accepted, with what it means.
#[derive(Debug)]
pub(crate) enum Ruling {
    GoOn,
    Patch { plan: Box<DraftPlan>, patch: Map<String, Value> },
    Skip { instance: InstanceId, reason: String },
    Deny { reason: String },
    Retry { after: Span, reason: String },
}

impl Ruling {
    /// The word in events.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::GoOn => "continue",
            Self::Patch { .. } => "patch",
            Self::Skip { .. } => "skip_instance",
            Self::Deny { .. } => "deny",
            Self::Retry { .. } => "retry",
        }
    }

    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::GoOn => None,
            Self::Patch { patch, .. } => Some(fields(patch)),
            Self::Skip { instance, reason } => Some(format!("instance {instance}: {reason}")),
            Self::Deny { reason } => Some(reason.clone()),
            Self::Retry { after, reason } => Some(format!("again in {after}: {reason}")),
        }
    }
}

/// The longest text of a hook that is passed on, in characters.
const LONGEST: usize = 500;

/// What a hook said as one line of bearable length, fit for a log and a table.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_control() || c.is_whitespace()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None if line.is_empty() => "it gave no reason".into(),
        None => line,
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
    }
}

/// Whether a hook may answer so at a point of a launch with this plan.
///
/// # Errors
/// Why it may not, in words for the hook's author.
pub fn accepts(point: HookPoint, plan: &DraftPlan, verdict: Verdict) -> Result<(), String> {
    judge(point, plan, verdict).map(drop)
}

/// # Errors
/// Why the verdict isn't accepted, in words for the hook's author.
pub(crate) fn judge(point: HookPoint, plan: &DraftPlan, verdict: Verdict) -> Result<Ruling, String> {
    match verdict {
        Verdict::Continue => Ok(Ruling::GoOn),
        Verdict::Patch { patch } if patch.is_empty() => Ok(Ruling::GoOn),
        Verdict::Patch { patch } if point.may_patch() => {
            let plan = Box::new(patch::apply(plan, point, &patch)?);
            Ok(Ruling::Patch { plan, patch })
        }
        Verdict::Patch { .. } => {
            Err("patched the plan, which is possible before:resolve_pool and before:validate only".into())
        }
        Verdict::SkipInstance { instance, .. } if point.may_skip() && !plan.instances.contains(&instance) => {
            Err(format!("skipped instance {instance}, which isn't one of the plan's"))
        }
        Verdict::SkipInstance { instance, reason } if point.may_skip() => {
            Ok(Ruling::Skip { instance, reason: one_line(&reason) })
        }
        Verdict::SkipInstance { instance, .. } => Err(format!(
            "skipped instance {instance}, which is possible from before:acquire_instances to before:launch_bots only"
        )),
        Verdict::Deny { reason } if point.may_deny() => Ok(Ruling::Deny { reason: one_line(&reason) }),
        Verdict::Deny { reason } => Err(format!("denied ({}) where nothing can be denied", one_line(&reason))),
        Verdict::Retry { after, reason } if point.may_retry() => {
            Ok(Ruling::Retry { after, reason: one_line(&reason) })
        }
        Verdict::Retry { .. } => Err(
            "asked for a retry, which is possible before a phase that brings the launch up, and on an error, only"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hook_says_fits_on_a_line() {
        assert_eq!(one_line("too\n many\u{1b}[31m\tbots "), "too many [31m bots");
        assert_eq!(one_line(" \n"), "it gave no reason");
        let long = one_line(&"帳".repeat(10_000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST + 1, true));
    }
}
