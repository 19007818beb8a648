//! The cases of a pool type. They claim and settle: give them a pool of accounts that may be
//! settled.

use std::collections::HashSet;
use std::sync::Arc;

use lariat_core::account::Account;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::ids::AccountId;
use lariat_core::outcome::Outcome;
use lariat_core::source::{AccountSource, Claim, PoolType, Selection};
use serde_json::{Map, Value, json};

use crate::case::{Case, Done, Stop, must, not_applicable};
use crate::round::{Round, give_up};
use crate::{Subject, given};

/// How many questions are put at once.
const AT_ONCE: usize = 8;
/// How many accounts are looked at, where looking at all would take long.
const SOME: usize = 1_000;

/// What a pool type must do.
pub async fn pool(subject: &Subject<dyn PoolType>) -> Vec<Case> {
    let mut round = Round::new(subject.host.clone(), subject.patience);
    let it = Pool { kind: subject.extension.clone(), config: &subject.config };
    round.case("describes_itself", "it has a name, and takes the parameters", it.describes_itself()).await;
    round.case("unknown_parameters", "a parameter that it doesn't have is told", it.strangers()).await;
    round.case("opens", "it opens", async { it.open().await.map(drop) }).await;
    if round.has_failed("opens") {
        return round.end();
    }
    round.case("fetches", "its accounts can be fetched", it.fetches()).await;
    if round.has_failed("fetches") {
        return round.end();
    }
    round.case("fetch_order", "fetched twice, its accounts come in one order", it.fetch_order()).await;
    round.case("fetch_accounts", "each account has an id of its own and its fields", it.accounts()).await;
    round.case("opened_twice", "two open pools don't stand in each other's way", it.opened_twice()).await;
    round.case("lookup", "looked up by id, only what was asked for comes", it.lookup()).await;
    round.case("claims", "a claim is granted, or refused with a reason", it.claims()).await;
    round.case("settles", "each outcome is taken", it.settles()).await;
    round.case("unknown_accounts", "an account that it doesn't know breaks nothing", it.unknown()).await;
    round.case("unicode", "text of all scripts breaks nothing", it.texts(given::UNICODE)).await;
    round.case("large_fields", "a field of 1 MB breaks nothing", it.texts(&given::large())).await;
    round.case("many_at_once", "questions that come at once are all answered", it.many_at_once()).await;
    round.giving_up("cancelled", "a question that is given up ends soon", it.cancelled()).await;
    round.replaced(subject.next.as_ref(), async |next| it.replaced(next).await).await;
    round.end()
}

struct Pool<'a> {
    kind: Arc<dyn PoolType>,
    config: &'a Map<String, Value>,
}

