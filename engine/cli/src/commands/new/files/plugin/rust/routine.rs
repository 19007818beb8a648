//! The routine `{{name}}`. A group uses it with `routine: {{name}}`, and gives its parameters
//! under `config:`.

use std::time::Duration;

use lariat_sdk::{Context, Level, Outcome, Result, Routine, Run, json};

/// What `config:` holds. Doc comments become descriptions.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// How many packs to open.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 50))]
    packs: u32,
}

fn one() -> u32 {
    1
}

/// One value serves all runs, several at once.
#[derive(Default)]
pub struct {{type}};

impl Routine for {{type}} {
    const NAME: &'static str = "{{name}}";
    const DESCRIPTION: &'static str = "Says what a bot does with one account";
    type Params = Config;

    /// One run, with one account, or with none if the group has no pool. An error is a failure
    /// of the account; `?` makes one of any other error.
    async fn run(&self, ctx: &Context, run: Run<Config>) -> Result<Outcome> {
        let packs = run.params.packs;
        for pack in 1..=packs {
            ctx.log_with(Level::Info, "opening a pack", json!({"pack": pack}));
            ctx.progress(pack.into(), packs.into());
            // Ends at once when the run is told to stop: then the account goes back uncounted.
            ctx.sleep(Duration::from_millis(50)).await?;
        }
        Ok(Outcome::completed(json!({"packs_opened": packs})))
    }
}

lariat_sdk::export! {
    id: "{{file}}",
    description: "{{offers}}",
    routines: [{{type}}],
}
