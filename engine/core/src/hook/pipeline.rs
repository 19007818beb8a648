//! The one loop around every phase of a launch: asks the hooks of a point one after
//! another, judges what they say, and does it.

use std::sync::Arc;

use super::ask::{Broke, ask};
use super::judge::{Ruling, judge};
use super::patience::{self, Patience};
use super::{Denial, EffectiveHook, HookCall, HookErrorPolicy, HookPoint, Moment, PlanPatch, Verdict};
use crate::duration::Span;
use crate::event::EventKind;
use crate::ids::InstanceId;
use crate::launch::course::Course;
use crate::launch::scale::Control;
use crate::launch::{Launch, LaunchFailure, Phase};

/// A phase's failure, and how often the phase was run again before.
pub(crate) type Failed<'a> = (&'a LaunchFailure, u32);

/// Asks the hooks of a point. Gives the pause after which the phase is to be run again,
/// when hooks on its error wish that; the longest, if several do.
///
/// # Errors
/// When a hook denied, broke where that means no, or somebody stopped the launch.
pub(crate) async fn run(
    launch: &Arc<Launch>,
    course: &mut Course,
    point: HookPoint,
    failed: Option<Failed<'_>>,
) -> Result<Option<Span>, LaunchFailure> {
    let mut wish = None;
    for hook in course.hooks.at(point).iter() {
        let turn = Turn { launch, hook, point, failed };
        wish = wish.max(turn.run(course).await?);
    }
    Ok(wish)
}

/// One hook at one point.
struct Turn<'a> {
    launch: &'a Arc<Launch>,
    hook: &'a EffectiveHook,
    point: HookPoint,
    failed: Option<Failed<'a>>,
}

impl Turn<'_> {
    async fn run(&self, course: &mut Course) -> Result<Option<Span>, LaunchFailure> {
        let launch = self.launch;
        let mut patience = Patience::new(&launch.draft());
        loop {
            let Some(answer) = self.ask(self.call(course, patience.retries)).await else {
                self.tell("stopped", None, None);
                return if self.goes_on_when_stopped() { Ok(None) } else { Err(self.stopped()) };
            };
            let ruling = self.rule(answer, &mut patience);
            match &ruling {
                Ok(ruling) => self.tell(ruling.outcome(), ruling.reason(), None),
                Err(broke) => self.tell(broke.outcome(), None, Some(broke.to_string())),
            }
            match ruling {
                Ok(Ruling::GoOn) => return Ok(None),
                Ok(Ruling::Patch { plan, patch }) => {
                    let (hook, origin) = (self.hook.name.clone(), self.hook.origin.clone());
                    let mut state = launch.state.lock();
                    state.draft = Arc::new(*plan);
                    state.patched_by.push(PlanPatch { hook, origin, point: self.point, patch });
                    return Ok(None);
                }
                Ok(Ruling::Skip { instance, reason }) => {
                    course.skip(launch, instance, &self.hook.title(), reason);
                    return Ok(None);
                }
                Ok(Ruling::Deny { reason }) => {
                    return Err(self.denied(format!(
                        "{} denied {}: {reason}",
                        self.hook.title(),
                        self.point
                    )));
                }
                Ok(Ruling::Retry { after, .. }) if self.point.moment == Moment::Error => {
                    return Ok(Some(after));
                }
                Ok(Ruling::Retry { after, .. }) => {
                    if !launch.stop.pause(after).await {
                        return Err(self.stopped());
                    }
                }
                Err(broke) => return self.broke(&broke).map(|()| None),
            }
        }
    }

    fn call(&self, course: &Course, retries: u32) -> HookCall {
        let launch = self.launch;
        let state = launch.state.lock();
        let reserved = course.reserved.iter().map(|reservation| reservation.id());
        let instances: Vec<InstanceId> =
            reserved.chain(state.bots.iter().map(|bot| bot.instance())).collect();
        let failure = self.failed.map(|(failure, _)| failure).or(state.failure.as_ref());
        HookCall {
            point: self.point,
            launch_id: launch.id,
            group: launch.group.clone(),
            plan: state.draft.clone(),
            params: self.hook.params.clone(),
            instances,
            completed: course.completed.clone(),
            failure: failure.cloned(),
            retries: self.failed.map_or(retries, |(_, runs)| runs),
            dry_run: false,
            launch: Some(Arc::new(Control(launch.clone()))),
        }
    }

    /// The answer; none when a stop came first.
    async fn ask(&self, call: HookCall) -> Option<Result<Verdict, Broke>> {
        let answer = ask(self.hook, call);
        if !self.is_cut_short_by_stop() {
            return Some(answer.await);
        }
        tokio::select! {
            biased;
            () = self.launch.stop.draining().cancelled() => None,
            answer = answer => Some(answer),
        }
    }

    /// What brings a launch up is cut short; what ends it has only its timeout, since a
    /// stop is what it may be there for.
    fn is_cut_short_by_stop(&self) -> bool {
        match (self.point.moment, self.point.phase) {
            (Moment::Before, Phase::Stop) => !self.launch.stop.is_stopping(),
            _ => self.point.may_deny(),
        }
    }

    /// Once its bots run, a launch that is stopped goes on to its phase `stop`.
    fn goes_on_when_stopped(&self) -> bool {
        !self.point.may_deny() || (self.point.moment, self.point.phase) == (Moment::After, Phase::LaunchBots)
    }

    fn rule(&self, answer: Result<Verdict, Broke>, patience: &mut Patience) -> Result<Ruling, Broke> {
        let plan = self.launch.draft();
        let ruling = judge(self.point, &plan, answer?).map_err(Broke::new)?;
        if let Ruling::Retry { after, reason } = &ruling {
            if self.point.moment == Moment::Before {
                patience.take(*after, reason).map_err(Broke::new)?;
            } else if after.as_duration() > patience::total(&plan) {
                let most = Span::from(patience::total(&plan));
                return Err(Broke::new(format!("asked for a retry in {after}; at most {most} are possible")));
            }
        }
        Ok(ruling)
    }

    /// Goes by the hook's `on_error`. Where nothing can be denied, `deny` is a warning.
    fn broke(&self, broke: &Broke) -> Result<(), LaunchFailure> {
        let message = format!("{} failed at {}: {broke}", self.hook.title(), self.point);
        if let Some(traceback) = broke.traceback() {
            tracing::debug!(hook = self.hook.name, "{traceback}");
        }
        match self.hook.on_error.value {
            HookErrorPolicy::Deny if self.point.may_deny() => return Err(self.denied(message)),
            HookErrorPolicy::Deny | HookErrorPolicy::Warn => self.launch.warn(message),
            HookErrorPolicy::Ignore => tracing::debug!(group = %self.launch.group, "{message}"),
        }
        Ok(())
    }

    fn denied(&self, message: String) -> LaunchFailure {
        LaunchFailure::denied(Denial::by(self.hook, self.point), message)
    }

    fn stopped(&self) -> LaunchFailure {
        LaunchFailure::stopped(self.point.phase)
    }

    fn tell(&self, outcome: &'static str, reason: Option<String>, error: Option<String>) {
        self.launch.publish(EventKind::HookAnswered {
            launch: self.launch.reference(),
            phase: self.point.phase.as_str(),
            point: self.point,
            hook: self.hook.name.clone(),
            generation: self.hook.generation,
            outcome,
            reason,
            error,
        });
    }
}
