//! Who holds which instance. One bot an instance, across all launches.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde::Serialize;
use tokio::sync::Notify;

use crate::ids::{GroupName, InstanceId, LaunchId};
use crate::instance::InstanceProvider;

/// The launch that holds an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldBy {
    /// The launch.
    pub launch: LaunchId,
    /// Its group.
    pub group: GroupName,
}

/// All providers of an engine, and the table of reservations.
pub struct Instances {
    providers: RwLock<Vec<Arc<dyn InstanceProvider>>>,
    held: Mutex<BTreeMap<InstanceId, HeldBy>>,
    released: Notify,
}

impl Instances {
    /// The instances of these providers. Where two have the same id, the first serves it.
    pub fn new(providers: Vec<Arc<dyn InstanceProvider>>) -> Arc<Self> {
        Arc::new(Self { providers: RwLock::new(providers), held: Mutex::default(), released: Notify::new() })
    }

    /// The provider that has an instance.
    pub fn provider(&self, id: InstanceId) -> Option<Arc<dyn InstanceProvider>> {
        self.providers.read().iter().find(|provider| provider.has(id)).cloned()
    }

    /// All providers, in the order in which they are asked.
    pub fn providers(&self) -> Vec<Arc<dyn InstanceProvider>> {
        self.providers.read().clone()
    }

    /// Puts these providers in the place of those that there are. What is held stays held,
    /// and who started an instance stops it with the provider that started it.
    pub fn replace(&self, providers: Vec<Arc<dyn InstanceProvider>>) {
        *self.providers.write() = providers;
    }

    /// Takes an instance, until the reservation is dropped.
    ///
    /// # Errors
    /// Who holds it.
    pub fn reserve(self: &Arc<Self>, id: InstanceId, by: HeldBy) -> Result<Reservation, HeldBy> {
        let mut held = self.held.lock();
        if let Some(other) = held.get(&id) {
            return Err(other.clone());
        }
        held.insert(id, by);
        Ok(Reservation { id, instances: self.clone() })
    }

    /// Who holds an instance.
    pub fn held_by(&self, id: InstanceId) -> Option<HeldBy> {
        self.held.lock().get(&id).cloned()
    }

    /// Waits until an instance isn't held by that launch any more.
    pub async fn until_released(&self, id: InstanceId, by: LaunchId) {
        loop {
            let released = self.released.notified();
            tokio::pin!(released);
            released.as_mut().enable();
            if self.held_by(id).is_none_or(|held| held.launch != by) {
                return;
            }
            released.await;
        }
    }
}

/// The right to use one instance; dropping it gives the instance back.
pub struct Reservation {
    id: InstanceId,
    instances: Arc<Instances>,
}

impl Reservation {
    /// Which instance.
    pub fn id(&self) -> InstanceId {
        self.id
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.instances.held.lock().remove(&self.id);
        self.instances.released.notify_waiters();
    }
}

impl std::fmt::Debug for Reservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reservation({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::StaticProvider;

    #[tokio::test]
    async fn an_instance_has_one_holder_at_a_time() {
        let instances = Instances::new(vec![Arc::new(StaticProvider::any())]);
        let by = |name: &str| HeldBy { launch: LaunchId::random(), group: GroupName::new(name).unwrap() };
        let first = by("A");
        let held = instances.reserve(InstanceId(0), first.clone()).unwrap();
        assert_eq!(instances.reserve(InstanceId(0), by("B")).unwrap_err(), first);
        let waiting = tokio::spawn({
            let (instances, launch) = (instances.clone(), first.launch);
            async move { instances.until_released(InstanceId(0), launch).await }
        });
        tokio::task::yield_now().await;
        drop(held);
        waiting.await.unwrap();
        assert!(instances.reserve(InstanceId(0), by("B")).is_ok());
    }
}