impl Pool<'_> {
    fn definition(&self) -> Result<PoolDefinition, Stop> {
        given::definition(self.kind.name(), self.config).map_err(|error| error.to_string().into())
    }

    async fn open(&self) -> Result<Arc<dyn AccountSource>, Stop> {
        let opened = self.kind.open(&self.definition()?).await;
        opened.map_err(|error| format!("it can't be opened: {error}").into())
    }

    async fn describes_itself(&self) -> Done {
        must(!self.kind.name().trim().is_empty(), || "it has no name".into())?;
        let problems = self.kind.problems(&self.definition()?);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        must(told.is_empty(), || format!("its parameters aren't accepted: {}", told.join("; ")))
    }

    async fn strangers(&self) -> Done {
        let mut definition = self.definition()?;
        definition.config.insert("no_such_parameter".into(), json!(1));
        let told = |problem: &Problem| problem.path == "config.no_such_parameter";
        must(self.kind.problems(&definition).iter().any(told), || {
            "`config: {no_such_parameter: 1}` is taken without a word".into()
        })
    }

    async fn fetches(&self) -> Done {
        fetch(&*self.open().await?).await.map(drop)
    }

    async fn fetch_order(&self) -> Done {
        let source = self.open().await?;
        let (first, again) = (ids(&fetch(&*source).await?), ids(&fetch(&*source).await?));
        same("the second fetch", &first, &again)
    }

    async fn accounts(&self) -> Done {
        let selection = fetch(&*self.open().await?).await?;
        let warnings = selection.warnings.join("; ");
        must(warnings.is_empty(), || format!("something was passed over: {warnings}"))?;
        let mut known = HashSet::new();
        for row in &selection.accounts {
            must(known.insert(row.id()), || format!("the account {} comes twice", row.id()))?;
        }
        for row in selection.accounts.iter().take(SOME) {
            row.unpack().map_err(|error| format!("the fields of {}: {error}", row.id()))?;
        }
        Ok(())
    }

    async fn opened_twice(&self) -> Done {
        let (first, second) = (self.open().await?, self.open().await?);
        let expected = ids(&fetch(&*first).await?);
        same("a second open pool", &expected, &ids(&fetch(&*second).await?))?;
        drop(first);
        same("a pool whose twin was closed", &expected, &ids(&fetch(&*second).await?))
    }

    async fn lookup(&self) -> Done {
        let source = self.open().await?;
        let mut wanted: Vec<AccountId> =
            fetch(&*source).await?.accounts.iter().take(3).map(|row| row.account_id()).collect();
        wanted.extend(AccountId::new("conformance-stranger"));
        let found = source.lookup(&wanted).await.map_err(|error| format!("lookup: {error}"))?;
        if found.is_empty() {
            return not_applicable("it looks nothing up by id");
        }
        let known = wanted.iter().filter(|id| id.as_str() != "conformance-stranger");
        for id in known {
            must(found.iter().any(|row| row.id() == id.as_str()), || {
                format!("{id} was fetched, and isn't found")
            })?;
        }
        let more = found.iter().find(|row| !wanted.contains(&row.account_id()));
        must(more.is_none(), || "it gives accounts that weren't asked for".into())
    }

    /// Some accounts of the pool.
    async fn some(&self, source: &dyn AccountSource) -> Result<Vec<Account>, Stop> {
        let selection = fetch(source).await?;
        if selection.accounts.is_empty() {
            let why = "it selects no account; give it parameters with which it has some";
            return Err(Stop::NotApplicable(why.into()));
        }
        let unpacked = selection.accounts.iter().take(4).map(|row| row.unpack());
        unpacked.collect::<Result<_, _>>().map_err(|error| error.to_string().into())
    }

    async fn claims(&self) -> Done {
        let source = self.open().await?;
        for account in self.some(&*source).await? {
            let id = account.id.clone();
            match source.claim(&account).await {
                Ok(Claim::Granted) => settle(&*source, &id, &returned("checked")).await?,
                Ok(Claim::Refused(why)) => {
                    must(!why.trim().is_empty(), || format!("{id} is refused without a reason"))?;
                }
                Err(error) => return Err(format!("claim of {id}: {error}").into()),
            }
        }
        Ok(())
    }

    async fn settles(&self) -> Done {
        let source = self.open().await?;
        let accounts = self.some(&*source).await?;
        for (account, outcome) in accounts.iter().cycle().zip(given::outcomes("checked")) {
            // As a bot does it; one that is refused isn't settled.
            let claim = source.claim(account).await.map_err(|error| format!("claim: {error}"))?;
            if claim == Claim::Granted {
                settle(&*source, &account.id, &outcome).await?;
            }
        }
        fetch(&*source).await.map(drop)
    }

    /// What an account that isn't the pool's is answered is its own matter; that it is
    /// answered, and the next question too, isn't.
    async fn unknown(&self) -> Done {
        let source = self.open().await?;
        let stranger = given::stranger(json!({})).map_err(|error| error.to_string())?;
        let _ = source.claim(&stranger).await;
        for outcome in given::outcomes("checked") {
            let _ = source.settle(&stranger.id, &outcome).await;
        }
        fetch(&*source).await.map(drop)
    }

    async fn texts(&self, text: &str) -> Done {
        let source = self.open().await?;
        let accounts = match self.some(&*source).await {
            Ok(accounts) => accounts,
            Err(Stop::NotApplicable(_)) => {
                vec![given::stranger(json!({})).map_err(|error| error.to_string())?]
            }
            Err(failed) => return Err(failed),
        };
        for account in accounts.iter().take(1) {
            let account = given::with(account, "note", text);
            if matches!(source.claim(&account).await, Ok(Claim::Granted)) {
                let _ = source.settle(&account.id, &returned(text)).await;
            }
        }
        fetch(&*source).await.map(drop)
    }

    async fn many_at_once(&self) -> Done {
        let source = self.open().await?;
        let expected = ids(&fetch(&*source).await?);
        let fetches = futures::future::join_all((0..AT_ONCE).map(|_| fetch(&*source))).await;
        for fetched in fetches {
            same("a fetch among others", &expected, &ids(&fetched?))?;
        }
        Ok(())
    }

    async fn cancelled(&self) -> Done {
        let source = self.open().await?;
        for _ in 0..AT_ONCE {
            give_up(source.fetch()).await;
        }
        fetch(&*source).await.map_err(|stop| after("questions that were given up", stop))?;
        // One that is closed in the middle.
        let closing = self.open().await?;
        give_up(closing.fetch()).await;
        drop(closing);
        fetch(&*source).await.map(drop)
    }

    async fn replaced(&self, next: &(dyn Fn() -> Result<Arc<dyn PoolType>, String> + Send + Sync)) -> Done {
        let old = self.open().await?;
        let expected = ids(&fetch(&*old).await?);
        let working = tokio::spawn({
            let old = old.clone();
            async move { old.fetch().await.map(|selection| ids(&selection)) }
        });
        let kind = next().map_err(|why| format!("the next generation can't be loaded: {why}"))?;
        let new = Pool { kind, config: self.config }.open().await?;
        same("the next generation", &expected, &ids(&fetch(&*new).await?))?;
        let worked = working.await.map_err(|error| error.to_string())?;
        same("the old generation", &expected, &worked.map_err(|error| error.to_string())?)?;
        drop(old);
        same("the next generation, alone", &expected, &ids(&fetch(&*new).await?))
    }
}

fn after(what: &str, stop: Stop) -> Stop {
    match stop {
        Stop::Failed(why) => Stop::Failed(format!("after {what}: {why}")),
        other => other,
    }
}

fn returned(reason: &str) -> Outcome {
    Outcome::Returned { reason: reason.to_owned() }
}

async fn fetch(source: &dyn AccountSource) -> Result<Selection, Stop> {
    source.fetch().await.map_err(|error| format!("fetch: {error}").into())
}

async fn settle(source: &dyn AccountSource, id: &AccountId, outcome: &Outcome) -> Done {
    let told = source.settle(id, outcome).await;
    told.map_err(|error| format!("settle of {id} as {}: {error}", given::word(outcome)).into())
}

fn ids(selection: &Selection) -> Vec<AccountId> {
    selection.accounts.iter().map(|row| row.account_id()).collect()
}

fn same(who: &str, expected: &[AccountId], found: &[AccountId]) -> Done {
    must(expected.len() == found.len(), || {
        format!("{who} gives {} accounts, the one before gave {}", found.len(), expected.len())
    })?;
    let other = expected.iter().zip(found).position(|(one, other)| one != other);
    match other.and_then(|at| Some((at, expected.get(at)?, found.get(at)?))) {
        Some((at, expected, found)) => Err(Stop::Failed(format!(
            "{who} gives another order: {found} is at place {at}, where {expected} was"
        ))),
        None => Ok(()),
    }
}
