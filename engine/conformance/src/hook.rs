//! The cases of a hook. They ask it at its points: give them parameters with which that does no
//! harm.

use std::sync::Arc;

use lariat_core::hook::{DEFAULT_TIMEOUT, Hook, HookPoint, judge};
use serde_json::{Map, Value, json};

use crate::case::{Case, Done, Stop, must, not_applicable};
use crate::round::{Round, give_up};
use crate::{Subject, given};

/// How many launches ask at once.
const AT_ONCE: usize = 8;

/// What a hook must do.
pub async fn hook(subject: &Subject<dyn Hook>) -> Vec<Case> {
    let mut round = Round::new(subject.host.clone(), subject.patience);
    let it = Asked { hook: subject.extension.clone(), config: &subject.config };
    round.case("describes_itself", "it has a name, points, and takes the parameters", it.describes()).await;
    round.case("unknown_parameters", "a parameter that it doesn't have is told", it.strangers()).await;
    round.case("answers", "at each of its points it answers what is accepted there", it.answers()).await;
    round.case("rehearses", "it answers `launch --plan` too", it.rehearses()).await;
    round.case("unicode", "text of all scripts breaks nothing", it.texts(given::UNICODE)).await;
    round.case("large_fields", "a plan of 1 MB breaks nothing", it.texts(&given::large())).await;
    round.case("many_at_once", "launches that ask at once are all answered", it.many_at_once()).await;
    round.giving_up("cancelled", "a question that is given up ends soon", it.cancelled()).await;
    round.replaced(subject.next.as_ref(), async |next| it.replaced(next).await).await;
    round.end()
}

struct Asked<'a> {
    hook: Arc<dyn Hook>,
    config: &'a Map<String, Value>,
}

impl Asked<'_> {
    fn params(&self) -> Result<Arc<Map<String, Value>>, Stop> {
        given::params(&self.hook.info().params, self.config)
    }

    /// Asks as a launch does: within its timeout, and its verdict is judged by the point.
    async fn ask(&self, point: HookPoint, config: Map<String, Value>, dry_run: bool) -> Done {
        let mut call = given::call(point, &self.params()?, config).map_err(|error| error.to_string())?;
        call.dry_run = dry_run;
        let plan = call.plan.clone();
        let limit = self.hook.info().timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.as_duration());
        let answer = tokio::time::timeout(limit, self.hook.run(call)).await;
        let answer = answer.map_err(|_| format!("{point}: it took longer than its timeout of {limit:?}"))?;
        let verdict = answer.map_err(|error| format!("{point}: {error}"))?;
        judge::accepts(point, &plan, verdict).map_err(|why| format!("{point}: it {why}").into())
    }

    async fn everywhere(&self, config: &Map<String, Value>, dry_run: bool) -> Done {
        for point in &self.hook.info().on {
            self.ask(*point, config.clone(), dry_run).await?;
        }
        Ok(())
    }

    async fn describes(&self) -> Done {
        let info = self.hook.info();
        must(!info.name.trim().is_empty(), || "it has no name".into())?;
        must(!info.on.is_empty(), || "it doesn't say when it runs (`on`)".into())?;
        self.params().map(drop)
    }

    async fn strangers(&self) -> Done {
        let mut config = self.config.clone();
        config.insert("no_such_parameter".into(), json!(1));
        let told = self.hook.info().params.check("config", &config);
        let told = told.err().is_some_and(|all| all.iter().any(|it| it.path == "config.no_such_parameter"));
        must(told, || "the parameter `no_such_parameter` is taken without a word".into())
    }

    async fn answers(&self) -> Done {
        self.everywhere(&Map::new(), false).await
    }

    async fn rehearses(&self) -> Done {
        self.everywhere(&Map::new(), true).await
    }

    async fn texts(&self, text: &str) -> Done {
        let mut config = Map::new();
        config.insert("note".into(), json!(text));
        self.everywhere(&config, false).await
    }

    async fn many_at_once(&self) -> Done {
        let asked = futures::future::join_all((0..AT_ONCE).map(|_| self.answers())).await;
        asked.into_iter().collect()
    }

    async fn cancelled(&self) -> Done {
        for _ in 0..AT_ONCE {
            if let Some(ended) = give_up(self.answers()).await {
                ended?;
            }
        }
        self.answers().await
    }

    async fn replaced(&self, next: &(dyn Fn() -> Result<Arc<dyn Hook>, String> + Send + Sync)) -> Done {
        let Some(&point) = self.hook.info().on.first() else {
            return not_applicable("it has no point");
        };
        let call = given::call(point, &self.params()?, Map::new()).map_err(|error| error.to_string())?;
        let old = self.hook.clone();
        let working = tokio::spawn(async move { old.run(call).await });
        let hook = next().map_err(|why| format!("the next generation can't be loaded: {why}"))?;
        Asked { hook, config: self.config }.answers().await?;
        let worked = working.await.map_err(|error| error.to_string())?;
        worked.map(drop).map_err(|error| format!("the old generation broke: {error}").into())
    }
}
