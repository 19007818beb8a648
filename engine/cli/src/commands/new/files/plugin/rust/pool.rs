//! The pool type `{{name}}`. A pool's definition uses it with `type: {{name}}`, and gives its
//! parameters under `config:`.

use lariat_sdk::{Account, Claim, Context, Opening, Outcome, Pool, Result};

/// What `config:` holds. Doc comments become descriptions.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// How many accounts to make up.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 1_000_000))]
    count: u32,
}

fn three() -> u32 {
    3
}

/// One open pool.
pub struct {{type}} {
    config: Config,
}

impl Pool for {{type}} {
    const NAME: &'static str = "{{name}}";
    const DESCRIPTION: &'static str = "Says where the accounts come from";
    type Params = Config;

    fn open(config: Config, _: &Opening) -> Result<Self> {
        Ok(Self { config })
    }

    /// Called at each refresh; gives the accounts in the order to serve.
    async fn fetch(&self, _: &Context) -> Result<Vec<Account>> {
        let all = 1..=self.config.count;
        Ok(all.map(|n| Account::new(format!("account-{n}")).with("pack_count", n)).collect())
    }

    /// Asks whoever else decides about an account. Leave it out if there is nobody.
    async fn claim(&self, _: &Context, _account: &Account) -> Result<Claim> {
        Ok(Claim::Granted)
    }

    /// Tells them how the run ended. Leave it out if there is nobody.
    async fn settle(&self, _: &Context, _account: &str, _outcome: &Outcome) -> Result<()> {
        Ok(())
    }
}

lariat_sdk::export! {
    id: "{{file}}",
    description: "{{offers}}",
    pools: [{{type}}],
}
