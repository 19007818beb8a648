//! What a host makes of each thing that a routine may do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, Routine, RoutineError, RoutineRun};
use serde_json::json;

use super::{Sample, Stage, again, told};
use crate::case::{Case, Done, Stop, must};
use crate::{Subject, given};

/// Plays a sample of a routine.
pub async fn routine(sample: &Sample<dyn Routine>) -> Vec<Case> {
    let mut stage = Stage::new(sample);
    let (it, hasty) = (&sample.patient, &sample.hasty);
    stage.play("good", "a result comes as it was given, progress before it", good(it)).await;
    for (play, about) in [
        ("fails", "a failure comes with its reason"),
        ("skips", "a skip comes with its reason"),
        ("returns", "an account that is given back comes with its reason"),
    ] {
        stage.play(play, about, ends(it, play)).await;
    }
    stage.play("unicode", "text of all scripts arrives as it was", echo(it, given::UNICODE)).await;
    stage.play("large", "a field of 1 MB arrives as it was", echo(it, &given::large())).await;
    stage.play("stops", "one that waits ends when it is asked to stop", stops(it)).await;
    stage.play("hangs", "what waits for ever ends at its deadline", late(hasty, "hangs")).await;
    stage.play("deaf", "what doesn't hear of its end is given up", late(hasty, "deaf")).await;
    stage.play("panics", "a panic is an error of that run", raises(it, "panics", "on purpose")).await;
    stage
        .play("nonsense", "an outcome that is none is an error of that run", raises(it, "nonsense", ""))
        .await;
    stage.play("crashes", "a crash gives the account back, and the next run is well", crashes(it)).await;
    stage.end()
}

async fn run(it: &Subject<dyn Routine>, play: &str, text: &str) -> Result<RoutineRun, Stop> {
    let params = it.extension.info().params.check("config", &told(&it.config, play, text));
    let params = Arc::new(params.map_err(|problems| Stop::Failed(format!("{problems:?}")))?);
    let account = given::stranger(json!({"note": text})).map_err(|error| Stop::Failed(error.to_string()))?;
    given::run(Some(account), &params).map_err(|error| error.to_string().into())
}

async fn good(it: &Subject<dyn Routine>) -> Done {
    let mut run = run(it, "good", "").await?;
    let reported = Arc::new(AtomicBool::new(false));
    let seen = reported.clone();
    run.progress = Progress::new(move |current, total| {
        seen.store((current, total) == (1.0, 3.0), Ordering::SeqCst);
    });
    let ended = it.extension.run(run).await;
    let expected = Outcome::Completed(json!({"packs_opened": 3}).as_object().cloned().unwrap_or_default());
    must(ended.as_ref() == Ok(&expected), || format!("{ended:?}"))?;
    must(reported.load(Ordering::SeqCst), || "progress 1 of 3 wasn't heard of".into())
}

async fn ends(it: &Subject<dyn Routine>, play: &str) -> Done {
    let ended = it.extension.run(run(it, play, "").await?).await;
    let reason = || String::from("as told");
    let expected = match play {
        "fails" => Outcome::Failed { reason: reason() },
        "skips" => Outcome::Skipped { reason: reason() },
        _ => Outcome::Returned { reason: reason() },
    };
    must(ended.as_ref() == Ok(&expected), || format!("{ended:?}"))
}

async fn echo(it: &Subject<dyn Routine>, text: &str) -> Done {
    match it.extension.run(run(it, "echo", text).await?).await {
        Ok(Outcome::Completed(result)) => {
            must(result.get("note") == Some(&json!(text)), || "the result isn't the account's field".into())
        }
        other => Err(format!("{other:?}").into()),
    }
}

async fn stops(it: &Subject<dyn Routine>) -> Done {
    let run = run(it, "hangs", "").await?;
    let stopping = run.stopping.clone();
    let routine = it.extension.clone();
    let running = tokio::spawn(async move { routine.run(run).await });
    stopping.cancel();
    let ended = running.await.map_err(|error| Stop::Failed(error.to_string()))?;
    must(matches!(ended, Ok(Outcome::Returned { .. })), || format!("{ended:?}"))
}

async fn late(it: &Subject<dyn Routine>, play: &str) -> Done {
    let ended = it.extension.run(run(it, play, "").await?).await;
    must(matches!(ended, Err(RoutineError::OverBudget(_) | RoutineError::TimedOut(_))), || {
        format!("{ended:?}")
    })?;
    is_well(it).await
}

async fn raises(it: &Subject<dyn Routine>, play: &str, words: &str) -> Done {
    match it.extension.run(run(it, play, "").await?).await {
        Err(RoutineError::Raised { message, .. }) => {
            must(message.contains(words), || format!("its words are lost: {message}"))?;
        }
        other => return Err(format!("it isn't the routine's error: {other:?}").into()),
    }
    is_well(it).await
}

async fn crashes(it: &Subject<dyn Routine>) -> Done {
    let ended = it.extension.run(run(it, "crashes", "").await?).await;
    must(matches!(ended, Ok(Outcome::Returned { .. })), || format!("{ended:?}"))?;
    is_well(it).await
}

/// The next run is as if nothing had been.
async fn is_well(it: &Subject<dyn Routine>) -> Done {
    let run = async || Ok::<_, Stop>(it.extension.run(run(it, "good", "").await?).await);
    match again(run, |ended| matches!(ended, Ok(Ok(Outcome::Returned { .. })))).await? {
        Ok(Outcome::Completed(_)) => Ok(()),
        other => Err(format!("the next run: {other:?}").into()),
    }
}
