//! The pool type `http`.

use std::collections::BTreeSet;
use std::time::Duration;

use lariat_sdk::{
    Account, Claim, Context, Error, Level, Opening, Outcome, Pool, Result, Value, json, serde_json,
};

use crate::address;
use crate::client::{Answer, Client};
use crate::config::Config;
use crate::page;

/// A service that always names another page isn't followed for ever.
const MOST_PAGES: usize = 10_000;
/// How often a settlement is told: the engine doesn't tell it again.
const ATTEMPTS: u32 = 3;

/// One open pool.
pub struct Http {
    config: Config,
    client: Client,
    holder: String,
}

impl Pool for Http {
    const NAME: &'static str = "http";
    const DESCRIPTION: &'static str = "Accounts of a JSON service, which also grants and settles them";
    type Params = Config;

    fn open(config: Config, opening: &Opening) -> Result<Self> {
        address::check("url", &config.url)?;
        for (name, url) in [("claim_url", &config.claim_url), ("settle_url", &config.settle_url)] {
            url.as_deref().map(|url| address::check(name, &address::of_account(url, "id"))).transpose()?;
        }
        let client = Client::new(&config)?;
        let holder = config.holder.clone().unwrap_or_else(|| opening.pool.clone());
        Ok(Self { config, client, holder })
    }

    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut url = self.config.url.clone();
        loop {
            if ctx.stopping() {
                return Err(Error::cancelled());
            }
            let answer = self.client.get(&url)?.taken()?;
            let document: Value = serde_json::from_slice(&answer.body).map_err(|error| {
                Error::failed(format!("{}: the answer isn't JSON: {error}", answer.place))
            })?;
            let page = page::accounts(&document, &self.config, &answer.place)?;
            for why in page.bad {
                ctx.log(Level::Warn, format!("{}: {why}; it was passed over", answer.place));
            }
            accounts.extend(page.accounts);
            let Some(next) = page.next else { return Ok(accounts) };
            let next = address::next(&self.config.url, &url, &next)?;
            if !seen.insert(std::mem::replace(&mut url, next)) || seen.len() >= MOST_PAGES {
                return Err(Error::failed(format!("{}: the pages don't end", answer.place)));
            }
        }
    }

    async fn claim(&self, _: &Context, account: &Account) -> Result<Claim> {
        let Some(url) = &self.config.claim_url else { return Ok(Claim::Granted) };
        let body = json!({"id": account.id, "holder": self.holder});
        let answer = self.client.post(&address::of_account(url, &account.id), &body)?;
        if matches!(answer.status, 404 | 409 | 410 | 423) {
            return Ok(Claim::Refused(answer.reason()));
        }
        let answer = answer.taken()?;
        // A service may refuse in so many words, too.
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let refused = said.get("granted") == Some(&Value::Bool(false));
        Ok(if refused { Claim::Refused(answer.reason()) } else { Claim::Granted })
    }

    async fn settle(&self, ctx: &Context, account: &str, outcome: &Outcome) -> Result<()> {
        let Some(url) = &self.config.settle_url else { return Ok(()) };
        let mut body = serde_json::to_value(outcome)?;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("id".into(), account.into());
            fields.insert("holder".into(), self.holder.as_str().into());
        }
        let url = address::of_account(url, account);
        let mut pause = Duration::from_secs(1);
        for _ in 1..ATTEMPTS {
            match self.client.post(&url, &body).and_then(Answer::taken) {
                Err(error) if error.status() == Error::unavailable("").status() => ctx.sleep(pause).await?,
                told => return told.map(drop),
            }
            pause *= 2;
        }
        self.client.post(&url, &body)?.taken().map(drop)
    }
}
