//! Runs as it is told.

use lariat_sdk::{Context, Outcome, Result, Routine, Run, json};

use crate::{Told, misbehave};

/// The routine.
#[derive(Default)]
pub struct Played;

impl Routine for Played {
    const NAME: &'static str = "Played";
    type Params = Told;

    async fn run(&self, ctx: &Context, run: Run<Told>) -> Result<Outcome> {
        misbehave(ctx, &run.params.play).await?;
        ctx.progress(1.0, 3.0);
        let note = run.account.as_ref().and_then(|account| account.get("note")).cloned().unwrap_or_default();
        Ok(match run.params.play.as_str() {
            "fails" => Outcome::failed("as told"),
            "skips" => Outcome::skipped("as told"),
            "returns" => Outcome::returned("as told"),
            "echo" => Outcome::completed(json!({"note": note})),
            _ => Outcome::completed(json!({"packs_opened": 3})),
        })
    }
}
