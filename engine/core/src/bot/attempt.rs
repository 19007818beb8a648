//! One run of the routine: stopped when the bot must end, cut off at its timeout, and
//! never able to take the bot down with it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::event::EventKind;
use crate::ids::InstanceId;
use crate::launch::generation::Serving;
use crate::launch::{Launch, Plan, StopSignal};
use crate::outcome::Outcome;
use crate::pool::RunFacts;
use crate::routine::{Progress, RoutineError, RoutineRun};

/// How a run ended.
pub(super) enum Ended {
    /// The routine said how.
    Said(Outcome),
    /// It broke.
    Broke(RoutineError),
    /// The bot had to stop.
    Interrupted,
    /// What it ran on went away; the text says what.
    HostLost(String),
    /// Somebody else has taken its lease over.
    TakenOver,
}

pub(super) async fn run(
    launch: &Arc<Launch>,
    plan: &Plan,
    serving: &Serving,
    instance: InstanceId,
    stop: &StopSignal,
    account: Option<Arc<Account>>,
    lost: &CancellationToken,
) -> (Ended, RunFacts) {
    let events = launch.engine.events.clone();
    let (bot, account_id) =
        (launch.bot_reference(instance), account.as_ref().map(|account| account.id.clone()));
    let told = Mutex::new(Told::default());
    let progress = Progress::new(move |current, total| {
        if !is_worth_telling(&told, current >= total) {
            return;
        }
        events.publish(EventKind::BotProgress {
            bot: bot.clone(),
            account: account_id.clone(),
            current,
            total,
        });
    });
    let run = RoutineRun {
        account,
        params: serving.params.clone(),
        launch: launch.id,
        group: launch.group.clone(),
        instance,
        generation: serving.routine.generation,
        stopping: stop.draining().clone(),
        progress,
    };
    let (started, began) = (launch.engine.clock.now(), Instant::now());
    let running = AssertUnwindSafe(serving.routine.extension.run(run)).catch_unwind();
    let timeout = plan.draft.options.routine_timeout.non_zero();
    let timed_out = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        biased;
        ended = running => match ended {
            Ok(Ok(outcome)) => Ended::Said(outcome),
            // What a routine raises because it was told to stop isn't its failure.
            Ok(Err(_)) if stop.forced().is_cancelled() => Ended::Interrupted,
            Ok(Err(RoutineError::HostLost(reason))) => Ended::HostLost(reason),
            Ok(Err(_)) if lost.is_cancelled() => Ended::TakenOver,
            Ok(Err(error)) => Ended::Broke(error),
            Err(panic) => Ended::Broke(RoutineError::Host(format!("the routine panicked: {}", panic_text(&*panic)))),
        },
        () = stop.forced().cancelled() => Ended::Interrupted,
        () = lost.cancelled() => Ended::TakenOver,
        () = timed_out => Ended::Broke(RoutineError::TimedOut(timeout.unwrap_or_default())),
    };
    (ended, RunFacts { started, elapsed: began.elapsed() })
}

/// How often progress is told: a routine may report at every turn of a loop, and events
/// of consequence must not drown in it.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Told {
    at: Option<Instant>,
    end: bool,
}

fn is_worth_telling(told: &Mutex<Told>, is_end: bool) -> bool {
    let (now, mut told) = (Instant::now(), told.lock());
    let due = told.at.is_none_or(|then| now.duration_since(then) >= PROGRESS_EVERY);
    let tell = due || (is_end && !told.end);
    if tell {
        *told = Told { at: Some(now), end: is_end };
    }
    tell
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
