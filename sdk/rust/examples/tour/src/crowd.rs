//! Keeps launches small.

use lariat_sdk::{Context, Hook, HookCall, Result, Verdict, json};

/// Its settings in `lariat.yaml`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// The most bots of a launch.
    #[serde(default = "ten")]
    most: u64,
}

fn ten() -> u64 {
    10
}

/// The hook.
#[derive(Default)]
pub struct Crowd;

impl Hook for Crowd {
    const NAME: &'static str = "crowd";
    const DESCRIPTION: &'static str = "Keeps launches small";
    const ON: &'static [&'static str] = &["before:validate"];
    const ON_ERROR: &'static str = "warn";
    type Params = Config;

    async fn run(&self, _: &Context, call: HookCall<Config>) -> Result<Verdict> {
        let bots = call.plan.get("bot_count").and_then(|count| count.as_u64()).unwrap_or(0);
        let most = call.params.most;
        Ok(if bots > most { Verdict::patch(json!({"bot_count": most})) } else { Verdict::Continue })
    }
}
