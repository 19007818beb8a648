//! The phases of a launch by name, and the one place that runs them: the hooks before,
//! the phase itself, the hooks after, or those on its error.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::EventKind;
use crate::hook::{HookPoint, Moment, pipeline};
use crate::launch::course::Course;
use crate::launch::{
    FailureKind, Launch, LaunchFailure, acquire_instances, launch_bots, release, resolve_pool, stop, validate,
};

/// A step of a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opens or finds the pool by its name, and refreshes it if wanted.
    ResolvePool,
    /// Checks routine, parameters, templates and instances; freezes the plan.
    Validate,
    /// Reserves instances, resolves conflicts, waits until they are ready.
    AcquireInstances,
    /// Starts a bot on each, with a pause between two.
    LaunchBots,
    /// Brings the bots to an end.
    Stop,
    /// Gives back what the launch took; always runs.
    Release,
}

impl Phase {
    /// All phases in the order of a launch.
    pub const ALL: [Self; 6] = [
        Self::ResolvePool,
        Self::Validate,
        Self::AcquireInstances,
        Self::LaunchBots,
        Self::Stop,
        Self::Release,
    ];

    /// Those that bring a launch up, in their order.
    pub const BRING_UP: [Self; 4] =
        [Self::ResolvePool, Self::Validate, Self::AcquireInstances, Self::LaunchBots];

    /// The word in events and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResolvePool => "resolve_pool",
            Self::Validate => "validate",
            Self::AcquireInstances => "acquire_instances",
            Self::LaunchBots => "launch_bots",
            Self::Stop => "stop",
            Self::Release => "release",
        }
    }
}

/// Runs one phase: announces it, runs it with its hooks, announces how it went. When it
/// failed and a hook asks for that, it is run again, once.
pub(crate) async fn run(
    launch: &Arc<Launch>,
    course: &mut Course,
    phase: Phase,
) -> Result<(), LaunchFailure> {
    let (launch_ref, name) = (|| launch.reference(), phase.as_str());
    let mut runs = 0;
    loop {
        launch.publish(EventKind::PhaseStarted { launch: launch_ref(), phase: name });
        let mark = launch.mark();
        let Err(failure) = attempt(launch, course, phase, runs).await else {
            launch.publish(EventKind::PhaseFinished { launch: launch_ref(), phase: name });
            course.completed.push(phase);
            return Ok(());
        };
        let error = failure.messages.join("; ");
        launch.publish(EventKind::PhaseFailed { launch: launch_ref(), phase: name, error });
        let point = HookPoint::new(Moment::Error, phase);
        let wish = pipeline::run(launch, course, point, Some((&failure, runs))).await?;
        // A denial stands, and so does a stop.
        let may_run_again = runs == 0 && failure.denied_by.is_none() && failure.kind != FailureKind::Stopped;
        let Some(pause) = wish.filter(|_| may_run_again) else { return Err(failure) };
        course.undo.unwind_phase(phase).await;
        if !launch.stop.pause(pause).await {
            return Err(failure);
        }
        launch.run_again_since(mark, &failure);
        runs += 1;
    }
}

/// Announces that a phase isn't even begun, and why.
pub(crate) fn refuse(launch: &Launch, phase: Phase, problems: Vec<String>) -> LaunchFailure {
    let failure = LaunchFailure::refused(phase, problems);
    let (name, error) = (phase.as_str(), failure.messages.join("; "));
    launch.publish(EventKind::PhaseStarted { launch: launch.reference(), phase: name });
    launch.publish(EventKind::PhaseFailed { launch: launch.reference(), phase: name, error });
    failure
}

async fn attempt(
    launch: &Arc<Launch>,
    course: &mut Course,
    phase: Phase,
    runs: u32,
) -> Result<(), LaunchFailure> {
    if runs == 0 {
        pipeline::run(launch, course, HookPoint::new(Moment::Before, phase), None).await?;
    }
    work(launch, course, phase).await?;
    pipeline::run(launch, course, HookPoint::new(Moment::After, phase), None).await?;
    Ok(())
}

/// The phase itself.
async fn work(launch: &Arc<Launch>, course: &mut Course, phase: Phase) -> Result<(), LaunchFailure> {
    match phase {
        Phase::ResolvePool => course.pool = resolve_pool::run(launch, &launch.draft()).await?,
        Phase::Validate => {
            let draft = (*launch.draft()).clone();
            let plan = validate::run(&launch.engine, draft, course.pool.clone()).await;
            launch.freeze(plan.map_err(|failure| launch.with_patches(failure))?);
        }
        Phase::AcquireInstances => {
            let plan = launch.plan(phase)?;
            course.reserved = acquire_instances::run(launch, &plan, &mut course.undo).await?;
        }
        Phase::LaunchBots => {
            let plan = launch.plan(phase)?;
            let reserved = std::mem::take(&mut course.reserved);
            launch_bots::run(launch, &plan, reserved, &mut course.undo).await?;
        }
        Phase::Stop => stop::run(launch).await?,
        Phase::Release => release::run(launch).await?,
    }
    Ok(())
}
