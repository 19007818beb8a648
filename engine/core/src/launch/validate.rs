//! Phase `validate`: checks routine, parameters, templates and instances, tells
//! everything that is wrong at once, and freezes the plan.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::launch::{DraftPlan, LaunchFailure, Phase, Plan};
use crate::orchestrator::Engine;
use crate::pool::Pool;
use crate::registry::Registered;
use crate::routine::Routine;

pub(crate) async fn run(
    engine: &Engine,
    draft: DraftPlan,
    pool: Option<Arc<Pool>>,
) -> Result<Plan, LaunchFailure> {
    let (found, problems) = check(engine, &draft).await;
    match found {
        Some((routine, params)) if problems.is_empty() => {
            Ok(Plan { draft, routine, params: Arc::new(params), pool })
        }
        _ => Err(LaunchFailure::refused(Phase::Validate, problems)),
    }
}

type Found = Option<(Registered<dyn Routine>, Map<String, Value>)>;

/// The routine and its parameters, and everything that is wrong.
pub(crate) async fn check(engine: &Engine, draft: &DraftPlan) -> (Found, Vec<String>) {
    let mut problems = Vec::new();
    let options = &draft.options;
    let found = match engine.routines.get(&draft.routine) {
        Err(error) => {
            problems.push(format!("routine: {error}"));
            None
        }
        Ok(routine) => {
            let info = routine.extension.info().clone();
            let params = info.params.check("config", &draft.config);
            if options.validate_routine {
                for need in &info.needs {
                    problems.push(match need.as_str() {
                        "device" => format!(
                            "routine \"{}\" needs a device, and no instance provider of this version brings one",
                            draft.routine
                        ),
                        other => format!("routine \"{}\" needs \"{other}\", which isn't known", draft.routine),
                    });
                }
            }
            if options.validate_templates {
                problems.extend(engine.templates.problems(&info.templates).await);
            }
            match params {
                Ok(params) => Some((routine, params)),
                // Without validation a routine gets what was given, for better or worse.
                Err(_) if !options.validate_routine => Some((routine, draft.config.clone())),
                Err(found) => {
                    problems.extend(found.iter().map(ToString::to_string));
                    None
                }
            }
        }
    };
    if options.validate_emulators {
        for id in draft.instances.iter().filter(|id| engine.instances.provider(**id).is_none()) {
            problems.push(format!(
                "instances: {id} doesn't exist; `instances` in lariat.yaml lists those that do"
            ));
        }
    }
    if draft.bot_count == 0 {
        problems.push("bot_count: must be at least 1".into());
    } else if draft.bot_count as usize > draft.instances.len() {
        let (bots, instances) = (draft.bot_count, draft.instances.len());
        problems.push(format!("bot_count: asks for {bots} bots, but `instances` has only {instances}"));
    }
    (found, problems)
}
