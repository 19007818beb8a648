//! Greets an account a few times.

use std::time::Duration;

use lariat_sdk::{Context, Outcome, Result, Routine, Run, json};

/// What a group's `config:` holds.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// How often.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    times: u32,
}

fn one() -> u32 {
    1
}

/// The routine.
#[derive(Default)]
pub struct Greet;

impl Routine for Greet {
    const NAME: &'static str = "Greet";
    const DESCRIPTION: &'static str = "Greets each account";
    type Params = Config;

    async fn run(&self, ctx: &Context, run: Run<Config>) -> Result<Outcome> {
        let Some(account) = run.account else { return Ok(Outcome::skipped("nobody to greet")) };
        let before: u32 = ctx.load(&account.id).await?.unwrap_or(0);
        for n in 1..=run.params.times {
            tracing::info!(account = %account.id, "hello");
            ctx.progress(n.into(), run.params.times.into());
            ctx.sleep(Duration::from_millis(10)).await?;
        }
        ctx.store(&account.id, &(before + run.params.times)).await?;
        Ok(Outcome::completed(json!({"greetings": run.params.times})))
    }
}
