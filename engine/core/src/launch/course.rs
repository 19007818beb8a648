//! What a launch carries from phase to phase.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::event::EventKind;
use crate::hook::HookSet;
use crate::ids::InstanceId;
use crate::instance::Reservation;
use crate::launch::undo::UndoStack;
use crate::launch::{Launch, Phase};
use crate::pool::Pool;

/// What a launch carries from phase to phase; what others may look at meanwhile is in
/// its [`LaunchState`](super::state::LaunchState).
#[derive(Default)]
pub(crate) struct Course {
    /// The hooks, of the generations that this launch keeps.
    pub(crate) hooks: HookSet,
    /// The open pool.
    pub(crate) pool: Option<Arc<Pool>>,
    /// Instances that are acquired and have no bot yet.
    pub(crate) reserved: Vec<Reservation>,
    /// The phases that went well.
    pub(crate) completed: Vec<Phase>,
    /// What must be undone when a later phase fails.
    pub(crate) undo: UndoStack,
}

impl Course {
    pub(crate) fn new(hooks: HookSet) -> Self {
        Self { hooks, ..Self::default() }
    }

    /// Does without an instance from now on, since a hook says so.
    pub(crate) fn skip(&mut self, launch: &Launch, id: InstanceId, hook: &str, reason: String) {
        match launch.state.lock().barred.entry(id) {
            Entry::Occupied(_) => return, // Another hook said so before.
            Entry::Vacant(place) => place.insert(format!("{hook}: {reason}")),
        };
        let held = self.reserved.iter().position(|reservation| reservation.id() == id);
        if let Some(index) = held {
            drop(self.reserved.remove(index));
            launch.publish(EventKind::InstanceReleased { bot: launch.bot_reference(id) });
        }
        launch.skip(id, reason);
    }

    /// Gives back the instances that have no bot.
    pub(crate) fn give_back(&mut self, launch: &Launch) {
        for reservation in self.reserved.drain(..) {
            let id = reservation.id();
            drop(reservation);
            launch.publish(EventKind::InstanceReleased { bot: launch.bot_reference(id) });
        }
    }
}
