//! The hook `{{name}}`. It runs around every launch; `hooks:` in `lariat.yaml` changes its
//! settings, and holds its parameters under `config:`.

use lariat_sdk::{Context, Hook, HookCall, Result, Verdict, json};

/// What `config:` holds. Doc comments become descriptions.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// The most bots of a launch; more are left out.
    #[serde(default = "twenty")]
    most: u64,
}

fn twenty() -> u64 {
    20
}

/// One value serves all launches, several at once.
#[derive(Default)]
pub struct {{type}};

impl Hook for {{type}} {
    const NAME: &'static str = "{{name}}";
    const DESCRIPTION: &'static str = "Says what is to be changed or refused";
    const ON: &'static [&'static str] = &["before:validate"];
    type Params = Config;

    /// One answer: go on, change the plan, leave an instance out, deny, try again later.
    async fn run(&self, _: &Context, call: HookCall<Config>) -> Result<Verdict> {
        let bots = call.plan.get("bot_count").and_then(|count| count.as_u64()).unwrap_or(0);
        let most = call.params.most;
        if most == 0 {
            return Ok(Verdict::deny("no bots are allowed"));
        }
        Ok(if bots > most { Verdict::patch(json!({"bot_count": most})) } else { Verdict::Continue })
    }
}

lariat_sdk::export! {
    id: "{{file}}",
    description: "{{offers}}",
    hooks: [{{type}}],
}
