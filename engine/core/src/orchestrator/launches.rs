//! The verbs over launches.

use std::sync::Arc;

use super::error::OrchestratorError;
use super::groups::Orchestrator;
use crate::ids::GroupName;
use crate::launch::{
    DraftPlan, FailureKind, Launch, LaunchFailure, LaunchReport, LaunchRequest, Phase, PlanReport, StopMode,
    acquire_instances, launch_bots, validate,
};

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
        let draft = self.draft(&request)?;
        let launch = Launch::new(self.engine.clone(), &draft, request.asker.clone());
        {
            let mut running = self.engine.running.lock();
            if running.contains_key(&request.group) {
                return Err(OrchestratorError::AlreadyRunning(request.group));
            }
            running.insert(request.group.clone(), launch.clone());
        }
        let entry = Running { engine: self.engine.clone(), group: request.group };
        let running = launch.clone();
        let task = tokio::spawn(async move {
            let _entry = entry;
            running.run(draft).await
        });
        Ok((launch, task))
    }

    fn draft(&self, request: &LaunchRequest) -> Result<DraftPlan, OrchestratorError> {
        let defined = self.group(request.group.as_str())?;
        Ok(DraftPlan::new(&defined.definition, &self.engine.defaults, &request.overrides))
    }

    /// What a launch would do. Starts nothing and opens nothing that lasts.
    ///
    /// # Errors
    /// When the group can't be found.
    pub async fn plan(&self, request: &LaunchRequest) -> Result<PlanReport, OrchestratorError> {
        let plan = self.draft(request)?;
        let (found, mut problems) = validate::check(&self.engine, &plan).await;
        let (mut accounts_found, mut accounts_available) = (None, None);
        if let Some(pool) = &plan.account_pool {
            let selected = match self.engine.pools.test(pool.as_str()).await {
                Ok(report) => match report.error {
                    None => Ok(report.accounts_found),
                    Some(error) => Err(error),
                },
                Err(error) => Err(error.to_string()),
            };
            match selected {
                Ok(count) => {
                    accounts_found = Some(count);
                    accounts_available =
                        self.engine.pools.stats(pool).await.ok().map(|stats| stats.counts.available);
                }
                Err(error) => problems.push(format!("account_pool: {error}")),
            }
        }
        Ok(PlanReport {
            routine_generation: found.as_ref().map(|(routine, _)| routine.generation),
            params: found.map(|(_, params)| params),
            accounts_found,
            accounts_available,
            valid: problems.is_empty(),
            problems,
            plan,
        })
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
        let not_running = || OrchestratorError::NotRunning(group.clone());
        let plan = launch.state.lock().plan.clone().ok_or_else(not_running)?;
        let wanted = bots as usize;
        let live: Vec<_> = {
            let state = launch.state.lock();
            state.bots.iter().filter(|bot| !bot.status().has_ended()).cloned().collect()
        };
        for bot in live.iter().skip(wanted) {
            bot.stop(StopMode::Drain);
        }
        let mut count = live.len().min(wanted);
        if live.len() < wanted {
            let more = acquire_instances::acquire(&launch, &plan, wanted - live.len()).await;
            let more = more.map_err(|failure| match failure.kind {
                FailureKind::Stopped => not_running(),
                _ => OrchestratorError::Launch(failure),
            })?;
            for reservation in more {
                launch_bots::start(&launch, &plan, reservation);
                count += 1;
            }
        }
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
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
