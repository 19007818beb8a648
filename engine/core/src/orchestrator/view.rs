//! What the built-in hooks see of the engine.

use std::sync::{Arc, Weak};

use jiff::Timestamp;

use super::engine::Engine;
use crate::clock::SharedClock;
use crate::hook::builtin::EngineView;
use crate::ids::{LaunchId, PoolName};
use crate::launch::Launch;
use crate::launch::running::Life;

/// Weak, since the engine holds its hooks.
pub(super) struct View {
    clock: SharedClock,
    engine: Weak<Engine>,
}

impl View {
    pub(super) fn of(engine: &Arc<Engine>) -> Self {
        Self { clock: engine.clock.clone(), engine: Arc::downgrade(engine) }
    }
}

impl EngineView for View {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn bots_on(&self, pool: &PoolName, besides: LaunchId) -> u32 {
        let Some(engine) = self.engine.upgrade() else { return 0 };
        let running: Vec<Arc<Launch>> = engine.running.lock().values().cloned().collect();
        running.iter().filter(|launch| launch.id != besides).map(|launch| bots(launch, pool, besides)).sum()
    }

    fn available(&self, pool: &PoolName) -> Option<usize> {
        let engine = self.engine.upgrade()?;
        Some(engine.pools.get_open(pool)?.stats().counts.available)
    }
}

/// The bots that a launch has, or is about to have, on a pool. Of two launches that are
/// being validated at the same time the older one counts for the younger, so that both
/// together don't get more than one alone.
fn bots(launch: &Launch, pool: &PoolName, besides: LaunchId) -> u32 {
    let state = launch.state.lock();
    if state.draft.account_pool.as_ref() != Some(pool) {
        return 0;
    }
    match state.life {
        Life::Preparing if state.plan.is_none() && launch.id > besides => 0,
        Life::Preparing | Life::Launching => state.draft.bot_count,
        Life::Running | Life::Over => {
            let live = state.bots.iter().filter(|bot| !bot.status().has_ended()).count();
            u32::try_from(live).unwrap_or(u32::MAX)
        }
    }
}
