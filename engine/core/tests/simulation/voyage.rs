//! The lives of engines in one hour, and the calm after it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::clock::Clock;
use lariat_core::definition::{DefinitionStore, GroupDefinition, MemoryDefinitions, PoolDefinition};
use lariat_core::event::{EventBus, Received, Subscription};
use lariat_core::ids::{AccountId, GroupName, PoolName};
use lariat_core::instance::{Instances, StaticProvider};
use lariat_core::launch::{LaunchReport, LaunchRequest, StopMode};
use lariat_core::ledger::{Ledger, MemoryLedger, OutcomeState, Total};
use lariat_core::orchestrator::{NoTemplates, Orchestrator, OrchestratorParts};
use lariat_core::outcome::FinalState;
use lariat_core::pool::{PoolManager, PoolParts};
use lariat_core::registry::Registry;
use lariat_core::routine::{Routine, RoutineInfo};
use lariat_core::source::PoolType;
use lariat_core::test_support::Dice;
use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::cast::{Anything, ListType, Lists};
use crate::store::{FaultyLedger, Trouble};
use crate::truth::Truth;
use crate::wall::Wall;

const HOUR: Duration = Duration::from_secs(3600);
/// More than any launch takes once the storm is over: stuck is who takes longer.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
const POOLS: [&str; 3] = ["gold", "silver", "mixed"];
const GROUPS: [&str; 4] = ["north", "south", "east", "free"];
const ACCOUNTS: usize = 60;

/// What came of a seed.
pub struct Voyage {
    pub wrong: Vec<String>,
    pub log: Vec<String>,
    pub runs: u64,
    pub crashes: u64,
    pub failures: u64,
}

/// What outlives an engine.
struct Sea {
    wall: Arc<Wall>,
    memory: Arc<MemoryLedger>,
    definitions: Arc<MemoryDefinitions>,
    lists: Arc<Lists>,
    truth: Arc<Mutex<Truth>>,
    trouble: Arc<Mutex<Trouble>>,
    calm: Arc<Mutex<bool>>,
    /// `retry_failed` and `max_failures`, the same in all pools.
    retries: (bool, u32),
    end: Timestamp,
    crashes: u64,
}

/// Sails for an hour, then lets the storm end and looks whether everything is done.
pub fn sail(seed: u64) -> Voyage {
    let mut dice = Dice::new(seed);
    let mut sea = Sea::new(&mut dice);
    loop {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.unwrap();
        let mut mine = dice.fork();
        let died = runtime.block_on(async {
            sea.wall.start();
            live(&sea, &mut mine).await
        });
        let later = Duration::from_millis(dice.between(0, 300_000));
        runtime.block_on(async { sea.wall.stop(if died { later } else { Duration::ZERO }) });
        // Everything of the engine ends here, wherever it is.
        drop(runtime);
        if !died {
            break;
        }
        sea.crashes += 1;
    }
    let mut truth = sea.truth.lock();
    Voyage {
        wrong: std::mem::take(&mut truth.wrong),
        log: std::mem::take(&mut truth.log),
        runs: truth.runs,
        crashes: sea.crashes,
        failures: sea.trouble.lock().failures,
    }
}

fn pool(name: &str) -> PoolName {
    PoolName::new(name).unwrap()
}

fn group(name: &str) -> GroupName {
    GroupName::new(name).unwrap()
}

fn some_accounts(dice: &mut Dice) -> Vec<AccountId> {
    let mut all: Vec<usize> = (0..ACCOUNTS).collect();
    dice.shuffle(&mut all);
    all.truncate(dice.below(ACCOUNTS) + 1);
    all.into_iter().map(|n| AccountId::new(format!("a{n:02}")).unwrap()).collect()
}

impl Sea {
    fn new(dice: &mut Dice) -> Self {
        let wall = Arc::new(Wall::new());
        let sea = Self {
            memory: Arc::new(MemoryLedger::new(wall.clone())),
            definitions: Arc::default(),
            lists: Arc::default(),
            truth: Arc::default(),
            trouble: Arc::default(),
            calm: Arc::default(),
            retries: (dice.percent(80), u32::try_from(dice.between(1, 4)).unwrap()),
            end: wall.now().checked_add(HOUR).unwrap(),
            crashes: 0,
            wall,
        };
        for name in POOLS {
            sea.lists.selected.lock().insert(pool(name), some_accounts(dice));
            sea.definitions.create_pool(sea.pool_definition(name, dice)).unwrap();
        }
        for (nth, name) in GROUPS.iter().enumerate() {
            sea.definitions.create_group(group_definition(name, nth, dice)).unwrap();
        }
        sea
    }

