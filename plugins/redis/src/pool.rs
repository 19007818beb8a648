//! The pool type `redis`.

use std::time::Duration;

use lariat_sdk::{
    Account, Claim, Context, Error, Level, Opening, Outcome, Pool, Result, Seconds, serde_json,
};
use redis::cmd;

use crate::keys::Keys;
use crate::link::Link;
use crate::scripts::Scripts;

/// What a pool's `config:` holds.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// The server, such as redis://127.0.0.1:6379/0.
    url: Option<String>,
    /// The environment variable that holds the server's address instead, with its password.
    url_env: Option<String>,
    /// What the pool's keys begin with: accounts are served from the sorted set `{key}:ready`,
    /// smallest score first; the hash `{key}:data` holds their fields as JSON objects, by id.
    key: String,
    /// Who claims; the machine, the workspace and the pool, if absent.
    holder: Option<String>,
    /// After how long another engine may claim an account that wasn't settled; 1h if absent.
    claim_for: Option<Seconds>,
    /// After how many failures an account is served no more; 0: the engine alone decides.
    #[serde(default)]
    max_failures: u32,
    /// How long one answer of the server may take; 5s if absent.
    timeout: Option<Seconds>,
}

/// So many accounts' fields are asked for at once.
const BATCH: usize = 1000;

/// One open pool.
pub struct Redis {
    link: Link,
    keys: Keys,
    scripts: Scripts,
    holder: String,
    claim_ms: u64,
    max_failures: u32,
}

/// An id as the server has it, and its score.
type Scored = (Vec<u8>, f64);

impl Pool for Redis {
    const NAME: &'static str = "redis";
    const DESCRIPTION: &'static str = "Accounts from a sorted set in Redis, shared between engines";
    type Params = Config;

    fn open(config: Config, opening: &Opening) -> Result<Self> {
        let url = match (&config.url, &config.url_env) {
            (Some(url), None) => url.clone(),
            (None, Some(name)) => {
                std::env::var(name).map_err(|error| Error::invalid(format!("url_env: {name}: {error}")))?
            }
            _ => return Err(Error::invalid("one of url and url_env says where the server is")),
        };
        let time = |given: Option<Seconds>, usual| given.map_or(usual, |given| given.0);
        let link = Link::new(&url, time(config.timeout, Duration::from_secs(5)))?;
        let claim_for = time(config.claim_for, Duration::from_secs(3600));
        Ok(Self {
            link,
            keys: Keys::of(&config.key),
            scripts: Scripts::default(),
            holder: config.holder.unwrap_or_else(|| holder(opening)),
            claim_ms: u64::try_from(claim_for.as_millis()).unwrap_or(u64::MAX),
            max_failures: config.max_failures,
        })
    }

    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        while self.link.ask(|link| self.scripts.reclaim(&self.keys).invoke::<u32>(link))? > 0 {
            if ctx.stopping() {
                return Err(Error::cancelled());
            }
        }
        let ready = cmd("ZRANGE").arg(&self.keys.ready).arg(0).arg(-1).arg("WITHSCORES").to_owned();
        let mut scored: Vec<Scored> = self.link.ask(|link| ready.query(link))?;
        scored.extend(self.own()?);
        scored.sort_by(|(a, first), (b, second)| first.total_cmp(second).then_with(|| a.cmp(b)));
        let mut accounts = Vec::with_capacity(scored.len());
        for batch in scored.chunks(BATCH) {
            if ctx.stopping() {
                return Err(Error::cancelled());
            }
            let ids = batch.iter().map(|(id, _)| id).collect::<Vec<_>>();
            let data = cmd("HMGET").arg(&self.keys.data).arg(&ids).to_owned();
            let data: Vec<Option<Vec<u8>>> = self.link.ask(|link| data.query(link))?;
            accounts.extend(ids.into_iter().zip(data).filter_map(|(id, data)| account(ctx, id, data)));
        }
        Ok(accounts)
    }

    async fn claim(&self, _: &Context, account: &Account) -> Result<Claim> {
        let asked = self.scripts.claim(&self.keys, &account.id, &self.holder, self.claim_ms);
        let answer: String = self.link.ask(|link| asked.invoke(link))?;
        Ok(if answer == "granted" { Claim::Granted } else { Claim::Refused(answer) })
    }

    async fn settle(&self, ctx: &Context, account: &str, outcome: &Outcome) -> Result<()> {
        let word = match outcome {
            Outcome::Completed { .. } => "completed",
            Outcome::Failed { .. } => "failed",
            Outcome::Skipped { .. } => "skipped",
            Outcome::Returned { .. } => "returned",
        };
        let asked = self.scripts.settle(&self.keys, account, &self.holder, word, self.max_failures);
        let answer: String = self.link.ask(|link| asked.invoke(link))?;
        match answer.as_str() {
            "settled" => Ok(()),
            "nothing" => {
                ctx.log(Level::Debug, format!("{account}: {word} was told before"));
                Ok(())
            }
            other => Err(Error::failed(format!("{account}: {word}, but {other}"))),
        }
    }
}

impl Redis {
    /// What this holder has claimed: it goes on being served, so that an engine that died finds
    /// its accounts again.
    fn own(&self) -> Result<Vec<Scored>> {
        let claims = cmd("HGETALL").arg(&self.keys.claims).to_owned();
        let claims: Vec<(Vec<u8>, String)> = self.link.ask(|link| claims.query(link))?;
        let own = claims.into_iter().filter_map(|(id, claim)| {
            let (score, holder) = claim.split_once(' ')?;
            (holder == self.holder).then_some((id, score.parse().ok()?))
        });
        Ok(own.collect())
    }
}

fn account(ctx: &Context, id: &[u8], data: Option<Vec<u8>>) -> Option<Account> {
    let Ok(id) = std::str::from_utf8(id) else {
        let id = String::from_utf8_lossy(id);
        ctx.log(Level::Warn, format!("{id}: isn't UTF-8; it was passed over"));
        return None;
    };
    let fields = data.map(|data| serde_json::from_slice(&data)).transpose();
    let fields = fields.unwrap_or_else(|error| {
        ctx.log(Level::Warn, format!("{id}: its data isn't a JSON object, {error}; it is served without"));
        None
    });
    Some(Account { id: id.to_owned(), fields: fields.unwrap_or_default() })
}

/// The same after a restart, and another on another machine.
fn holder(opening: &Opening) -> String {
    let system = rustix::system::uname();
    let machine = system.nodename().to_string_lossy();
    format!("{machine}:{}:{}", opening.workspace.display(), opening.pool)
}
