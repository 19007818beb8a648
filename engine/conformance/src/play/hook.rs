//! What a host makes of each thing that a hook may do.

use std::sync::Arc;
use std::time::Duration;

use lariat_core::duration::Span;
use lariat_core::hook::{Hook, HookCall, HookPoint, Moment, Verdict};
use lariat_core::ids::InstanceId;
use lariat_core::launch::Phase;
use serde_json::{Map, json};

use super::{Sample, Stage, again, told};
use crate::case::{Case, Done, Stop, must};
use crate::round::give_up;
use crate::{Subject, given};

/// Plays a sample of a hook.
pub async fn hook(sample: &Sample<dyn Hook>) -> Vec<Case> {
    let mut stage = Stage::new(sample);
    let it = &sample.patient;
    for play in ["continue", "patch", "deny", "skip", "retry"] {
        stage.play(play, "a verdict comes as it was given", verdict(it, play)).await;
    }
    stage.play("unicode", "text of all scripts arrives as it was", echo(it, given::UNICODE)).await;
    stage.play("large", "a plan of 1 MB arrives as it was", echo(it, &given::large())).await;
    stage.play("hangs", "one that is given up stands in nobody's way", hangs(it)).await;
    stage.play("panics", "a panic is an error of that question", breaks(it, "panics", "on purpose")).await;
    stage.play("nonsense", "a verdict that is none is an error", breaks(it, "nonsense", "")).await;
    stage
        .play("crashes", "a crash is an error, and the next question is answered", breaks(it, "crashes", ""))
        .await;
    stage.end()
}

fn call(it: &Subject<dyn Hook>, play: &str, text: &str) -> Result<HookCall, Stop> {
    let params = it.extension.info().params.check("config", &told(&it.config, play, ""));
    let params = Arc::new(params.map_err(|problems| Stop::Failed(format!("{problems:?}")))?);
    let mut config = Map::new();
    config.insert("note".into(), json!(text));
    let point = HookPoint::new(Moment::Before, Phase::Validate);
    given::call(point, &params, config).map_err(|error| error.to_string().into())
}

async fn verdict(it: &Subject<dyn Hook>, play: &str) -> Done {
    let reason = || String::from("as told");
    let expected = match play {
        "patch" => Verdict::Patch { patch: json!({"bot_count": 1}).as_object().cloned().unwrap_or_default() },
        "deny" => Verdict::Deny { reason: reason() },
        "skip" => Verdict::SkipInstance { instance: InstanceId(1), reason: reason() },
        "retry" => Verdict::Retry { after: Span::from(Duration::from_secs(30)), reason: reason() },
        _ => Verdict::Continue,
    };
    let answer = it.extension.run(call(it, play, "")?).await;
    must(answer.as_ref() == Ok(&expected), || format!("{answer:?}"))
}

/// It denies, with the `note` of the plan's config for its reason.
async fn echo(it: &Subject<dyn Hook>, text: &str) -> Done {
    let answer = it.extension.run(call(it, "echo", text)?).await;
    must(answer == Ok(Verdict::Deny { reason: text.into() }), || "the reason isn't the plan's note".into())
}

async fn hangs(it: &Subject<dyn Hook>) -> Done {
    let given_up = give_up(it.extension.run(call(it, "hangs", "")?)).await;
    must(given_up.is_none(), || format!("it ended by itself: {given_up:?}"))?;
    again(async || verdict(it, "deny").await, Result::is_err).await
}

async fn breaks(it: &Subject<dyn Hook>, play: &str, words: &str) -> Done {
    match it.extension.run(call(it, play, "")?).await {
        Err(error) => must(error.message.contains(words), || format!("its words are lost: {error}"))?,
        Ok(verdict) => return Err(format!("it isn't the hook's error: {verdict:?}").into()),
    }
    again(async || verdict(it, "deny").await, Result::is_err).await
}
