//! The course of a launch: when its phases began and ended, what hooks said, which bot
//! worked on which account.

use std::collections::HashMap;

use jiff::Timestamp;
use lariat_core::event::{BotRef, Event, EventKind, LaunchRef};
use lariat_core::ids::{AccountId, LaunchId, PoolName};
use lariat_core::outcome::Disposition;

/// Attempts that are kept of a launch; what comes first goes first.
const ATTEMPTS: usize = 2_000;

/// The course of a launch.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Course {
    pub(in crate::pages) launch: LaunchId,
    pub(in crate::pages) id: String,
    pub(in crate::pages) group: String,
    pub(in crate::pages) pool: Option<String>,
    pub(in crate::pages) began: Timestamp,
    pub(in crate::pages) ended: Option<Timestamp>,
    /// `succeeded`, `failed`, … while it isn't over: none.
    pub(in crate::pages) outcome: Option<&'static str>,
    pub(in crate::pages) error: Option<String>,
    pub(in crate::pages) phases: Vec<PhaseSpan>,
    pub(in crate::pages) hooks: Vec<HookMark>,
    pub(in crate::pages) attempts: std::collections::VecDeque<Attempt>,
    /// Attempts that aren't kept any more.
    pub(in crate::pages) forgotten: u64,
    /// Which attempt is the last of each instance, those that are forgotten counted too.
    last: HashMap<u32, u64>,
}

/// A phase's time.
#[derive(Debug, Clone)]
pub(in crate::pages) struct PhaseSpan {
    pub(in crate::pages) phase: &'static str,
    pub(in crate::pages) began: Timestamp,
    pub(in crate::pages) ended: Option<Timestamp>,
    pub(in crate::pages) error: Option<String>,
}

/// What a hook said.
#[derive(Debug, Clone)]
pub(in crate::pages) struct HookMark {
    pub(in crate::pages) at: Timestamp,
    pub(in crate::pages) point: String,
    pub(in crate::pages) hook: String,
    pub(in crate::pages) outcome: &'static str,
    pub(in crate::pages) reason: Option<String>,
}

/// A bot's work on an account.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Attempt {
    pub(in crate::pages) instance: u32,
    pub(in crate::pages) account: AccountId,
    pub(in crate::pages) began: Timestamp,
    pub(in crate::pages) ended: Option<Timestamp>,
    pub(in crate::pages) outcome: Option<Disposition>,
    pub(in crate::pages) reason: Option<String>,
    /// How far it is.
    pub(in crate::pages) progress: Option<(f64, f64)>,
}

impl Course {
    pub(super) fn begin(launch: &LaunchRef, pool: Option<&PoolName>, at: Timestamp) -> Self {
        Self {
            launch: launch.launch_id,
            id: launch.launch_id.to_string(),
            group: launch.group.to_string(),
            pool: pool.map(ToString::to_string),
            began: at,
            ended: None,
            outcome: None,
            error: None,
            phases: Vec::new(),
            hooks: Vec::new(),
            attempts: Default::default(),
            forgotten: 0,
            last: HashMap::new(),
        }
    }

    pub(super) fn without_attempts(&self) -> Self {
        Self {
            launch: self.launch,
            id: self.id.clone(),
            group: self.group.clone(),
            pool: self.pool.clone(),
            began: self.began,
            ended: self.ended,
            outcome: self.outcome,
            error: self.error.clone(),
            phases: self.phases.clone(),
            hooks: self.hooks.clone(),
            attempts: Default::default(),
            forgotten: self.forgotten,
            last: HashMap::new(),
        }
    }

    /// What each instance works on now.
    pub(in crate::pages) fn at_work(&self) -> HashMap<u32, Attempt> {
        let last = self.last.iter().filter_map(|(instance, at)| Some((*instance, self.attempt(*at)?)));
        last.filter(|(_, attempt)| attempt.ended.is_none())
            .map(|(instance, attempt)| (instance, attempt.clone()))
            .collect()
    }

    fn attempt(&self, at: u64) -> Option<&Attempt> {
        self.attempts.get(usize::try_from(at.checked_sub(self.forgotten)?).ok()?)
    }

