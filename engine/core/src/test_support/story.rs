//! Tells a story to a subject, and asks the model after each step.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::dice::Dice;
use super::model::Model;
use super::request::{Answer, Request};
use super::row::Row;
use super::shrink;
use super::step::{ACCOUNTS, Ask, GHOST, HOLDERS, POOLS, Step, Which, random};
use super::world::{Seen, World};
use crate::ids::{AccountId, GroupName, InstanceId, LaunchId, LeaseToken, PoolName};
use crate::ledger::{Holder, LeaseDecision, LeaseRequest, Renewal, SettleRequest};
use crate::outcome::{Disposition, RunResult};

/// A ledger, with what a test may do to it. It begins empty; if it has an account table,
/// that holds [`ACCOUNTS`] without [`GHOST`], all available.
pub trait Subject {
    /// Asks all of these before it waits for any answer; answers in the same order.
    fn ask(&mut self, requests: Vec<Request>) -> Vec<Answer>;
    /// Asks all of these, dies after so many turns of the runtime, and starts again.
    fn crash(&mut self, turns: u32, requests: Vec<Request>);
    /// Ends in order and starts again.
    fn restart(&mut self);
    /// Lets time pass.
    fn wait(&mut self, time: Duration);
    /// The time.
    fn now(&self) -> Timestamp;
    /// What can be seen from outside, of these pools.
    fn see(&mut self, pools: &[PoolName]) -> Seen;
}

/// A lease as it was granted and told.
struct Told {
    token: LeaseToken,
    pool: PoolName,
    holder: Holder,
}

struct Teller {
    holders: Vec<Holder>,
    told: BTreeMap<AccountId, Vec<Told>>,
}

impl Teller {
    fn new() -> Self {
        let launch = LaunchId::random();
        let holders = (0..HOLDERS).map(|bot| Holder {
            launch,
            group: GroupName::new("Farmers").unwrap(),
            instance: InstanceId(u32::try_from(bot).unwrap()),
            routine: "OpenPacks".into(),
            generation: 1,
        });
        Self { holders: holders.collect(), told: BTreeMap::new() }
    }

    /// The lease that is meant; one that never was, when there was none.
    fn lease(&self, id: &AccountId, which: Which) -> (LeaseToken, PoolName, Holder) {
        let told = self.told.get(id).map(Vec::as_slice).unwrap_or_default();
        let back = if which == Which::Newest { 1 } else { 2 };
        match told.len().checked_sub(back).and_then(|at| told.get(at)) {
            Some(told) => (told.token, told.pool.clone(), told.holder.clone()),
            None => (LeaseToken(0), pool(POOLS[0]), self.holders[0].clone()),
        }
    }

    fn request(&self, ask: &Ask, now: Timestamp) -> Request {
        match ask {
            Ask::Lease { account: id, pool: of, holder, ttl, repeat_after } => Request::Lease(LeaseRequest {
                account: account(id),
                pool: pool(of),
                holder: self.holders[*holder].clone(),
                ttl: Duration::from_secs(*ttl),
                repeat_after: repeat_after.map(Duration::from_secs),
            }),
            Ask::Settle { account: id, lease, end, ran, cards } => {
                let (token, pool, holder) = self.lease(&account(id), *lease);
                let failed = matches!(end, Disposition::Failed | Disposition::Retried);
                let completed = *end == Disposition::Completed;
                // Halves are exact, whatever the order in which they are added.
                let result =
                    json!({"cards_found": cards, "halves": f64::from(i32::try_from(*cards).unwrap()) / 2.0});
                Request::Settle(SettleRequest {
                    token,
                    account: account(id),
                    pool,
                    holder,
                    disposition: *end,
                    failures: u32::from(failed),
                    error: (failed || *end == Disposition::Skipped).then(|| format!("error {cards}")),
                    result: if completed { result.as_object().unwrap().clone() } else { RunResult::new() },
                    // No two runs begin at one moment: each lease has its own.
                    started: ran.then(|| now + Duration::from_millis(token.0.unsigned_abs())),
                    elapsed: Duration::from_secs(2),
                })
            }
            Ask::Renew { accounts, lease, ttl } => {
                let renewals = accounts.iter().map(|id| {
                    let account = account(id);
                    let (token, ..) = self.lease(&account, *lease);
                    Renewal { account, token, ttl: Duration::from_secs(*ttl) }
                });
                Request::Renew(renewals.collect())
            }
            Ask::Refreshed { pool: of } => Request::Refreshed(pool(of)),
            Ask::Reset { pool: of, only } => {
                Request::Reset(pool(of), only.as_ref().map(|ids| ids.iter().map(|id| account(id)).collect()))
            }
            Ask::Rescue => Request::Rescue,
        }
    }