    fn pool_definition(&self, name: &str, dice: &mut Dice) -> PoolDefinition {
        let config = json!({
            "retry_failed": self.retries.0,
            "max_failures": self.retries.1,
            "retry_backoff": *dice.pick(&["0s", "20s"]),
            "refresh_interval": *dice.pick(&["0s", "45s", "5m"]),
            "wait_for_accounts": dice.percent(40),
            "max_wait_time": "90s",
            "lease_ttl": *dice.pick(&["40s", "2m", "10m"]),
            // The last pool repeats, the others don't.
            "repeat_after": if name == "mixed" { "10m" } else { "0s" },
        });
        serde_json::from_value(json!({"name": name, "type": "list", "pool_config": config})).unwrap()
    }

    fn drain(&self, events: &mut Subscription) {
        let mut truth = self.truth.lock();
        while let Some(received) = events.try_next() {
            match received {
                Received::Event(event) => {
                    truth.hear(&event.kind, event.seq, event.ts, |name| name.as_str() == "mixed");
                }
                Received::Lost(count) => truth.object(format!("{count} events were lost")),
            }
        }
    }
}

fn group_definition(name: &str, nth: usize, dice: &mut Dice) -> GroupDefinition {
    let from_pool = (name != "free").then(|| *dice.pick(&POOLS));
    // Neighbours share instances.
    let instances: Vec<usize> = (nth * 2..nth * 2 + 4).collect();
    let launch = json!({
        "on_conflict": *dice.pick(&["skip", "cancel", "abort", "ask"]),
        "stagger_delay": *dice.pick(&["0s", "3s"]),
        "restart_policy": *dice.pick(&["never", "on_failure", "always"]),
        "refresh_pool": *dice.pick(&["always", "never", "if_older_than(5m)"]),
        "max_accounts": *dice.pick(&[0, 0, 0, 5]),
        // Some routines never end by themselves.
        "routine_timeout": "2m",
    });
    serde_json::from_value(json!({
        "name": name, "routine": "Anything", "instances": instances, "account_pool": from_pool, "launch": launch,
    }))
    .unwrap()
}

/// An engine.
struct Engine {
    ledger: Arc<FaultyLedger>,
    pools: Arc<PoolManager>,
    orchestrator: Orchestrator,
    events: Subscription,
    launches: Vec<JoinHandle<LaunchReport>>,
}

impl Engine {
    fn start(sea: &Sea, dice: &mut Dice) -> Self {
        let ledger = Arc::new(FaultyLedger {
            started: Instant::now(),
            memory: sea.memory.clone(),
            truth: sea.truth.clone(),
            trouble: sea.trouble.clone(),
            dice: Mutex::new(dice.fork()),
            retries: sea.retries,
        });
        let events = EventBus::new(sea.wall.clone(), 100_000);
        let subscription = events.subscribe();
        let types: Arc<Registry<dyn PoolType>> = Arc::new(Registry::new("pool type"));
        let list = ListType { lists: sea.lists.clone(), dice: Arc::new(Mutex::new(dice.fork())) };
        types.register("list", "test", Arc::new(list));
        let pools = PoolManager::new(PoolParts {
            definitions: sea.definitions.clone(),
            types,
            ledger: ledger.clone(),
            events: events.clone(),
            clock: sea.wall.clone(),
        });
        let routines: Arc<Registry<dyn Routine>> = Arc::new(Registry::new("routine"));
        let anything = Anything {
            info: RoutineInfo { name: "Anything".into(), ..RoutineInfo::default() },
            truth: sea.truth.clone(),
            dice: Arc::new(Mutex::new(dice.fork())),
            calm: sea.calm.clone(),
        };
        routines.register("Anything", "test", Arc::new(anything));
        let orchestrator = Orchestrator::new(OrchestratorParts {
            hooks: Default::default(),
            definitions: sea.definitions.clone(),
            pools: pools.clone(),
            routines,
            instances: Instances::new(vec![Arc::new(StaticProvider::any())]),
            ledger: ledger.clone(),
            events,
            clock: sea.wall.clone(),
            templates: Arc::new(NoTemplates),
            defaults: Default::default(),
            drain_timeout: Duration::from_secs(10),
        });
        Self { ledger, pools, orchestrator, events: subscription, launches: Vec::new() }
    }
}

