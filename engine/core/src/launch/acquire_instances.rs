//! Phase `acquire_instances`: reserves instances in the group's order, resolves
//! conflicts by policy, starts those that are down and waits until they are ready.

use std::sync::Arc;

use tokio::time::{Duration, Instant};

use crate::definition::ConflictPolicy;
use crate::event::EventKind;
use crate::ids::InstanceId;
use crate::instance::{HeldBy, InstanceState, Reservation};
use crate::launch::undo::UndoStack;
use crate::launch::{Conflict, ConflictQuestion, Launch, LaunchFailure, Phase, Plan, Resolution, StopMode};

/// How often an instance that is starting is looked at.
const PROBE_PAUSE: Duration = Duration::from_millis(250);

pub(crate) async fn run(
    launch: &Arc<Launch>,
    plan: &Plan,
    undo: &mut UndoStack,
) -> Result<Vec<Reservation>, LaunchFailure> {
    let for_undo = launch.clone();
    undo.push(Phase::AcquireInstances, move || {
        Box::pin(async move { super::release::stop_instances(&for_undo).await })
    });
    let acquired = acquire(launch, plan, plan.draft.bot_count as usize).await?;
    if !acquired.is_empty() {
        return Ok(acquired);
    }
    let state = launch.state.lock();
    let only_conflicts = state.errors.is_empty();
    let message = if only_conflicts {
        let held = state.conflicts.iter().map(|c| format!("{} by \"{}\"", c.instance, c.held_by));
        let told: Vec<String> =
            held.chain(state.barred.iter().map(|(id, why)| format!("{id} is skipped by {why}"))).collect();
        format!("no instance is free: {}", told.join(", "))
    } else {
        "no instance became ready".into()
    };
    Err(if only_conflicts {
        LaunchFailure::refused(Phase::AcquireInstances, vec![message])
    } else {
        LaunchFailure::failed(Phase::AcquireInstances, message)
    })
}

/// Acquires up to `count` instances of the plan that this launch doesn't use yet.
pub(crate) async fn acquire(
    launch: &Arc<Launch>,
    plan: &Plan,
    count: usize,
) -> Result<Vec<Reservation>, LaunchFailure> {
    let mut ready = Vec::new();
    let barred = launch.state.lock().barred.clone();
    let mut candidates = plan.draft.instances.iter().copied().filter(|id| !barred.contains_key(id));
    loop {
        let mut reserved = Vec::new();
        while ready.len() + reserved.len() < count {
            let Some(id) = candidates.next() else { break };
            if launch.stop.is_stopping() {
                return Err(LaunchFailure::stopped(Phase::AcquireInstances));
            }
            reserved.extend(reserve(launch, plan, id).await?);
        }
        launch.placed.cancel();
        if reserved.is_empty() {
            return Ok(ready);
        }
        let waits = reserved.into_iter().map(|reservation| make_ready(launch, plan, reservation));
        ready.extend(futures::future::join_all(waits).await.into_iter().flatten());
    }
}

async fn reserve(
    launch: &Arc<Launch>,
    plan: &Plan,
    id: InstanceId,
) -> Result<Option<Reservation>, LaunchFailure> {
    let instances = &launch.engine.instances;
    let me = HeldBy { launch: launch.id, group: launch.group.clone() };
    let held = match instances.reserve(id, me.clone()) {
        Ok(reservation) => return Ok(Some(reservation)),
        Err(held) if held.launch == launch.id => return Ok(None),
        Err(held) => held,
    };
    let resolution = match plan.draft.options.on_conflict {
        ConflictPolicy::Skip => Resolution::Skip,
        ConflictPolicy::Cancel => Resolution::Cancel,
        ConflictPolicy::Abort => Resolution::Abort,
        ConflictPolicy::Ask => {
            let question =
                ConflictQuestion { group: launch.group.clone(), instance: id, held_by: held.group.clone() };
            launch.unless_stopped(launch.asker.conflict(question)).await.unwrap_or(Resolution::Skip)
        }
    };
    let note = |resolution| {
        let conflict = Conflict { instance: id, held_by: held.group.clone(), resolution };
        launch.state.lock().conflicts.push(conflict);
    };
    match resolution {
        Resolution::Skip => {
            note(Resolution::Skip);
            launch.skip(id, format!("held by \"{}\"", held.group));
            Ok(None)
        }
        Resolution::Abort => {
            note(Resolution::Abort);
            Err(LaunchFailure::refused(
                Phase::AcquireInstances,
                vec![format!("instance {id} is held by \"{}\", and on_conflict is abort", held.group)],
            ))
        }
        Resolution::Cancel => {
            let taken = take_over(launch, plan, id, &held, me).await;
            note(if taken.is_some() { Resolution::Cancel } else { Resolution::Skip });
            Ok(taken)
        }
    }
}

/// Stops the bot that holds an instance and takes it.
async fn take_over(
    launch: &Arc<Launch>,
    plan: &Plan,
    id: InstanceId,
    held: &HeldBy,
    me: HeldBy,
) -> Option<Reservation> {
    let engine = &launch.engine;
    engine.stop_bot(held.launch, id, StopMode::Force);
    let released = engine.instances.until_released(id, held.launch);
    let patience = plan.draft.options.emulator_timeout.as_duration();
    let taken = match tokio::time::timeout(patience, released).await {
        Ok(()) => engine.instances.reserve(id, me).ok(),
        Err(_) => None,
    };
    if taken.is_none() {
        launch.skip(
            id,
            format!("\"{}\" didn't let go of it within {}", held.group, plan.draft.options.emulator_timeout),
        );
    }
    taken
}

/// Starts an instance if it is down and waits until it is ready.
async fn make_ready(launch: &Arc<Launch>, plan: &Plan, reservation: Reservation) -> Option<Reservation> {
    let id = reservation.id();
    let timeout = plan.draft.options.emulator_timeout;
    let until = Instant::now() + timeout.as_duration();
    // Whether it was asked to start, and hasn't shown yet that it does.
    let mut asked = false;
    let trouble = match launch.engine.instances.provider(id) {
        // Only without `validate_emulators`: a bare slot for a bot.
        None => None,
        Some(provider) => loop {
            match provider.probe(id).await {
                Ok(InstanceState::Ready) => break None,
                // Should it go down now, it is started anew.
                Ok(InstanceState::Starting) => asked = false,
                // It may take a while until that shows.
                Ok(InstanceState::Down) if asked => {}
                Ok(InstanceState::Down) => match provider.start(id).await {
                    Ok(()) => {
                        asked = true;
                        launch.state.lock().started.entry(id).or_insert_with(|| provider.clone());
                    }
                    Err(error) => break Some(error.to_string()),
                },
                Err(error) => break Some(error.to_string()),
            }
            if Instant::now() >= until {
                break Some(format!("instance {id}: not ready within {timeout} (emulator_timeout)"));
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep(PROBE_PAUSE.min(timeout.as_duration())) => {}
                () = launch.stop.draining().cancelled() => break Some(format!("instance {id}: stopped while it was starting")),
            }
        },
    };
    if let Some(trouble) = trouble {
        launch.state.lock().errors.push(trouble.clone());
        drop(reservation);
        launch.skip(id, trouble);
        return None;
    }
    launch.publish(EventKind::InstanceAcquired { bot: launch.bot_reference(id) });
    Some(reservation)
}
