//! The hooks of a launch that isn't carried out: those that may change the plan are
//! asked, with `dry_run`; the others are listed.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ask::{Broke, ask};
use super::judge::{Ruling, judge};
use super::{Denial, EffectiveHook, HookCall, HookErrorPolicy, HookPoint, HookSet, PlanPatch};
use crate::ids::LaunchId;
use crate::launch::DraftPlan;

/// A hook that would run, and what it would say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsedHook {
    /// When.
    pub point: HookPoint,
    /// Its id.
    pub hook: String,
    /// Where it is written.
    pub origin: String,
    /// Its generation.
    pub generation: u64,
    /// `continue`, `patch`, `deny`, `retry`, `error` or `timeout`; none where only a
    /// launch itself can ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why, or what it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the hooks make of a plan.
pub(crate) struct Rehearsal {
    pub(crate) plan: Arc<DraftPlan>,
    pub(crate) hooks: Vec<RehearsedHook>,
    pub(crate) patched_by: Vec<PlanPatch>,
    pub(crate) denied_by: Option<Denial>,
    pub(crate) problems: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// Asks what can be asked without doing anything. After a denial nobody is asked any
/// more, as in a launch.
pub(crate) async fn rehearse(set: &HookSet, draft: DraftPlan) -> Rehearsal {
    let mut rehearsal = Rehearsal {
        plan: Arc::new(draft),
        hooks: Vec::new(),
        patched_by: Vec::new(),
        denied_by: None,
        problems: set.problems().to_vec(),
        warnings: set.warnings().to_vec(),
    };
    let launch_id = LaunchId::random();
    for point in HookPoint::all() {
        for hook in set.at(point).iter() {
            let mut row = RehearsedHook {
                point,
                hook: hook.name.clone(),
                origin: hook.origin.clone(),
                generation: hook.generation,
                answer: None,
                reason: None,
            };
            if point.may_patch() && rehearsal.problems.is_empty() {
                rehearsal.ask(hook, &mut row, launch_id).await;
            }
            rehearsal.hooks.push(row);
        }
    }
    rehearsal
}

impl Rehearsal {
    async fn ask(&mut self, hook: &EffectiveHook, row: &mut RehearsedHook, launch_id: LaunchId) {
        let point = row.point;
        let call = HookCall {
            point,
            launch_id,
            group: self.plan.group.clone(),
            plan: self.plan.clone(),
            params: hook.params.clone(),
            instances: Vec::new(),
            completed: Vec::new(),
            failure: None,
            retries: 0,
            dry_run: true,
            launch: None,
        };
        let answer = ask(hook, call).await;
        match answer.and_then(|verdict| judge(point, &self.plan, verdict).map_err(Broke::new)) {
            Ok(ruling) => {
                (row.answer, row.reason) = (Some(ruling.outcome().to_owned()), ruling.reason());
                match ruling {
                    Ruling::Deny { reason } => {
                        self.denied_by = Some(Denial::by(hook, point));
                        self.problems.push(format!("{} denied {point}: {reason}", hook.title()));
                    }
                    Ruling::Patch { plan, patch } => {
                        let (hook, origin) = (hook.name.clone(), hook.origin.clone());
                        self.plan = Arc::new(*plan);
                        self.patched_by.push(PlanPatch { hook, origin, point, patch });
                    }
                    _ => {}
                }
            }
            Err(broke) => {
                (row.answer, row.reason) = (Some(broke.outcome().to_owned()), Some(broke.to_string()));
                let message = format!("{} failed at {point}: {broke}", hook.title());
                match hook.on_error.value {
                    HookErrorPolicy::Deny => self.problems.push(message),
                    HookErrorPolicy::Warn => self.warnings.push(message),
                    HookErrorPolicy::Ignore => {}
                }
            }
        }
    }
}
