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
            Self::Retry { after, reason } if reason.is_empty() => Some(format!("again in {after}")),
            Self::Retry { after, reason } => Some(format!("again in {after}: {reason}")),
        }
    }
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
            Ok(Ruling::Skip { instance, reason })
        }
        Verdict::SkipInstance { instance, .. } => Err(format!(
            "skipped instance {instance}, which is possible from before:acquire_instances to before:launch_bots only"
        )),
        Verdict::Deny { reason } if point.may_deny() => Ok(Ruling::Deny { reason }),
        Verdict::Deny { reason } => Err(format!("denied ({reason}) where nothing can be denied")),
        Verdict::Retry { after, reason } if point.may_retry() => Ok(Ruling::Retry { after, reason }),
        Verdict::Retry { .. } => Err(
            "asked for a retry, which is possible before a phase that brings the launch up, and on an error, only"
                .into(),
        ),
    }
}
