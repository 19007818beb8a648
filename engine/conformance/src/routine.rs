//! The cases of a routine. They run it: give them parameters with which that does no harm.

use std::sync::Arc;

use lariat_core::account::Account;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Routine, RoutineError};
use serde_json::{Map, Value, json};

use crate::case::{Case, Done, Stop, must};
use crate::round::{Round, give_up};
use crate::{Subject, given};

/// How many runs there are at once.
const AT_ONCE: usize = 8;

/// What a routine must do.
pub async fn routine(subject: &Subject<dyn Routine>) -> Vec<Case> {
    let mut round = Round::new(subject.host.clone(), subject.patience);
    let it = Bot { routine: subject.extension.clone(), config: &subject.config };
    round.case("describes_itself", "it has a name, and takes the parameters", it.describes_itself()).await;
    round.case("unknown_parameters", "a parameter that it doesn't have is told", it.strangers()).await;
    round.case("runs", "a run with an account ends with an outcome", it.runs()).await;
    round.case("without_account", "a run without an account ends", it.without_account()).await;
    round.case("unicode", "text of all scripts breaks nothing", it.texts(given::UNICODE)).await;
    round.case("large_fields", "a field of 1 MB breaks nothing", it.texts(&given::large())).await;
    round.case("many_at_once", "runs that come at once all end", it.many_at_once()).await;
    let end = round.patience.end;
    let stopped = async {
        let ended = tokio::time::timeout(end, it.stopped()).await;
        ended.unwrap_or_else(|_| {
            Err(format!("it goes on {end:?} after it was asked to stop; look at `stopping` now and then")
                .into())
        })
    };
    round.giving_up("stopped", "a run that is asked to stop comes to an end", stopped).await;
    round.giving_up("cancelled", "a run that is given up ends soon", it.cancelled()).await;
    round.replaced(subject.next.as_ref(), async |next| it.replaced(next).await).await;
    round.end()
}

struct Bot<'a> {
    routine: Arc<dyn Routine>,
    config: &'a Map<String, Value>,
}

impl Bot<'_> {
    fn params(&self) -> Result<Arc<Map<String, Value>>, Stop> {
        given::params(&self.routine.info().params, self.config)
    }

    fn account(&self) -> Result<Account, Stop> {
        given::stranger(json!({"password": "conformance-secret", "pack_count": 3}))
            .map_err(|error| error.to_string().into())
    }

    async fn run(&self, account: Option<Account>) -> Result<Result<Outcome, RoutineError>, Stop> {
        let run = given::run(account, &self.params()?).map_err(|error| error.to_string())?;
        Ok(self.routine.run(run).await)
    }

    async fn describes_itself(&self) -> Done {
        must(!self.routine.info().name.trim().is_empty(), || "it has no name".into())?;
        self.params().map(drop)
    }

    async fn strangers(&self) -> Done {
        let mut config = self.config.clone();
        config.insert("no_such_parameter".into(), json!(1));
        let told = self.routine.info().params.check("config", &config);
        let told = told.err().is_some_and(|all| all.iter().any(|it| it.path == "config.no_such_parameter"));
        must(told, || "`config: {no_such_parameter: 1}` is taken without a word".into())
    }

    async fn runs(&self) -> Done {
        match self.run(Some(self.account()?)).await? {
            Ok(Outcome::Returned { reason }) => {
                Err(format!("it gave its account back, which is for what went wrong: {reason}").into())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(format!("it broke: {}", error.with_traceback()).into()),
        }
    }

    /// What it makes of it is its own matter.
    async fn without_account(&self) -> Done {
        self.run(None).await.map(drop)
    }

    async fn texts(&self, text: &str) -> Done {
        let account = given::with(&self.account()?, "note", text);
        let _ = self.run(Some(account)).await?;
        self.runs().await
    }

    async fn many_at_once(&self) -> Done {
        let runs = futures::future::join_all((0..AT_ONCE).map(|_| self.runs())).await;
        runs.into_iter().collect()
    }

    async fn stopped(&self) -> Done {
        let run = given::run(Some(self.account()?), &self.params()?).map_err(|error| error.to_string())?;
        run.stopping.cancel();
        let _ = self.routine.run(run).await;
        Ok(())
    }

    async fn cancelled(&self) -> Done {
        for _ in 0..AT_ONCE {
            if let Some(ended) = give_up(self.run(Some(self.account()?))).await {
                ended.map(drop)?;
            }
        }
        self.runs().await
    }

    async fn replaced(&self, next: &(dyn Fn() -> Result<Arc<dyn Routine>, String> + Send + Sync)) -> Done {
        let run = given::run(Some(self.account()?), &self.params()?).map_err(|error| error.to_string())?;
        let old = self.routine.clone();
        let working = tokio::spawn(async move { old.run(run).await });
        let routine = next().map_err(|why| format!("the next generation can't be loaded: {why}"))?;
        Bot { routine, config: self.config }.runs().await?;
        let worked = working.await.map_err(|error| error.to_string())?;
        worked.map(drop).map_err(|error| format!("the old generation broke: {error}").into())
    }
}
