//! The verbs over launches.

use std::sync::Arc;

use super::error::OrchestratorError;
use super::groups::Orchestrator;
use crate::hook::HookSet;
use crate::ids::GroupName;
use crate::launch::scale::{self, ScaleError};
use crate::launch::{DraftPlan, Launch, LaunchFailure, LaunchReport, LaunchRequest, Phase, StopMode};

impl Orchestrator {
    /// Launches a group and waits until all its bots have ended. Dropping the future
    /// doesn't stop the launch; [`Orchestrator::stop_group`] does.
    ///
    /// # Errors
    /// When the group can't be found or runs already. A launch that fails in one of
    /// its phases gives a report with a `failure`.
    pub async fn launch_group(&self, request: LaunchRequest) -> Result<LaunchReport, OrchestratorError> {
        let (launch, task) = self.start_group(request)?;
        let ended = task.await;
        ended.map_err(|error| {
            let message = format!("the launch {} broke: {error}", launch.id());
            OrchestratorError::Launch(LaunchFailure::failed(Phase::Release, message))
        })
    }

    /// Begins a launch and comes back at once, with the launch and the task that ends
    /// with its report.
    ///
    /// # Errors
    /// When the group can't be found or runs already.
    pub fn start_group(
        &self,
        request: LaunchRequest,
    ) -> Result<(Arc<Launch>, tokio::task::JoinHandle<LaunchReport>), OrchestratorError> {
        let (draft, hooks) = self.prepare(&request)?;
        let launch = {
            let mut running = self.engine.running.lock();
            if running.contains_key(&request.group) {
                return Err(OrchestratorError::AlreadyRunning(request.group));
            }
            // Under the lock, so that launches are seen in the order of their ids.
            let launch = Launch::new(self.engine.clone(), draft, request.asker.clone());
            running.insert(request.group.clone(), launch.clone());
            launch
        };
        let entry = Running { engine: self.engine.clone(), group: request.group };
        let running = launch.clone();
        let task = tokio::spawn(async move {
            let _entry = entry;
            running.run(hooks).await
        });
        Ok((launch, task))
    }

    /// The draft and the hooks of a launch, both of the generations in force now.
    pub(super) fn prepare(&self, request: &LaunchRequest) -> Result<(DraftPlan, HookSet), OrchestratorError> {
        let group = self.group(request.group.as_str())?.definition;
        let hooks = HookSet::resolve(&self.engine.hooks(), &group.hooks);
        Ok((DraftPlan::new(&group, &self.engine.live().defaults, &request.overrides), hooks))
    }

    /// The launch of a group that is under way.
    pub fn running(&self, group: &GroupName) -> Option<Arc<Launch>> {
        self.engine.running.lock().get(group).cloned()
    }

    fn must_run(&self, group: &GroupName) -> Result<Arc<Launch>, OrchestratorError> {
        self.group(group.as_str())?;
        self.running(group).ok_or_else(|| OrchestratorError::NotRunning(group.clone()))
    }

    /// Stops a group's bots. The launch ends when they have.
    ///
    /// # Errors
    /// When the group can't be found or doesn't run.
    pub fn stop_group(&self, group: &GroupName, mode: StopMode) -> Result<(), OrchestratorError> {
        self.must_run(group)?.stop(mode);
        Ok(())
    }

    /// Stops all groups.
    pub fn stop_all(&self, mode: StopMode) {
        for launch in self.engine.running.lock().values() {
            launch.stop(mode);
        }
    }

    /// Holds a group's bots before their next account.
    ///
    /// # Errors
    /// When the group can't be found or doesn't run.
    pub fn pause(&self, group: &GroupName) -> Result<(), OrchestratorError> {
        self.must_run(group)?.pause(true);
        Ok(())
    }

    /// Lets a group's bots go on.
    ///
    /// # Errors
    /// When the group can't be found or doesn't run.
    pub fn resume(&self, group: &GroupName) -> Result<(), OrchestratorError> {
        self.must_run(group)?.pause(false);
        Ok(())
    }

    /// Changes how many bots of a running group there are: starts more on free
    /// instances of its plan, or lets the last ones finish their account and end.
    /// Gives the number that runs from now on, which is lower than asked when there
    /// aren't enough instances.
    ///
    /// # Errors
    /// When the group can't be found, doesn't run, or a conflict aborts the start.
    pub async fn scale(&self, group: &GroupName, bots: u32) -> Result<u32, OrchestratorError> {
        let launch = self.must_run(group)?;
        scale::scale(&launch, bots).await.map_err(|error| match error {
            ScaleError::NotYet | ScaleError::Over => OrchestratorError::NotRunning(group.clone()),
            ScaleError::Failed(failure) => OrchestratorError::Launch(failure),
        })
    }
}

/// A group's place among the running ones, given up when its launch ends.
struct Running {
    engine: Arc<super::engine::Engine>,
    group: GroupName,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.engine.running.lock().remove(&self.group);
    }
}
