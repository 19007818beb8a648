//! The cases of an instance provider. They start and stop: give them instances that may be.

use std::sync::Arc;
use std::time::Duration;

use lariat_core::definition::Problem;
use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceProvider, InstanceState};
use serde_json::{Map, Value, json};

use crate::Subject;
use crate::case::{Case, Done, Stop, must};
use crate::round::{Round, give_up};

/// Opens a provider for these instances, with its parameters.
pub type OpenProvider = dyn Fn(&[InstanceId], &Map<String, Value>) -> Result<Arc<dyn InstanceProvider>, Vec<Problem>>
    + Send
    + Sync;

/// The instances that a provider is asked for.
const IDS: [InstanceId; 2] = [InstanceId(0), InstanceId(1)];
/// One that it wasn't told of.
const STRANGER: InstanceId = InstanceId(9_999);
/// How many questions are put at once.
const AT_ONCE: usize = 8;

/// What an instance provider must do.
pub async fn provider(subject: &Subject<OpenProvider>) -> Vec<Case> {
    let mut round = Round::new(subject.host.clone(), subject.patience);
    let it = Boxes { open: subject.extension.clone(), config: &subject.config };
    round.case("opens", "it takes the parameters, and has the instances that it was told", it.opens()).await;
    if round.has_failed("opens") {
        return round.end();
    }
    round.case("unknown_parameters", "a parameter that it doesn't have is told", it.strangers()).await;
    round.case("probes", "it tells how each instance is", it.probes()).await;
    let patience = round.patience.case / 2;
    round.case("starts", "an instance that it starts becomes ready", it.starts(patience)).await;
    round.case("stops", "an instance can be stopped, and started again", it.stops(patience)).await;
    round.case("unknown_instances", "an instance that it doesn't have breaks nothing", it.unknown()).await;
    round
        .case("opened_twice", "two entries of lariat.yaml don't stand in each other's way", it.twice())
        .await;
    round.case("many_at_once", "questions that come at once are all answered", it.many_at_once()).await;
    round.giving_up("cancelled", "a question that is given up ends soon", it.cancelled()).await;
    round
        .replaced(subject.next.as_ref(), async |next| {
            let old = it.opened()?;
            let open = next().map_err(|why| format!("the next generation can't be loaded: {why}"))?;
            let new = Boxes { open, config: it.config }.opened()?;
            for id in IDS {
                probe(&*new, id).await?;
                probe(&*old, id).await?;
            }
            Ok(())
        })
        .await;
    round.end()
}

struct Boxes<'a> {
    open: Arc<OpenProvider>,
    config: &'a Map<String, Value>,
}

impl Boxes<'_> {
    fn opened(&self) -> Result<Arc<dyn InstanceProvider>, Stop> {
        (self.open)(&IDS, self.config).map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!("its parameters aren't accepted: {}", told.join("; ")).into()
        })
    }

    async fn opens(&self) -> Done {
        let provider = self.opened()?;
        must(!provider.name().trim().is_empty(), || "it has no name".into())?;
        for id in IDS {
            must(provider.has(id), || format!("it doesn't have instance {id}, which it was told"))?;
        }
        must(!provider.has(STRANGER), || format!("it has instance {STRANGER}, which it wasn't told"))?;
        let listed: Vec<InstanceId> = provider.list().into_iter().map(|info| info.id).collect();
        must(listed == IDS, || format!("it lists {listed:?}"))
    }

    async fn strangers(&self) -> Done {
        let mut config = self.config.clone();
        config.insert("no_such_parameter".into(), json!(1));
        let told = (self.open)(&IDS, &config).err();
        let told = told.is_some_and(|all| all.iter().any(|it| it.path == "config.no_such_parameter"));
        must(told, || "`config: {no_such_parameter: 1}` is taken without a word".into())
    }

    async fn probes(&self) -> Done {
        let provider = self.opened()?;
        for id in IDS {
            probe(&*provider, id).await?;
        }
        Ok(())
    }

    async fn starts(&self, patience: Duration) -> Done {
        let provider = self.opened()?;
        for id in IDS {
            up(&*provider, id, patience).await?;
        }
        Ok(())
    }

    async fn stops(&self, patience: Duration) -> Done {
        let provider = self.opened()?;
        let [id, _] = IDS;
        up(&*provider, id, patience).await?;
        provider.stop(id).await.map_err(|error| format!("stop: {error}"))?;
        probe(&*provider, id).await?;
        up(&*provider, id, patience).await?;
        provider.stop(id).await.map_err(|error| format!("stop: {error}").into())
    }

    async fn unknown(&self) -> Done {
        let provider = self.opened()?;
        let _ = provider.probe(STRANGER).await;
        let _ = provider.start(STRANGER).await;
        let _ = provider.stop(STRANGER).await;
        self.probes().await
    }

    async fn twice(&self) -> Done {
        let (first, second) = (self.opened()?, self.opened()?);
        let [id, _] = IDS;
        probe(&*first, id).await?;
        probe(&*second, id).await?;
        drop(first);
        probe(&*second, id).await
    }

    async fn many_at_once(&self) -> Done {
        let provider = self.opened()?;
        let ids = IDS.iter().cycle().take(AT_ONCE);
        let probed = futures::future::join_all(ids.map(|&id| probe(&*provider, id))).await;
        probed.into_iter().collect()
    }

    async fn cancelled(&self) -> Done {
        let provider = self.opened()?;
        let [id, _] = IDS;
        for _ in 0..AT_ONCE {
            give_up(provider.probe(id)).await;
        }
        probe(&*provider, id).await
    }
}

async fn probe(provider: &dyn InstanceProvider, id: InstanceId) -> Done {
    provider.probe(id).await.map(drop).map_err(|error| format!("probe: {error}").into())
}

/// Starts an instance unless it is up, and waits until it is ready.
async fn up(provider: &dyn InstanceProvider, id: InstanceId, patience: Duration) -> Done {
    let state = async |id| provider.probe(id).await.map_err(|error| Stop::Failed(format!("probe: {error}")));
    if state(id).await? == InstanceState::Down {
        provider.start(id).await.map_err(|error| format!("start: {error}"))?;
    }
    let ready = async {
        while state(id).await? != InstanceState::Ready {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    };
    let waited = tokio::time::timeout(patience, ready).await;
    waited.unwrap_or_else(|_| Err(format!("instance {id} isn't ready after {patience:?}").into()))
}
