//! Instances that must be started first, with a log of what was done to them.

use std::time::Duration;

use async_trait::async_trait;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceError, InstanceInfo, InstanceProvider, InstanceState};
use parking_lot::Mutex;

/// Instance `BROKEN` can't be started; the others come up after a second.
pub const BROKEN: u32 = 9;

#[derive(Default)]
pub struct Emulators {
    pub log: Mutex<Vec<String>>,
    up: Mutex<Vec<(InstanceId, tokio::time::Instant)>>,
}

#[async_trait]
impl InstanceProvider for Emulators {
    fn name(&self) -> &str {
        "emulators"
    }
    fn has(&self, _: InstanceId) -> bool {
        true
    }
    fn list(&self) -> Vec<InstanceInfo> {
        vec![]
    }
    async fn start(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("start {id}"));
        if id.0 == BROKEN {
            return Err(InstanceError { id, message: "no such emulator".into() });
        }
        self.up.lock().push((id, tokio::time::Instant::now() + Duration::from_secs(1)));
        Ok(())
    }
    async fn probe(&self, id: InstanceId) -> Result<InstanceState, InstanceError> {
        let up = self.up.lock().iter().find(|(up, _)| *up == id).map(|(_, at)| *at);
        Ok(match up {
            None => InstanceState::Down,
            Some(at) if at <= tokio::time::Instant::now() => InstanceState::Ready,
            Some(_) => InstanceState::Starting,
        })
    }
    async fn stop(&self, id: InstanceId) -> Result<(), InstanceError> {
        self.log.lock().push(format!("stop {id}"));
        self.up.lock().retain(|(up, _)| *up != id);
        Ok(())
    }
}
