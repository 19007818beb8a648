//! A small world in memory: an engine whose pools are lists and whose routines are
//! closures, under tokio's paused clock.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers; each test file uses its own part

pub mod emulators;
pub mod hooks;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use lariat_core::account::AccountRow;
use lariat_core::clock::{SharedClock, VirtualClock};
use lariat_core::definition::{DefinitionStore, GroupDefinition, MemoryDefinitions, PoolDefinition};
use lariat_core::event::{EventBus, Received, Subscription};
use lariat_core::hook::{Hook, Hooks};
use lariat_core::ids::{AccountId, GroupName, InstanceId, PoolName};
use lariat_core::instance::{InstanceProvider, Instances, StaticProvider};
use lariat_core::launch::{LaunchReport, LaunchRequest};
use lariat_core::ledger::{Ledger, MemoryLedger};
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamSpecs;
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::registry::Registry;
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use lariat_core::source::{AccountSource, Claim, PoolType, Selection, SourceError};

/// The lists that pools of type `list` select from, by the pool's name.
#[derive(Default)]
pub struct Lists {
    pub selections: Mutex<BTreeMap<PoolName, Vec<String>>>,
    pub refused: Mutex<Vec<String>>,
    pub told: Mutex<Vec<(String, Outcome)>>,
    pub broken: Mutex<bool>,
    /// How long they take to be given.
    pub slow: Mutex<Duration>,
}

struct ListType(Arc<Lists>);

#[async_trait]
impl PoolType for ListType {
    fn name(&self) -> &str {
        "list"
    }
    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        Ok(Arc::new(List { lists: self.0.clone(), pool: definition.name.clone() }))
    }
}

struct List {
    lists: Arc<Lists>,
    pool: PoolName,
}

#[async_trait]
impl AccountSource for List {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let slow = *self.lists.slow.lock();
        if !slow.is_zero() {
            tokio::time::sleep(slow).await;
        }
        if *self.lists.broken.lock() {
            return Err(SourceError::Unavailable("the list is broken".into()));
        }
        let names = self.lists.selections.lock().get(&self.pool).cloned().unwrap_or_default();
        Ok(Selection {
            accounts: names.iter().map(|name| AccountRow::bare(account(name))).collect(),
            warnings: vec![],
        })
    }
    async fn claim(&self, account: &lariat_core::account::Account) -> Result<Claim, SourceError> {
        let refused = self.lists.refused.lock().contains(&account.id.to_string());
        Ok(if refused { Claim::Refused("taken".into()) } else { Claim::Granted })
    }
    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        self.lists.told.lock().push((account.to_string(), outcome.clone()));
        Ok(())
    }
}

type Body = Box<dyn Fn(RoutineRun) -> BoxFuture<'static, Result<Outcome, RoutineError>> + Send + Sync>;

struct Closure {
    info: RoutineInfo,
    body: Body,
}

#[async_trait]
impl Routine for Closure {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }
    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        (self.body)(run).await
    }
}

pub struct World {
    pub lists: Arc<Lists>,
    pub definitions: Arc<MemoryDefinitions>,
    pub ledger: Arc<MemoryLedger>,
    pub pools: Arc<PoolManager>,
    pub routines: Arc<Registry<dyn Routine>>,
    pub hooks: Arc<Registry<dyn Hook>>,
    pub orchestrator: Orchestrator,
    pub events: EventBus,
    pub clock: SharedClock,
    pub ran: Arc<Mutex<Vec<(u32, String)>>>,
}

impl World {
    pub fn new() -> Self {
        Self::with_instances(vec![Arc::new(StaticProvider::any())])
    }

    pub fn with_instances(providers: Vec<Arc<dyn InstanceProvider>>) -> Self {
        Self::with_hooks(providers, json!({}))
    }

    /// With these `hooks:` in `lariat.yaml`.
    pub fn with_hooks(providers: Vec<Arc<dyn InstanceProvider>>, settings: Value) -> Self {
        Self::build(providers, settings, |ledger| ledger)
    }

    /// A world whose engine sees its ledger through something, such as one that fails.
    pub fn seeing(through: impl FnOnce(Arc<MemoryLedger>) -> Arc<dyn Ledger>) -> Self {
        Self::build(vec![Arc::new(StaticProvider::any())], json!({}), through)
    }

