//! Accounts by number, some of them taken elsewhere.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lariat_sdk::{Account, Claim, Context, Error, Opening, Outcome, Pool, Result};

/// What a pool's `config:` holds.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// How many accounts there are.
    #[schemars(range(min = 0, max = 1_000_000))]
    count: u32,
    /// The ids that somebody else works on.
    #[serde(default)]
    taken: BTreeSet<String>,
}

/// One open pool.
pub struct Rota {
    config: Config,
    done: Mutex<BTreeSet<String>>,
}

impl Pool for Rota {
    const NAME: &'static str = "rota";
    const DESCRIPTION: &'static str = "Accounts by number";
    type Params = Config;

    fn open(config: Config, _: &Opening) -> Result<Self> {
        Ok(Self { config, done: Mutex::default() })
    }

    async fn fetch(&self, _: &Context) -> Result<Vec<Account>> {
        let done = self.done.lock().map_err(|_| Error::failed("poisoned"))?;
        let all = (0..self.config.count).map(|n| Account::new(format!("rota-{n}")).with("pack_count", n));
        Ok(all.filter(|account| !done.contains(&account.id)).collect())
    }

    async fn claim(&self, _: &Context, account: &Account) -> Result<Claim> {
        let taken = self.config.taken.contains(&account.id);
        Ok(if taken { Claim::Refused("somebody else has it".into()) } else { Claim::Granted })
    }

    async fn settle(&self, _: &Context, account: &str, outcome: &Outcome) -> Result<()> {
        if matches!(outcome, Outcome::Completed { .. }) {
            self.done.lock().map_err(|_| Error::failed("poisoned"))?.insert(account.to_owned());
        }
        Ok(())
    }
}
