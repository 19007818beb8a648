//! Answers as it is told.

use lariat_sdk::{Context, Hook, HookCall, Result, Verdict, json};

use crate::{Told, misbehave};

/// The hook.
#[derive(Default)]
pub struct Played;

impl Hook for Played {
    const NAME: &'static str = "played_hook";
    const ON: &'static [&'static str] = &["before:validate"];
    type Params = Told;

    async fn run(&self, ctx: &Context, call: HookCall<Told>) -> Result<Verdict> {
        misbehave(ctx, &call.params.play).await?;
        let note = call.plan.get("config").and_then(|config| config.get("note")).and_then(|it| it.as_str());
        Ok(match call.params.play.as_str() {
            "patch" => Verdict::patch(json!({"bot_count": 1})),
            "deny" => Verdict::deny("as told"),
            "skip" => Verdict::SkipInstance { instance: 1, reason: "as told".into() },
            "retry" => Verdict::Retry { after: "30s".into(), reason: "as told".into() },
            "echo" => Verdict::deny(note.unwrap_or_default()),
            _ => Verdict::Continue,
        })
    }
}