    fn build(
        providers: Vec<Arc<dyn InstanceProvider>>,
        settings: Value,
        through: impl FnOnce(Arc<MemoryLedger>) -> Arc<dyn Ledger>,
    ) -> Self {
        let hooks = Hooks { settings: serde_json::from_value(settings).unwrap(), ..Hooks::default() };
        let clock: SharedClock = Arc::new(VirtualClock::starting_at(Timestamp::UNIX_EPOCH));
        let events = EventBus::new(clock.clone(), 100_000);
        let definitions = Arc::new(MemoryDefinitions::default());
        let ledger = Arc::new(MemoryLedger::new(clock.clone()));
        let seen = through(ledger.clone());
        let lists = Arc::new(Lists::default());
        let types: Arc<Registry<dyn PoolType>> = Arc::new(Registry::new("pool type"));
        types.register("list", "test", Arc::new(ListType(lists.clone())));
        let pools = PoolManager::new(PoolParts {
            definitions: definitions.clone(),
            types,
            ledger: seen.clone(),
            events: events.clone(),
            clock: clock.clone(),
        });
        let routines: Arc<Registry<dyn Routine>> = Arc::new(Registry::new("routine"));
        let orchestrator = Orchestrator::new(OrchestratorParts {
            hooks: hooks.clone(),
            definitions: definitions.clone(),
            pools: pools.clone(),
            routines: routines.clone(),
            instances: Instances::new(providers),
            ledger: seen,
            events: events.clone(),
            clock: clock.clone(),
            templates: Arc::new(NoTemplates),
            defaults: Default::default(),
            drain_timeout: std::time::Duration::from_secs(10),
        });
        let (hooks, ran) = (hooks.registry, Arc::default());
        Self { lists, definitions, ledger, pools, routines, hooks, orchestrator, events, clock, ran }
    }

    /// A pool over these accounts with this `pool_config`.
    pub fn pool(&self, name: &str, accounts: &[&str], config: Value) -> PoolName {
        let definition = json!({"name": name, "type": "list", "pool_config": config});
        self.definitions.create_pool(serde_json::from_value(definition).unwrap()).unwrap();
        self.select(name, accounts);
        pool(name)
    }

    /// Changes what a pool's source selects.
    pub fn select(&self, name: &str, accounts: &[&str]) {
        let accounts = accounts.iter().map(|name| name.to_string()).collect();
        self.lists.selections.lock().insert(pool(name), accounts);
    }

    /// A group with these `launch` options.
    pub fn group(
        &self,
        name: &str,
        routine: &str,
        pool: Option<&str>,
        instances: &[u32],
        launch: Value,
    ) -> GroupName {
        let definition = json!({
            "name": name, "routine": routine, "account_pool": pool, "instances": instances, "launch": launch
        });
        let definition: GroupDefinition = serde_json::from_value(definition).unwrap();
        self.definitions.create_group(definition).unwrap();
        group(name)
    }

    /// A routine; the accounts it runs with are noted in `ran`.
    pub fn routine<F, R>(&self, name: &str, body: F)
    where
        F: Fn(RoutineRun) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Outcome, RoutineError>> + Send + 'static,
    {
        self.routine_with(RoutineInfo { name: name.into(), ..RoutineInfo::default() }, body);
    }

    pub fn routine_with<F, R>(&self, info: RoutineInfo, body: F)
    where
        F: Fn(RoutineRun) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Outcome, RoutineError>> + Send + 'static,
    {
        let ran = self.ran.clone();
        let body: Body = Box::new(move |run| {
            let id = run.account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
            ran.lock().push((run.instance.0, id));
            Box::pin(body(run))
        });
        self.routines.register(info.name.clone(), "test", Arc::new(Closure { info, body }));
    }

    pub async fn launch(&self, name: &GroupName) -> LaunchReport {
        self.orchestrator.launch_group(LaunchRequest::new(name.clone())).await.unwrap()
    }

    /// The accounts in the order in which routines ran with them.
    pub fn accounts_run(&self) -> Vec<String> {
        self.ran.lock().iter().map(|(_, account)| account.clone()).collect()
    }

    pub async fn settled(&self, name: &PoolName) -> usize {
        self.ledger.history(name).await.unwrap().outcomes.len()
    }
}

pub fn params(specs: Value) -> ParamSpecs {
    serde_json::from_value(specs).unwrap()
}

pub fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub fn pool(name: &str) -> PoolName {
    PoolName::new(name).unwrap()
}

pub fn group(name: &str) -> GroupName {
    GroupName::new(name).unwrap()
}

pub fn instance(id: u32) -> InstanceId {
    InstanceId(id)
}

pub fn done() -> Result<Outcome, RoutineError> {
    Ok(Outcome::Completed(Map::new()))
}

pub fn done_with(result: Value) -> Result<Outcome, RoutineError> {
    Ok(Outcome::Completed(result.as_object().unwrap().clone()))
}

pub fn fail(reason: &str) -> Result<Outcome, RoutineError> {
    Ok(Outcome::Failed { reason: reason.into() })
}

pub fn raise(message: &str) -> Result<Outcome, RoutineError> {
    Err(RoutineError::Raised { message: message.into(), traceback: Some("in run".into()) })
}

/// The events so far, each as its JSON object.
pub fn seen(subscription: &mut Subscription) -> Vec<Value> {
    std::iter::from_fn(|| subscription.try_next())
        .map(|received| match received {
            Received::Event(event) => serde_json::to_value(&*event).unwrap(),
            Received::Lost(count) => panic!("{count} events were lost"),
        })
        .collect()
}

/// `["type phase", …]`, for comparing the course of things.
pub fn course(events: &[Value], key: &str) -> Vec<String> {
    events
        .iter()
        .filter(|event| event.get(key).is_some())
        .map(|event| {
            format!("{} {}", event["type"].as_str().unwrap(), event[key].as_str().unwrap_or_default())
        })
        .collect()
}
