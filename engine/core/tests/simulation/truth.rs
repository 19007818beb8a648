//! What was committed and what was told, kept by the simulation itself, and what may not be.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lariat_core::event::{BotRef, EventKind};
use lariat_core::ids::{AccountId, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::{Holder, SettleRequest};
use lariat_core::outcome::Disposition;
use serde_json::Value;

/// Who runs something.
type Bot = (LaunchId, InstanceId);

#[derive(Debug, Clone)]
struct Held {
    bot: Bot,
    /// Resets of the pool so far, when it was leased.
    resets: u64,
    /// The pool may not know yet of a reset before that.
    unheard: bool,
    told: bool,
    /// How often it was asked to be settled.
    tries: u32,
}

/// A settlement that was told by the ledger.
#[derive(Debug)]
struct Settled {
    what: (Bot, PoolName, AccountId, Disposition),
    /// No reset has forgotten it since it was committed.
    stands: bool,
}

#[derive(Debug, Default)]
pub struct Truth {
    /// Committed leases.
    held: BTreeMap<AccountId, Held>,
    /// Failures since the last final outcome or reset.
    failures: BTreeMap<(PoolName, AccountId), u32>,
    /// How often.
    resets: BTreeMap<PoolName, u64>,
    /// Pools whose last reset was committed, and its answer lost: until it is asked for again
    /// they count on from what they know.
    unheard: BTreeSet<PoolName>,
    /// `n` of completed runs, committed since the last reset.
    pub counted: BTreeMap<PoolName, i64>,
    /// Told by the ledger, and not yet by an event.
    granted: Vec<(Bot, PoolName, AccountId)>,
    settled: Vec<Settled>,
    /// Those whose answer was lost, and that no reset has forgotten since.
    committed: BTreeSet<(Bot, PoolName, AccountId)>,
    /// Final outcomes that events told of.
    finals: BTreeSet<(PoolName, AccountId)>,
    running: BTreeMap<AccountId, Bot>,
    pub runs: u64,
    pub wrong: Vec<String>,
    /// Every event, as text without what differs from run to run.
    pub log: Vec<String>,
    launches: BTreeMap<LaunchId, usize>,
}

fn bot_of(holder: &Holder) -> Bot {
    (holder.launch, holder.instance)
}

impl Truth {
    pub fn object(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    fn resets_of(&self, pool: &PoolName) -> u64 {
        self.resets.get(pool).copied().unwrap_or_default()
    }

    /// A lease was committed; `told` when its answer arrives. The ledger below keeps to its
    /// own rules: that an account has one holder is checked here all the same.
    pub fn leased(&mut self, account: &AccountId, pool: &PoolName, holder: &Holder, told: bool) {
        let bot = bot_of(holder);
        let resets = self.resets_of(pool);
        let unheard = self.unheard.contains(pool);
        self.held.insert(account.clone(), Held { bot, resets, unheard, told, tries: 0 });
        if told {
            self.granted.push((bot, pool.clone(), account.clone()));
        }
    }

    /// A settlement was asked for, whatever comes of it.
    pub fn asked_to_settle(&mut self, request: &SettleRequest, retry: bool, most: u32) {
        let (disposition, failures) = (request.disposition, request.failures);
        let key = (request.pool.clone(), request.account.clone());
        if let Some(held) =
            self.held.get_mut(&request.account).filter(|held| held.bot == bot_of(&request.holder))
        {
            held.tries += 1;
        }
        let undisturbed = self.held.get(&request.account).is_some_and(|held| {
            held.bot == bot_of(&request.holder)
                && held.resets == self.resets_of(&request.pool)
                && !held.unheard
        });
        if !undisturbed || !matches!(disposition, Disposition::Failed | Disposition::Retried) {
            return;
        }
        let expected = self.failures.get(&key).copied().unwrap_or_default() + 1;
        let again = retry && expected < most;
        if failures != expected || (disposition == Disposition::Retried) != again {
            self.object(format!(
                "failure {expected} of {key:?} was settled as {disposition:?} with {failures}"
            ));
        }
    }

    /// It was committed; `told` when its answer arrives.
    pub fn settled(&mut self, request: &SettleRequest, told: bool) {
        let key = (request.pool.clone(), request.account.clone());
        // One whose first answer was lost is asked again, and changes nothing.
        let bot = bot_of(&request.holder);
        if self.held.get(&request.account).is_none_or(|held| held.bot != bot) {
            if told {
                let stands = self.committed.remove(&(bot, key.0.clone(), key.1.clone()));
                self.settled.push(Settled { what: (bot, key.0, key.1, request.disposition), stands });
            }
            return;
        }
        self.held.remove(&request.account);
        match request.disposition {
            Disposition::Retried => {
                self.failures.insert(key.clone(), request.failures);
            }
            Disposition::Completed | Disposition::Failed | Disposition::Skipped => {
                self.failures.remove(&key);
            }
            Disposition::Returned | Disposition::Fenced => {}
        }
        if request.disposition == Disposition::Completed {
            let n = request.result.get("n").and_then(Value::as_i64).unwrap_or_default();
            *self.counted.entry(request.pool.clone()).or_default() += n;
        }
        if told {
            self.settled.push(Settled { what: (bot, key.0, key.1, request.disposition), stands: true });
        } else {
            self.committed.insert((bot, key.0, key.1));
        }
    }

    pub fn fenced(&mut self, request: &SettleRequest) {
        let bot = bot_of(&request.holder);
        let what = (bot, request.pool.clone(), request.account.clone(), Disposition::Fenced);
        self.settled.push(Settled { what, stands: false });
    }

    /// A reset was committed; `told` when its answer arrives.
    pub fn reset(&mut self, pool: &PoolName, only: Option<&[AccountId]>, told: bool) {
        if told {
            self.unheard.remove(pool);
        } else {
            self.unheard.insert(pool.clone());
        }
        let chosen = |of: &PoolName, id: &AccountId| of == pool && only.is_none_or(|only| only.contains(id));
        self.failures.retain(|(of, id), _| !chosen(of, id));
        self.finals.retain(|(of, id)| !chosen(of, id));
        self.committed.retain(|(_, of, id)| !chosen(of, id));
        for settled in &mut self.settled {
            settled.stands &= !chosen(&settled.what.1, &settled.what.2);
        }
        let count = self.resets_of(pool) + 1;
        self.resets.insert(pool.clone(), count);
        if only.is_none() {
            self.counted.remove(pool);
        }
    }

    /// A routine begins: it must be the account's holder, and nobody else may be at it.
    pub fn begins(&mut self, account: &AccountId, launch: LaunchId, instance: InstanceId) {
        self.runs += 1;
        let bot = (launch, instance);
        if self.held.get(account).is_none_or(|held| held.bot != bot) {
            let held = self.held.get(account).cloned();
            self.object(format!("instance {instance} runs with {account}, which is held by {held:?}"));
        }
        if let Some(other) = self.running.insert(account.clone(), bot) {
            // Only who lost its lease meanwhile may still be at it.
            if self.held.get(account).is_some_and(|held| held.bot == other) {
                self.object(format!("{account} is run by {other:?} and {bot:?} at one time"));
            }
        }
    }

    pub fn ends(&mut self, account: &AccountId, launch: LaunchId, instance: InstanceId) {
        if self.running.get(account) == Some(&(launch, instance)) {
            self.running.remove(account);
        }
    }

    /// The engine died, and the next one has rescued its leases.
    pub fn engine_died(&mut self) {
        self.held.clear();
        self.unheard.clear();
        self.running.clear();
        self.granted.clear();
        self.settled.clear();
    }

    /// Whether a lease may be left when all bots have ended: one whose answer was lost, so
    /// that nobody knows of it until it expires, or whose settlement failed and was given
    /// up when its bot was stopped by force.
    pub fn may_be_left(&self, account: &AccountId) -> bool {
        self.held.get(account).is_some_and(|held| !held.told || held.tries >= 1)
    }

    /// Every answer must have become an event by now.
    pub fn nothing_is_left_untold(&mut self) {
        let left = (std::mem::take(&mut self.granted), std::mem::take(&mut self.settled));
        if !(left.0.is_empty() && left.1.is_empty()) {
            self.object(format!("told by the ledger, and by no event: {left:?}"));
        }
    }

    /// Hears an event; `repeats` says whether the pool serves what is done again some day.
    pub fn hear(&mut self, kind: &EventKind, seq: u64, ts: Timestamp, repeats: impl Fn(&PoolName) -> bool) {
        self.note(kind, seq, &ts.to_string());
        match kind {
            EventKind::LeaseGranted { bot, pool, account, .. } => {
                let heard = (bot_id(bot), pool.clone(), account.clone());
                match self.granted.iter().position(|told| *told == heard) {
                    Some(at) => drop(self.granted.remove(at)),
                    None => self.object(format!("{account} was granted by an event, and not by the ledger")),
                }
                if self.finals.contains(&(pool.clone(), account.clone())) && !repeats(pool) {
                    self.object(format!("{account} was done in {pool}, and is served again"));
                }
            }
            EventKind::LeaseSettled { bot, pool, account, outcome, .. } => {
                let heard = (bot_id(bot), pool.clone(), account.clone(), *outcome);
                let Some(at) = self.settled.iter().position(|told| told.what == heard) else {
                    self.object(format!("{account} was {outcome:?} by an event, and not by the ledger"));
                    return;
                };
                let settled = self.settled.remove(at);
                // One that is heard after a reset may have been committed before it.
                if outcome.final_state().is_some() && settled.stands {
                    self.finals.insert((pool.clone(), account.clone()));
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, kind: &EventKind, seq: u64, ts: &str) {
        let mut event = serde_json::to_value(kind).unwrap();
        if let Some(id) = event.get_mut("launch_id") {
            let launch = serde_json::from_value(id.clone()).unwrap();
            let next = self.launches.len();
            *id = (*self.launches.entry(launch).or_insert(next)).into();
        }
        self.log.push(format!("{seq} {ts} {event}"));
    }
}

fn bot_id(bot: &BotRef) -> Bot {
    (bot.launch.launch_id, bot.instance)
}
