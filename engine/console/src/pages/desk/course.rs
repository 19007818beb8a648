//! The course of a launch: when its phases began and ended, what hooks said, which bot
//! worked on which account.

use jiff::Timestamp;
use lariat_core::event::{BotRef, Event, EventKind, LaunchRef};
use lariat_core::ids::{LaunchId, PoolName};
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
    pub(in crate::pages) account: String,
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
        }
    }

    /// The account that a bot works on now.
    pub(in crate::pages) fn current(&self, instance: u32) -> Option<&Attempt> {
        let mut last = self.attempts.iter().rev();
        last.find(|attempt| attempt.instance == instance).filter(|attempt| attempt.ended.is_none())
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
                self.attempts.push_back(Attempt {
                    instance: bot.instance.0,
                    account: account.to_string(),
                    began: at,
                    ended: None,
                    outcome: None,
                    reason: None,
                    progress: None,
                });
            }
            EventKind::LeaseSettled { bot, account, outcome, reason, .. } => {
                let open = self.open(bot, account.as_str());
                if let Some(attempt) = open {
                    (attempt.ended, attempt.outcome) = (Some(at), Some(*outcome));
                    attempt.reason.clone_from(reason);
                }
            }
            EventKind::BotProgress { bot, account: Some(account), current, total } => {
                if let Some(attempt) = self.open(bot, account.as_str()) {
                    attempt.progress = Some((*current, *total));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, bot: &BotRef, account: &str) -> Option<&mut Attempt> {
        let mut last = self.attempts.iter_mut().rev();
        last.find(|attempt| {
            attempt.ended.is_none() && attempt.instance == bot.instance.0 && attempt.account == account
        })
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