    pub(super) fn note(&mut self, event: &Event) {
        let at = event.ts;
        match &event.kind {
            EventKind::LaunchFinished { outcome, error, .. } => {
                (self.ended, self.outcome, self.error) = (Some(at), Some(*outcome), error.clone());
            }
            EventKind::PhaseStarted { phase, .. } => {
                self.phases.push(PhaseSpan { phase, began: at, ended: None, error: None });
            }
            EventKind::PhaseFinished { phase, .. } => self.end_phase(phase, at, None),
            EventKind::PhaseFailed { phase, error, .. } => self.end_phase(phase, at, Some(error.clone())),
            EventKind::HookAnswered { point, hook, outcome, reason, error, .. } => {
                self.hooks.push(HookMark {
                    at,
                    point: point.to_string(),
                    hook: hook.clone(),
                    outcome,
                    reason: reason.clone().or_else(|| error.clone()),
                })
            }
            EventKind::LeaseGranted { bot, account, .. } => {
                if self.attempts.len() >= ATTEMPTS {
                    self.attempts.pop_front();
                    self.forgotten += 1;
                }
                let place = self.forgotten + self.attempts.len() as u64;
                self.last.insert(bot.instance.0, place);
                self.attempts.push_back(Attempt {
                    instance: bot.instance.0,
                    account: account.clone(),
                    began: at,
                    ended: None,
                    outcome: None,
                    reason: None,
                    progress: None,
                });
            }
            EventKind::LeaseSettled { bot, account, outcome, reason, .. } => {
                let open = self.open(bot, account);
                if let Some(attempt) = open {
                    (attempt.ended, attempt.outcome) = (Some(at), Some(*outcome));
                    attempt.reason.clone_from(reason);
                }
            }
            EventKind::BotProgress { bot, account: Some(account), current, total } => {
                if let Some(attempt) = self.open(bot, account) {
                    attempt.progress = Some((*current, *total));
                }
            }
            _ => {}
        }
    }

    /// A bot works on one account at a time: what isn't its last attempt is over.
    fn open(&mut self, bot: &BotRef, account: &AccountId) -> Option<&mut Attempt> {
        let at = self.last.get(&bot.instance.0)?.checked_sub(self.forgotten)?;
        let last = self.attempts.get_mut(usize::try_from(at).ok()?)?;
        Some(last).filter(|last| last.ended.is_none() && last.account == *account)
    }

    fn end_phase(&mut self, phase: &str, at: Timestamp, error: Option<String>) {
        let open = self.phases.iter_mut().rev().find(|span| span.phase == phase && span.ended.is_none());
        if let Some(span) = open {
            (span.ended, span.error) = (Some(at), error);
        }
    }
}

/// The launch that an event belongs to.
pub(super) fn launch_of(event: &EventKind) -> Option<LaunchId> {
    let launch = match event {
        EventKind::LaunchFinished { launch, .. }
        | EventKind::PhaseStarted { launch, .. }
        | EventKind::PhaseFinished { launch, .. }
        | EventKind::PhaseFailed { launch, .. }
        | EventKind::HookAnswered { launch, .. } => launch,
        EventKind::LeaseGranted { bot, .. }
        | EventKind::LeaseSettled { bot, .. }
        | EventKind::BotProgress { bot, .. } => &bot.launch,
        _ => return None,
    };
    Some(launch.launch_id)
}

#[cfg(test)]
mod tests {
    use lariat_core::ids::{GroupName, InstanceId};

    use super::*;

    #[test]
    fn what_instances_work_on_is_known_when_earlier_attempts_are_forgotten() {
        let launch = LaunchRef { launch_id: LaunchId::random(), group: GroupName::new("G").unwrap() };
        let pool = PoolName::new("P").unwrap();
        let mut course = Course::begin(&launch, Some(&pool), Timestamp::UNIX_EPOCH);
        let (bots, attempts) = (3, u32::try_from(ATTEMPTS).unwrap() + 10);
        let mut note = |kind| course.note(&Event { seq: 1, ts: Timestamp::UNIX_EPOCH, kind });
        let bot = |n: u32| BotRef { launch: launch.clone(), instance: InstanceId(n % bots) };
        let account = |n: u32| AccountId::new(n.to_string()).unwrap();
        for n in 0..attempts {
            note(EventKind::LeaseGranted {
                bot: bot(n),
                pool: pool.clone(),
                account: account(n),
                generation: 1,
            });
            // The last ones stay under way.
            if n < attempts - bots {
                let (outcome, reason) = (Disposition::Completed, None);
                note(EventKind::LeaseSettled {
                    bot: bot(n),
                    pool: pool.clone(),
                    account: account(n),
                    outcome,
                    reason,
                });
            }
        }
        let n = attempts - 1;
        note(EventKind::BotProgress { bot: bot(n), account: Some(account(n)), current: 1.0, total: 2.0 });

        assert_eq!((course.attempts.len(), course.forgotten), (ATTEMPTS, 10));
        let at_work = course.at_work();
        assert_eq!(at_work.len(), 3);
        assert_eq!(at_work[&(n % bots)].account, account(n));
        assert_eq!(at_work[&(n % bots)].progress, Some((1.0, 2.0)));
        let ended = course.attempts.iter().filter(|attempt| attempt.outcome.is_some()).count();
        assert_eq!(ended, ATTEMPTS - 3);
    }
}
