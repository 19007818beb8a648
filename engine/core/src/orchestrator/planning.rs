//! What a launch would do, told without doing it.

use super::error::OrchestratorError;
use super::groups::Orchestrator;
use crate::hook::HookSet;
use crate::hook::rehearsal::rehearse;
use crate::ids::{GroupName, PoolName};
use crate::launch::{LaunchRequest, PlanReport, validate};

impl Orchestrator {
    /// What a launch would do. Starts nothing and opens nothing that lasts; the hooks
    /// that may change the plan are asked what they would say.
    ///
    /// # Errors
    /// When the group can't be found.
    pub async fn plan(&self, request: &LaunchRequest) -> Result<PlanReport, OrchestratorError> {
        let (draft, hooks) = self.prepare(request)?;
        let rehearsal = rehearse(&hooks, draft).await;
        let plan = (*rehearsal.plan).clone();
        let mut problems = rehearsal.problems;
        let (found, wrong) = validate::check(&self.engine, &plan).await;
        problems.extend(wrong);
        let (mut accounts_found, mut accounts_available) = (None, None);
        if let Some(pool) = &plan.account_pool {
            match self.look_into(pool).await {
                Ok(found) => (accounts_found, accounts_available) = found,
                Err(error) => problems.push(format!("account_pool: {error}")),
            }
        }
        Ok(PlanReport {
            routine_generation: found.as_ref().map(|(routine, _)| routine.generation),
            params: found.map(|(_, params)| params),
            accounts_found,
            accounts_available,
            patched_by: rehearsal.patched_by,
            hooks: rehearsal.hooks,
            denied_by: rehearsal.denied_by,
            valid: problems.is_empty(),
            problems,
            warnings: rehearsal.warnings,
            plan,
        })
    }

    /// The hooks that a launch of this group would have, or of a group that changes
    /// nothing about them.
    ///
    /// # Errors
    /// When the group can't be found.
    pub fn hooks(&self, group: Option<&GroupName>) -> Result<HookSet, OrchestratorError> {
        let settings = match group {
            Some(name) => self.group(name.as_str())?.definition.hooks.clone(),
            None => Default::default(),
        };
        Ok(HookSet::resolve(&self.engine.hooks(), &settings))
    }

    /// How many accounts a pool selects, and how many of them it would serve.
    async fn look_into(&self, pool: &PoolName) -> Result<(Option<usize>, Option<usize>), String> {
        let report = self.engine.pools.test(pool.as_str()).await.map_err(|error| error.to_string())?;
        if let Some(error) = report.error {
            return Err(error);
        }
        let stats = self.engine.pools.stats(pool).await;
        Ok((Some(report.accounts_found), stats.ok().map(|stats| stats.counts.available)))
    }
}
