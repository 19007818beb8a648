//! What a pool's script is asked, and what its answers mean.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use lariat_core::account::Account;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use lariat_core::source::Claim;
use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json, json};

use super::harvest::Harvest;
use super::stream::Streams;
use super::{Answer, Returned};
use crate::json::{from_json_frozen, frozen};
use crate::pool::PoolLookup;

/// One question to a pool's script.
pub(crate) struct PoolWork {
    /// The pool.
    pub(crate) pool: PoolName,
    /// Its parameters, checked and with their defaults.
    pub(crate) params: Arc<Map<String, Json>>,
    /// What is asked.
    pub(crate) verb: PoolVerb,
    /// The workspace's folder, whose files it may read.
    pub(crate) workspace: Arc<Path>,
    /// Behind `ctx.pools`.
    pub(crate) pools: Option<Arc<dyn PoolLookup>>,
    /// The pools that wait for this one's accounts, the first first.
    pub(crate) readers: Vec<PoolName>,
    /// The accounts that came out so far.
    pub(crate) harvest: RefCell<Harvest>,
    /// How many, for whoever waits.
    pub(crate) given: Arc<AtomicUsize>,
    /// What is being read part by part.
    pub(crate) streams: RefCell<Streams>,
}

/// What is asked.
pub(crate) enum PoolVerb {
    /// The accounts, in the order to serve.
    Fetch,
    /// Whether this one may be worked on.
    Claim(Account),
    /// Nothing; it is told what became of this one.
    Settle(AccountId, Outcome),
}

impl PoolVerb {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Claim(_) => "claim",
            Self::Settle(..) => "settle",
        }
    }

    fn function(&self) -> &'static str {
        match self {
            Self::Fetch => "fetch(ctx)",
            Self::Claim(_) => "claim(ctx, account)",
            Self::Settle(..) => "settle(ctx, account, outcome)",
        }
    }

    pub(super) fn account(&self) -> Option<&Account> {
        match self {
            Self::Claim(account) => Some(account),
            Self::Fetch | Self::Settle(..) => None,
        }
    }

    pub(super) fn arguments(&self, lua: &Lua) -> mlua::Result<(Value, Value)> {
        Ok(match self {
            Self::Fetch => (Value::Nil, Value::Nil),
            Self::Claim(account) => (Value::Table(from_json_frozen(lua, &account.reveal())?), Value::Nil),
            Self::Settle(account, outcome) => {
                (frozen(lua, &json!({"id": account.as_str()}))?, frozen(lua, &told(outcome))?)
            }
        })
    }
}

/// An outcome as scripts see it.
fn told(outcome: &Outcome) -> Json {
    match outcome {
        Outcome::Completed(result) => json!({"outcome": "completed", "result": result}),
        Outcome::Failed { reason } => json!({"outcome": "failed", "reason": reason}),
        Outcome::Skipped { reason } => json!({"outcome": "skipped", "reason": reason}),
        Outcome::Returned { reason } => json!({"outcome": "returned", "reason": reason}),
    }
}

impl PoolWork {
    pub(super) fn fill(&self, lua: &Lua, ctx: &Table) -> mlua::Result<()> {
        ctx.raw_set("params", from_json_frozen(lua, &self.params)?)?;
        ctx.raw_set("pool", self.pool.as_str())
    }

    pub(super) fn read(&self, returned: &Returned<'_>) -> Result<Answer, RoutineError> {
        let function = self.verb.function();
        match (&self.verb, returned.kind) {
            (_, "failed") => Err(returned.failed(function)),
            (PoolVerb::Fetch, "done") => Ok(Answer::Accounts(self.harvest.take().finish())),
            (PoolVerb::Fetch, "account") => {
                Err(returned.wrong(function, format_args!("gave account {}", returned.text())))
            }
            (PoolVerb::Fetch, _) => Err(returned.wrong(
                function,
                format_args!(
                    "returned {}; it returns a list of accounts, as in {{ {{ id = \"a1\" }} }}, a function that gives one at each call and nil at the end, or nil and why",
                    returned.text()
                ),
            )),
            (PoolVerb::Claim(_), "granted") => Ok(Answer::Claim(Claim::Granted)),
            (PoolVerb::Claim(_), "refused") => Ok(Answer::Claim(Claim::Refused(returned.text()))),
            (PoolVerb::Claim(_), _) => Err(returned.wrong(
                function,
                format_args!("returned {}; it returns true, false and why, or nil and why", returned.text()),
            )),
            (PoolVerb::Settle(..), _) => Ok(Answer::Done),
        }
    }
}