    fn requests(&self, asks: &[Ask], now: Timestamp) -> Vec<Request> {
        asks.iter().map(|ask| self.request(ask, now)).collect()
    }

    fn note(&mut self, request: &Request, answer: &Answer) {
        let (Request::Lease(request), Answer::Leased(LeaseDecision::Granted { token })) = (request, answer)
        else {
            return;
        };
        let told = Told { token: *token, pool: request.pool.clone(), holder: request.holder.clone() };
        self.told.entry(request.account.clone()).or_default().push(told);
    }
}

/// Tells a story to a subject that is as new, and says where a promise was broken.
///
/// # Errors
/// The step, and how it differs from what is promised.
pub fn replay(subject: &mut dyn Subject, story: &[Step]) -> Result<(), String> {
    let pools = POOLS.map(pool);
    let table = subject.see(&pools).rows.map(|_| {
        let known = ACCOUNTS.iter().filter(|id| **id != GHOST);
        known.map(|id| (account(id), Row::default())).collect()
    });
    let mut model = Model::new(World::new(table));
    let mut teller = Teller::new();
    for (number, step) in story.iter().enumerate() {
        let now = subject.now();
        let told = match step {
            Step::Wait(seconds) => {
                subject.wait(Duration::from_secs(*seconds));
                Ok(())
            }
            Step::Restart => {
                subject.restart();
                Ok(())
            }
            Step::Crash(turns, asks) => {
                let requests = teller.requests(asks, now);
                subject.crash(*turns, requests.clone());
                model.lost(&requests, now);
                Ok(())
            }
            Step::AtOnce(asks) => {
                let requests = teller.requests(asks, now);
                let answers = subject.ask(requests.clone());
                requests.iter().zip(&answers).try_for_each(|(request, answer)| {
                    teller.note(request, answer);
                    model.answered(request, answer, now)
                })
            }
        };
        let seen = told.and_then(|()| model.seen(&subject.see(&pools)));
        seen.map_err(|why| format!("step {number}, {step:?}: {why}"))?;
    }
    Ok(())
}

/// Steps in one story.
const LENGTH: usize = 250;

/// Tells random stories to new subjects until they had so many transitions.
///
/// # Panics
/// When a promise was broken, with the shortest story found, as a test.
pub fn check<S: Subject>(transitions: u64, seed: u64, new: impl Fn() -> S) {
    let mut dice = Dice::new(seed);
    let mut told = 0;
    while told < transitions {
        let story = random(&mut dice, LENGTH);
        told += story.iter().map(Step::transitions).sum::<u64>();
        let Err(why) = replay(&mut new(), &story) else { continue };
        let (short, why) = shrink::shortest(story, why, |story| replay(&mut new(), story).err());
        panic!("seed {seed}: {why}\n\n{}", shrink::as_test(&short));
    }
    eprintln!("{told} transitions, seed {seed}: the promises hold");
}

fn account(id: &str) -> AccountId {
    AccountId::new(id).unwrap()
}

fn pool(name: &str) -> PoolName {
    PoolName::new(name).unwrap()
}
