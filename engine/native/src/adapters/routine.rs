//! A plugin's routine.

use async_trait::async_trait;
use lariat_core::outcome::{Outcome, RunResult};
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use serde::Deserialize;
use serde_json::json;

use super::answer;
use crate::call::{About, CallError, Door, Question, Work};
use crate::load::resolve;
use lariat_core::masking::Secrets;

/// A routine whose `run` is a library's.
pub(crate) struct NativeRoutine {
    pub(crate) info: RoutineInfo,
    pub(crate) door: Door,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Answer {
    Completed {
        #[serde(default)]
        result: RunResult,
    },
    Failed {
        #[serde(default)]
        reason: String,
    },
    Skipped {
        #[serde(default)]
        reason: String,
    },
    Returned {
        #[serde(default)]
        reason: String,
    },
}

#[async_trait]
impl Routine for NativeRoutine {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        let secrets = || Secrets::of(run.account.as_deref());
        let mut params = (*run.params).clone();
        resolve(&self.info.params, &mut params, &self.door.plugin.workspace);
        let mut payload = json!({
            "params": params, "launch_id": run.launch, "group": run.group, "instance": run.instance,
        });
        if let (Some(account), Some(fields)) = (&run.account, payload.as_object_mut()) {
            fields.insert("account".into(), account.reveal().into());
        }
        let work = Work {
            launch: run.launch.to_string(),
            group: run.group.to_string(),
            account: run.account.as_ref().map(|account| account.id.to_string()).unwrap_or_default(),
            secrets: secrets(),
            progress: Some(run.progress.clone()),
            ..Work::default()
        };
        let about = About { instance: Some(run.instance), work: Some(Box::new(work)) };
        let payload = payload.to_string().into_bytes();
        let stopping = Some(run.stopping.clone());
        let operation = self.door.operation(about);
        let question = Question { method: "run", payload, operation, deadline: self.door.deadline, stopping };
        match self.door.ask(question).await {
            Ok(answer) => read(&answer, &secrets()).map_err(|why| raised(&self.door.nonsense("run", why))),
            // Its own fault, unlike everything else that passes.
            Err(error) if error.is_late() => Err(RoutineError::OverBudget(error.to_string())),
            Err(error) if error.is_cancelled() || error.is_passing() => {
                Ok(Outcome::Returned { reason: error.what.to_string() })
            }
            Err(error) => Err(raised(&error)),
        }
    }
}

fn read(answer: &[u8], secrets: &Secrets) -> Result<Outcome, String> {
    Ok(match answer::read_any(answer)? {
        None => Outcome::Completed(RunResult::new()),
        Some(Answer::Completed { result }) => Outcome::Completed(result),
        Some(Answer::Failed { reason }) => Outcome::Failed { reason: secrets.mask(reason) },
        Some(Answer::Skipped { reason }) => Outcome::Skipped { reason: secrets.mask(reason) },
        Some(Answer::Returned { reason }) => Outcome::Returned { reason: secrets.mask(reason) },
    })
}

fn raised(error: &CallError) -> RoutineError {
    let told = error.to_string();
    let (message, traceback) = match told.split_once('\n') {
        Some((message, detail)) => (message.to_owned(), Some(detail.to_owned())),
        None => (told, None),
    };
    RoutineError::Raised { message, traceback }
}
