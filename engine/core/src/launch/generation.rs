//! Which generation of its routine a launch runs: the one it began with, or one that was
//! loaded since, if its group says so and it can be used.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::definition::ReloadPolicy;
use crate::event::EventKind;
use crate::launch::{Launch, Plan, validate};
use crate::registry::Registered;
use crate::routine::Routine;

/// A routine of one generation with its parameters.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) routine: Registered<dyn Routine>,
    pub(crate) params: Arc<Map<String, Value>>,
}

/// What a launch has taken since it began.
#[derive(Default)]
pub(crate) struct Generations {
    /// The last generation that was looked at, taken or not.
    tried: u64,
    taken: Option<Serving>,
}

/// What a bot runs with its next account. Checked once for each generation: one that
/// can't be used (its parameters don't take the group's `config`, say) is told, and the
/// one before goes on.
pub(crate) async fn serving(launch: &Launch, plan: &Plan) -> Serving {
    let pinned = || Serving { routine: plan.routine.clone(), params: plan.params.clone() };
    if plan.draft.reload == ReloadPolicy::NextLaunch {
        return pinned();
    }
    let held = || {
        let generations = launch.generations.lock();
        let tried = generations.tried.max(plan.routine.generation);
        (tried, generations.taken.clone().unwrap_or_else(pinned))
    };
    let (tried, held_now) = held();
    let now = match launch.engine.routines.generation(&plan.draft.routine) {
        Some(now) if now > tried => now,
        // The same; or its file is gone, which harms nobody who runs it.
        _ => return held_now,
    };
    let (found, problems) = validate::check(&launch.engine, &plan.draft).await;
    {
        let mut generations = launch.generations.lock();
        if generations.tried >= now {
            // Another bot of the launch was quicker.
            return generations.taken.clone().unwrap_or_else(pinned);
        }
        generations.tried = now;
        if let Some((routine, params)) = found.filter(|_| problems.is_empty()) {
            generations.tried = routine.generation;
            let taken = Serving { routine, params: Arc::new(params) };
            generations.taken = Some(taken.clone());
            return taken;
        }
    }
    let (routine, kept) = (&plan.draft.routine, held_now.routine.generation);
    let error = problems.join("; ");
    launch.publish(EventKind::ExtensionFailed {
        extension: routine.clone(),
        generation: Some(kept),
        error: error.clone(),
    });
    launch.warn(format!(
        "routine \"{routine}\": generation {now} can't be used by this launch, which goes on with generation {kept}: {error}"
    ));
    held_now
}
