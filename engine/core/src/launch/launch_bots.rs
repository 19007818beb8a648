//! Phase `launch_bots`: starts a bot on each acquired instance, with a pause between
//! two starts.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::bot::Bot;
use crate::instance::Reservation;
use crate::launch::state::Life;
use crate::launch::undo::UndoStack;
use crate::launch::{Launch, LaunchFailure, Phase, Plan, StopMode};

/// How often a pause looks whether there is anything left to start bots for.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) async fn run(
    launch: &Arc<Launch>,
    plan: &Arc<Plan>,
    instances: Vec<Reservation>,
    undo: &mut UndoStack,
) -> Result<(), LaunchFailure> {
    if instances.is_empty() {
        let state = launch.state.lock();
        let told: Vec<String> = state.barred.iter().map(|(id, why)| format!("{id} by {why}")).collect();
        let told = if told.is_empty() { String::new() } else { format!(": {}", told.join("; ")) };
        return Err(LaunchFailure::refused(
            Phase::LaunchBots,
            vec![format!("every instance is skipped{told}")],
        ));
    }
    launch.enter(Life::Launching);
    let for_undo = launch.clone();
    undo.push(Phase::LaunchBots, move || {
        Box::pin(async move {
            for_undo.enter(Life::Over);
            let bots = for_undo.state.lock().bots.clone();
            bots.iter().for_each(|bot| bot.stop(StopMode::Force));
            for_undo.tasks.close();
            for_undo.tasks.wait().await;
        })
    });
    {
        let mut state = launch.state.lock();
        let given_up = std::mem::take(&mut state.given_up);
        state.unstarted = instances.into_iter().filter(|free| !given_up.contains(&free.id())).collect();
    }
    for nth in 0.. {
        if nth > 0 && !launch.state.lock().unstarted.is_empty() {
            pause(launch, plan).await;
        }
        let next = {
            let mut state = launch.state.lock();
            if launch.stop.is_stopping() {
                state.unstarted.clear();
            }
            state.unstarted.pop_front()
        };
        let Some(reservation) = next else { break };
        start(launch, plan, reservation);
    }
    launch.enter(Life::Running);
    Ok(())
}

/// Starts one bot; not in a launch whose bots have ended.
pub(crate) fn start(launch: &Arc<Launch>, plan: &Arc<Plan>, reservation: Reservation) -> bool {
    let bot = Bot::new(launch, plan.clone(), reservation.id());
    let mut state = launch.state.lock();
    if state.life == Life::Over {
        return false;
    }
    state.bots.push(bot.clone());
    tokio::spawn(launch.tasks.track_future(bot.run(launch.clone(), reservation)));
    true
}

/// The stagger delay, cut short when the launch is stopped, or when the pool has
/// nothing left, so that the remaining bots would only find that out.
async fn pause(launch: &Launch, plan: &Plan) {
    let until = Instant::now() + plan.draft.options.stagger_delay.as_duration();
    while Instant::now() < until {
        if plan
            .pool
            .as_ref()
            .is_some_and(|pool| pool.is_exhausted() && !pool.definition().pool_config.wait_for_accounts)
        {
            return;
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(until.min(Instant::now() + LOOK)) => {}
            () = launch.stop.draining().cancelled() => return,
        }
    }
}