/// One engine's life; true when it died before the hour was over.
async fn live(sea: &Sea, dice: &mut Dice) -> bool {
    let mut engine = Engine::start(sea, dice);
    engine.ledger.rescue().await.unwrap();
    sea.truth.lock().engine_died();
    while sea.wall.now() < sea.end {
        tokio::time::sleep(Duration::from_millis(dice.between(500, 25_000))).await;
        sea.drain(&mut engine.events);
        counts_add_up(sea, &engine);
        if act(sea, &mut engine, dice).await {
            // What was told before it died must be true.
            sea.drain(&mut engine.events);
            return true;
        }
    }
    calm_down(sea, engine).await;
    false
}

/// Somebody does something; true when it kills the engine.
async fn act(sea: &Sea, engine: &mut Engine, dice: &mut Dice) -> bool {
    let orchestrator = engine.orchestrator.clone();
    let (group, pool): (GroupName, PoolName) = (group(GROUPS[dice.below(4)]), pool(POOLS[dice.below(3)]));
    // Refusals (runs already, doesn't run, the store is out) are part of the life.
    match dice.weighted(&[60, 4, 3, 4, 8, 8, 3, 3, 6, 8, 4, 1]) {
        0 => {
            if let Ok((_, task)) = orchestrator.start_group(LaunchRequest::new(group)) {
                engine.launches.push(task);
            }
        }
        1 => drop(orchestrator.stop_group(&group, StopMode::Drain)),
        2 => drop(orchestrator.stop_group(&group, StopMode::Force)),
        3 => drop(orchestrator.pause(&group)),
        4 => drop(orchestrator.resume(&group)),
        5 => {
            let bots = u32::try_from(dice.between(0, 5)).unwrap();
            // Taking instances over may take a while; life goes on.
            tokio::spawn(async move { drop(orchestrator.scale(&group, bots).await) });
        }
        6 => {
            let only = dice.percent(70).then(|| some_accounts(dice));
            // Whether a reset that failed was done isn't known: it is asked for until it is.
            let mut tries = 0;
            while engine.pools.reset(&pool, only.clone()).await.is_err() && tries < 200 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                tries += 1;
            }
        }
        7 => {
            let definition = sea.pool_definition(pool.as_str(), dice);
            drop(engine.pools.update(&pool, definition).await);
        }
        8 => drop(engine.pools.refresh(&pool).await),
        9 => {
            sea.lists.selected.lock().insert(pool, some_accounts(dice));
        }
        10 => {
            let mut trouble = sea.trouble.lock();
            trouble.rate = *dice.pick(&[0, 5, 60, 300]);
            let outage = Duration::from_millis(dice.between(100, 50_000));
            trouble.out_until = dice.percent(50).then(|| engine.ledger.started.elapsed() + outage);
            *sea.lists.trouble.lock() = *dice.pick(&[0, 0, 10, 60]);
        }
        _ => return true,
    }
    false
}

/// In each open pool, in all counts.
fn counts_add_up(sea: &Sea, engine: &Engine) {
    for open in POOLS.iter().filter_map(|name| engine.pools.get_open(&pool(name))) {
        let counts = open.stats().counts;
        let sum = counts.available + counts.in_use + counts.completed + counts.failed + counts.skipped;
        if sum != counts.total {
            sea.truth.lock().object(format!("{}: {counts:?} don't add up", open.name()));
        }
    }
}

