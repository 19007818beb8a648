//! Tells a story to a pool and to the model. Time is tokio's, and paused.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lariat_core::account::AccountRow;
use lariat_core::clock::SharedClock;
use lariat_core::definition::{DefinitionStore, MemoryDefinitions, PoolDefinition};
use lariat_core::event::EventBus;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::{Holder, Ledger, OutcomeState};
use lariat_core::outcome::{FinalState, Outcome, RunResult};
use lariat_core::pool::{Lease, PoolManager, PoolParts, RunFacts};
use lariat_core::registry::Registry;
use lariat_core::source::{AccountSource, PoolType, Selection, SourceError};
use lariat_core::test_support::Dice;
use parking_lot::Mutex;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::model::{Counts, End, Final, PoolModel, Rules};

type Listed = Arc<Mutex<Vec<u8>>>;

struct ListType(Listed);
struct List(Listed);

#[async_trait]
impl PoolType for ListType {
    fn name(&self) -> &str {
        "list"
    }
    async fn open(&self, _: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        Ok(Arc::new(List(self.0.clone())))
    }
}

#[async_trait]
impl AccountSource for List {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let accounts = self.0.lock().iter().map(|id| AccountRow::bare(account(*id))).collect();
        Ok(Selection { accounts, warnings: vec![] })
    }
}

fn account(id: u8) -> AccountId {
    AccountId::new(format!("a{id:02}")).unwrap()
}

fn number(id: &AccountId) -> u8 {
    id.as_str()[1..].parse().unwrap()
}

fn name() -> PoolName {
    PoolName::new("P").unwrap()
}

/// A clock for the pool and its ledger: tokio's, paused.
pub fn paused_clock() -> SharedClock {
    Arc::new(lariat_core::clock::VirtualClock::starting_at(Timestamp::from_second(1_780_000_000).unwrap()))
}

struct Teller {
    ledger: Arc<dyn Ledger>,
    clock: SharedClock,
    began: Timestamp,
    definitions: Arc<MemoryDefinitions>,
    listed: Listed,
    manager: Arc<PoolManager>,
    model: PoolModel,
    leases: BTreeMap<u8, Lease>,
    holder: Holder,
    told: Vec<String>,
    timeless: bool,
}

/// Tells a random story of so many steps about one pool to an empty ledger. Nothing in a
/// `timeless` one waits for anything: a clock can't be paused for a ledger with threads of its
/// own.
///
/// # Panics
/// When the pool does otherwise than the model, with the story so far.
pub async fn tell(ledger: Arc<dyn Ledger>, clock: SharedClock, seed: u64, steps: usize, timeless: bool) {
    let mut dice = Dice::new(seed);
    let listed: Listed = Arc::default();
    *listed.lock() = selection(&mut dice);
    let rules = rules(&mut dice, timeless);
    let definitions = Arc::new(MemoryDefinitions::default());
    definitions.create_pool(definition(rules)).unwrap();
    let manager = manager(&ledger, &clock, &definitions, &listed);
    let holder = Holder {
        launch: LaunchId::random(),
        group: GroupName::new("G").unwrap(),
        instance: InstanceId(0),
        routine: "R".into(),
        generation: 1,
    };
    let mut model = PoolModel::new(rules);
    model.refresh(&listed.lock());
    let began = clock.now();
    let (leases, told) = (BTreeMap::new(), Vec::new());
    let mut teller =
        Teller { ledger, clock, began, definitions, listed, manager, model, leases, holder, told, timeless };
    for _ in 0..steps {
        teller.step(&mut dice).await;
        teller.compare(seed).await;
    }
    teller.finish().await;
    teller.compare(seed).await;
}

fn manager(
    ledger: &Arc<dyn Ledger>,
    clock: &SharedClock,
    definitions: &Arc<MemoryDefinitions>,
    listed: &Listed,
) -> Arc<PoolManager> {
    let types: Arc<Registry<dyn PoolType>> = Arc::new(Registry::new("pool type"));
    types.register("list", "test", Arc::new(ListType(listed.clone())));
    PoolManager::new(PoolParts {
        definitions: definitions.clone(),
        types,
        ledger: ledger.clone(),
        events: EventBus::new(clock.clone(), 16),
        clock: clock.clone(),
    })
}

