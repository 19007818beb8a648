//! What a run is for: what its script is given, and what its answer means.
//!
//! | file | holds |
//! |---|---|
//! | [`routine`] | `run(ctx)` with an account or without |
//! | [`pool`], [`harvest`], [`stream`] | `fetch`, `claim`, `settle`; accounts coming out, and what is read part by part |
//! | [`hook`] | `run(ctx)` around a phase |
//! | [`provider`] | `list`, `start`, `probe`, `stop` |
//! | [`who`] | the extension, and whose machine it works in |

mod harvest;
mod hook;
mod pool;
mod provider;
mod routine;
mod stream;
mod who;

use lariat_core::account::Account;
use lariat_core::hook::{HookCall, Verdict};
use lariat_core::instance::InstanceState;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{RoutineError, RoutineRun};
use lariat_core::source::{Claim, Selection};
use mlua::{Lua, Table, Value};

pub(crate) use pool::{PoolVerb, PoolWork};
pub(crate) use provider::{ProviderVerb, ProviderWork};
pub(crate) use stream::Stream;
pub(crate) use who::{Tenant, Who};

use crate::budgets::Budgets;
use crate::kind::ScriptKind;
use lariat_core::masking::Secrets;

/// What a run is for.
pub(crate) enum Work {
    /// A routine's run.
    Routine(RoutineRun),
    /// Something that a pool wants to know, or tells.
    Pool(Box<PoolWork>),
    /// A moment of a launch.
    Hook(Box<HookCall>),
    /// Something about an instance.
    Provider(Box<ProviderWork>),
}

/// What came of a run.
pub(crate) enum Answer {
    /// Of a routine.
    Outcome(Outcome),
    /// Of a pool's `fetch`.
    Accounts(Selection),
    /// Of a pool's `claim`.
    Claim(Claim),
    /// Of a hook.
    Verdict(Verdict),
    /// Of a provider's `probe`.
    State(InstanceState),
    /// It is done.
    Done,
}

/// What the prelude handed back.
pub(crate) struct Returned<'a> {
    /// A word for what it is.
    pub(crate) kind: &'a str,
    /// What belongs to it.
    pub(crate) value: &'a Value,
    /// The script's file.
    pub(crate) file: &'a str,
    /// What it may use.
    pub(crate) budgets: &'a Budgets,
    /// What must not be told.
    pub(crate) secrets: &'a Secrets,
}

impl Returned<'_> {
    /// The value as a text, without secrets.
    fn text(&self) -> String {
        self.secrets.mask(self.value.as_string().map(|text| text.to_string_lossy()).unwrap_or_default())
    }

    /// An error about the answer of one of the script's functions.
    fn wrong(&self, function: &str, what: impl std::fmt::Display) -> RoutineError {
        let message = format!("{}: {function} {what}", self.file);
        RoutineError::Raised { message, traceback: None }
    }

    /// What the script returned as `nil, "why"`.
    fn failed(&self, function: &str) -> RoutineError {
        self.wrong(function, format_args!("failed: {}", self.text()))
    }
}

impl Work {
    /// The kind of script that does it.
    pub(crate) fn kind(&self) -> ScriptKind {
        match self {
            Self::Routine(_) => ScriptKind::Routine,
            Self::Pool(_) => ScriptKind::Pool,
            Self::Hook(_) => ScriptKind::Hook,
            Self::Provider(_) => ScriptKind::Provider,
        }
    }

    /// Whose machine it is done in.
    pub(crate) fn tenant(&self) -> Tenant {
        match self {
            Self::Routine(run) => Tenant::Group(run.group.clone()),
            Self::Pool(work) => Tenant::Pool(work.pool.clone()),
            Self::Hook(call) => Tenant::Hooks(call.group.clone()),
            Self::Provider(work) => Tenant::Provider(work.provider.clone()),
        }
    }

    /// What the prelude calls it.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Routine(_) => "routine",
            Self::Pool(work) => work.verb.word(),
            Self::Hook(_) => "hook",
            Self::Provider(work) => work.verb.word(),
        }
    }

    /// The account it is about, as far as it is known.
    pub(crate) fn account(&self) -> Option<&Account> {
        match self {
            Self::Routine(run) => run.account.as_deref(),
            Self::Pool(work) => work.verb.account(),
            Self::Hook(_) | Self::Provider(_) => None,
        }
    }

    /// Puts the plain fields into `ctx`.
    pub(crate) fn fill(&self, lua: &Lua, ctx: &Table) -> mlua::Result<()> {
        match self {
            Self::Routine(run) => routine::fill(run, lua, ctx),
            Self::Pool(work) => work.fill(lua, ctx),
            Self::Hook(call) => hook::fill(call, lua, ctx),
            Self::Provider(work) => work.fill(lua, ctx),
        }
    }

    /// What the script's function gets besides `ctx`.
    pub(crate) fn arguments(&self, lua: &Lua) -> mlua::Result<(Value, Value)> {
        match self {
            Self::Routine(_) | Self::Hook(_) => Ok((Value::Nil, Value::Nil)),
            Self::Pool(work) => work.verb.arguments(lua),
            Self::Provider(work) => Ok((work.verb.argument(), Value::Nil)),
        }
    }

    /// What the script's answer means.
    pub(crate) fn read(&self, returned: &Returned<'_>) -> Result<Answer, RoutineError> {
        match self {
            Self::Routine(_) => routine::read(returned).map(Answer::Outcome),
            Self::Pool(work) => work.read(returned),
            Self::Hook(_) => hook::read(returned).map(Answer::Verdict),
            Self::Provider(work) => work.read(returned),
        }
    }
}