/// The storm is over: bots end in order, then everything that is left gets done.
async fn calm_down(sea: &Sea, mut engine: Engine) {
    let failures = sea.trouble.lock().failures;
    *sea.trouble.lock() = Trouble { failures, ..Trouble::default() };
    *sea.lists.trouble.lock() = 0;
    *sea.calm.lock() = true;
    engine.orchestrator.stop_all(StopMode::Drain);
    for launch in std::mem::take(&mut engine.launches) {
        match tokio::time::timeout(PATIENCE, launch).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => sea.truth.lock().object(format!("a launch broke: {error}")),
            Err(_) => sea.truth.lock().object("a launch that was stopped doesn't end"),
        }
    }
    // Leases that are dropped are returned by tasks of their own.
    tokio::time::sleep(Duration::from_secs(60)).await;
    sea.drain(&mut engine.events);
    sea.truth.lock().nothing_is_left_untold();

    // Where accounts come back one after the other, who waits for them never ends.
    let mut repeating = (*sea.definitions.catalog().pool("mixed").unwrap().definition).clone();
    repeating.pool_config.wait_for_accounts = false;
    engine.pools.update(&pool("mixed"), repeating).await.unwrap();
    for (nth, name) in POOLS.iter().enumerate() {
        let closing: GroupDefinition = serde_json::from_value(json!({
            "name": format!("closing {name}"), "routine": "Anything", "account_pool": name,
            "instances": [100 + nth, 200 + nth], "launch": {"refresh_pool": "always", "stagger_delay": "0s"},
        }))
        .unwrap();
        let closing_name = closing.name.clone();
        // An earlier engine can't have come this far.
        sea.definitions.create_group(closing).unwrap();
        let launch = engine.orchestrator.launch_group(LaunchRequest::new(closing_name));
        match tokio::time::timeout(PATIENCE, launch).await {
            Ok(Ok(report)) if report.success => {}
            Ok(Ok(report)) => sea.truth.lock().object(format!("in the calm: {:?}", report.errors)),
            Ok(Err(error)) => sea.truth.lock().object(format!("in the calm: {error}")),
            Err(_) => sea.truth.lock().object(format!("pool {name} is never exhausted")),
        }
        sea.drain(&mut engine.events);
        everything_is_done(sea, &engine, &pool(name)).await;
    }
    sea.truth.lock().nothing_is_left_untold();
    counts_add_up(sea, &engine);
    for name in POOLS {
        engine.pools.close(&pool(name)).unwrap();
    }
    sea.drain(&mut engine.events);
}

/// Every account that the pool selects has its last word in the ledger, nothing is leased,
/// nothing was counted twice.
async fn everything_is_done(sea: &Sea, engine: &Engine, name: &PoolName) {
    // As it remembers: what it saw of a settlement whose answer was lost may differ.
    engine.pools.close(name).unwrap();
    let reopened = engine.pools.get(name).await;
    let history = sea.memory.history(name).await.unwrap();
    let done: BTreeSet<&AccountId> = history
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.state, OutcomeState::Final(_)))
        .map(|outcome| &outcome.account)
        .collect();
    let mut truth = sea.truth.lock();
    let lost: Vec<AccountId> =
        sea.lists.selected.lock()[name].iter().filter(|id| !done.contains(id)).cloned().collect();
    if !lost.is_empty() {
        truth.object(format!("{name} never served {lost:?}"));
    }
    for lease in &history.leases {
        if !truth.may_be_left(&lease.account) {
            truth.object(format!("{name} is still leased: {lease:?}"));
        }
    }
    let counted = truth.counted.get(name).copied().unwrap_or_default();
    let sum = history.totals.get("n").copied().unwrap_or_default();
    if sum != Total::Int(counted) {
        truth.object(format!("{name}: {counted} were completed, and {sum:?} counted"));
    }
    let open = match reopened {
        Ok(open) => open,
        Err(error) => return truth.object(format!("{name} can't be opened: {error}")),
    };
    let counts = serde_json::to_value(open.stats().counts).unwrap();
    let repeat_after = open.definition().pool_config.repeat_after.non_zero();
    let now = sea.wall.now();
    let rests = |at: Timestamp| repeat_after.is_none_or(|after| at.checked_add(after).unwrap() > now);
    for (state, key) in [
        (FinalState::Completed, "completed"),
        (FinalState::Failed, "failed"),
        (FinalState::Skipped, "skipped"),
    ] {
        let is = |outcome: &&lariat_core::ledger::AccountOutcome| outcome.state == OutcomeState::Final(state);
        let in_ledger = history.outcomes.iter().filter(is).count() as u64;
        // What is due by `repeat_after` is to be served again, if it is selected.
        let resting = history.outcomes.iter().filter(is).filter(|it| rests(it.settled_at)).count() as u64;
        if !(resting..=in_ledger).contains(&counts[key].as_u64().unwrap()) {
            truth.object(format!("{name}: {in_ledger} are {key} in the ledger, and in the pool {counts}"));
        }
    }
}