fn rules(dice: &mut Dice, timeless: bool) -> Rules {
    let most = u32::try_from(dice.between(1, 4)).unwrap();
    // Ten hours don't pass in a story; in one without time they can be asked for.
    let (backoff, repeat) = if timeless {
        (0, *dice.pick(&[0, 36_000]))
    } else {
        (*dice.pick(&[0, 0, 30]), *dice.pick(&[0, 0, 20, 90]))
    };
    Rules { retry: dice.percent(75), most, backoff, repeat }
}

fn definition(rules: Rules) -> PoolDefinition {
    serde_json::from_value(json!({"name": "P", "type": "list", "pool_config": {
        "retry_failed": rules.retry, "max_failures": rules.most, "retry_backoff": rules.backoff, "lease_ttl": "10h",
        "repeat_after": rules.repeat,
    }}))
    .unwrap()
}

/// Up to 14 accounts in any order; one may be there twice.
fn selection(dice: &mut Dice) -> Vec<u8> {
    let mut ids: Vec<u8> = (0..14).collect();
    dice.shuffle(&mut ids);
    ids.truncate(dice.below(15));
    if dice.percent(20) && !ids.is_empty() {
        ids.push(ids[0]);
    }
    ids
}

impl Teller {
    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().duration_since(self.began).as_secs()).unwrap()
    }

    fn say(&mut self, what: impl Into<String>) {
        self.told.push(what.into());
    }

    async fn step(&mut self, dice: &mut Dice) {
        self.model.look(self.now());
        match dice.weighted(&[36, 36, 8, 5, 4, 4, 4]) {
            0 => self.lease().await,
            1 => {
                let ends =
                    [End::Completed, End::Failed, End::Failed, End::Skipped, End::Returned, End::Returned];
                let leased: Vec<u8> = self.leases.keys().copied().collect();
                if !leased.is_empty() {
                    self.settle(*dice.pick(&leased), *dice.pick(&ends)).await;
                }
            }
            2 => {
                *self.listed.lock() = selection(dice);
                self.refresh().await;
            }
            3 if self.timeless => {}
            3 => {
                let seconds = dice.between(1, 40);
                self.say(format!("{seconds} s pass"));
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            4 => {
                let only = dice.percent(60).then(|| selection(dice));
                self.reset(only).await;
            }
            5 => {
                let rules = rules(dice, self.timeless);
                self.say(format!("new definition: {rules:?}"));
                // Its rules alone: nothing is selected anew.
                self.manager.update(&name(), definition(rules)).await.unwrap();
                self.model.redefine(rules, self.now());
            }
            _ => self.die().await,
        }
    }

    /// Without waiting: what isn't there now is compared as such.
    async fn lease(&mut self) {
        let pool = self.manager.get(&name()).await.unwrap();
        let mut asked = self.model.clone();
        let expected = asked.next(self.now());
        if expected.is_none() && self.model.is_pending() {
            // It would wait for a bot of this story.
            assert!(!pool.is_exhausted(), "{:?}", self.told);
            return;
        }
        self.model = asked;
        let leased =
            pool.lease(&self.holder, &Arc::new(HashSet::new()), &CancellationToken::new()).await.unwrap();
        let found = leased.as_ref().map(|lease| number(&lease.account().id));
        self.say(format!("lease gives {found:?}"));
        assert_eq!(found, expected, "the next in the pool's order: {:#?}", self.told);
        if let (Some(id), Some(lease)) = (found, leased) {
            self.model.lease(id);
            self.leases.insert(id, lease);
        }
    }

    async fn settle(&mut self, id: u8, end: End) {
        let lease = self.leases.remove(&id).unwrap();
        let outcome = match end {
            End::Completed => Outcome::Completed(RunResult::from_iter([("n".to_owned(), 1.into())])),
            End::Failed => Outcome::Failed { reason: "no".into() },
            End::Skipped => Outcome::Skipped { reason: "no".into() },
            End::Returned => Outcome::Returned { reason: "no".into() },
        };
        let run = RunFacts { started: self.clock.now(), elapsed: Duration::from_secs(1) };
        let found = lease.settle(outcome, Some(run)).await.unwrap();
        self.say(format!("{id} is {end:?}: {}", found.as_str()));
        let expected = self.model.settle(id, end, self.now());
        assert_eq!(found.as_str(), expected, "{:#?}", self.told);
    }

    async fn refresh(&mut self) {
        let listed = self.listed.lock().clone();
        self.say(format!("refresh selects {listed:?}"));
        self.manager.get(&name()).await.unwrap().refresh().await.unwrap();
        self.model.refresh(&listed);
        self.model.look(self.now());
    }

    async fn reset(&mut self, only: Option<Vec<u8>>) {
        // How many failures an account has that is reset while it is leased isn't promised.
        for id in self.model.leased() {
            if only.as_ref().is_none_or(|only| only.contains(&id)) {
                self.settle(id, End::Returned).await;
            }
        }
        self.say(format!("reset of {only:?}"));
        let ids = only.as_ref().map(|ids| ids.iter().map(|id| account(*id)).collect());
        self.manager.reset(&name(), ids).await.unwrap();
        self.model.reset(only.as_deref());
        let listed = self.listed.lock().clone();
        self.model.refresh(&listed);
    }

    /// The engine dies with its leases; the next one rescues them and opens the pool.
    async fn die(&mut self) {
        self.say("the engine dies");
        for lease in std::mem::take(&mut self.leases).into_values() {
            // As a death does it: nothing is returned.
            std::mem::forget(lease);
        }
        let rescued = self.ledger.rescue().await.unwrap();
        let rescued: Vec<u8> = rescued.iter().map(|lease| number(&lease.account)).collect();
        assert_eq!(rescued, self.model.leased(), "{:#?}", self.told);
        self.manager.close_all().unwrap();
        self.manager = manager(&self.ledger, &self.clock, &self.definitions, &self.listed);
        let listed = self.listed.lock().clone();
        self.model.reopen(&listed, self.now());
    }

    /// Everything that is left is served, and completed.
    async fn finish(&mut self) {
        for id in self.leases.keys().copied().collect::<Vec<_>>() {
            self.settle(id, End::Returned).await;
        }
        if !self.timeless {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        self.model.look(self.now());
        // The last who asks gets nothing.
        loop {
            self.lease().await;
            let Some(id) = self.leases.keys().next().copied() else { break };
            self.settle(id, End::Completed).await;
        }
        assert!(self.manager.get(&name()).await.unwrap().is_exhausted());
    }

    /// Counts, and what the ledger remembers.
    async fn compare(&mut self, seed: u64) {
        self.model.look(self.now());
        let stats = self.manager.get(&name()).await.unwrap().stats();
        let found = Counts {
            total: stats.counts.total,
            available: stats.counts.available,
            in_use: stats.counts.in_use,
            completed: stats.counts.completed,
            failed: stats.counts.failed,
            skipped: stats.counts.skipped,
        };
        assert_eq!(found, self.model.counts(), "SEED={seed}: {:#?}", self.told);
        let history = self.ledger.history(&name()).await.unwrap();
        let done = |state| {
            history.outcomes.iter().filter(|outcome| outcome.state == OutcomeState::Final(state)).count()
        };
        let remembered = [FinalState::Completed, FinalState::Failed, FinalState::Skipped].map(done);
        let expected =
            [Final::Completed, Final::Failed, Final::Skipped].map(|state| self.model.remembered(state));
        assert_eq!(history.leases.len(), found.in_use, "SEED={seed}: {:#?}", self.told);
        assert_eq!(remembered, expected, "SEED={seed}: the ledger remembers otherwise: {:#?}", self.told);
    }
}
