//! What a host makes of each thing that an instance provider may do.

use std::sync::Arc;

use lariat_core::ids::InstanceId;
use lariat_core::instance::{InstanceProvider, InstanceState};

use super::{Sample, Stage, again, told};
use crate::case::{Case, Done, Stop, must};
use crate::{OpenProvider, Subject};

const ID: InstanceId = InstanceId(1);

/// Plays a sample of an instance provider, whose instances are down until they are started.
pub async fn provider(sample: &Sample<OpenProvider>) -> Vec<Case> {
    let mut stage = Stage::new(sample);
    let (it, hasty) = (&sample.patient, &sample.hasty);
    stage.play("good", "an instance is down, started, ready, stopped", good(it)).await;
    stage.play("fails", "a start that fails is told with its reason", told_as(it, "fails", "as told")).await;
    stage.play("hangs", "what waits for ever ends at its deadline", told_as(hasty, "hangs", "")).await;
    stage.play("deaf", "what doesn't hear of its end is given up", told_as(hasty, "deaf", "")).await;
    stage.play("panics", "a panic is an error of that call", told_as(it, "panics", "on purpose")).await;
    stage.play("nonsense", "a state that is none is an error", nonsense(it)).await;
    stage
        .play("crashes", "a crash is an error, and the next question is answered", told_as(it, "crashes", ""))
        .await;
    stage.end()
}

fn open(it: &Subject<OpenProvider>, play: &str) -> Result<Arc<dyn InstanceProvider>, Stop> {
    let opened = (it.extension)(&[InstanceId(0), ID], &told(&it.config, play, ""));
    opened.map_err(|problems| Stop::Failed(format!("{problems:?}")))
}

async fn probed(provider: &dyn InstanceProvider, expected: InstanceState) -> Done {
    let state = provider.probe(ID).await;
    must(state == Ok(expected), || format!("{state:?} isn't {expected:?}"))
}

async fn good(it: &Subject<OpenProvider>) -> Done {
    let provider = open(it, "good")?;
    probed(&*provider, InstanceState::Down).await?;
    provider.start(ID).await.map_err(|error| Stop::Failed(error.to_string()))?;
    probed(&*provider, InstanceState::Ready).await?;
    provider.stop(ID).await.map_err(|error| Stop::Failed(error.to_string()))?;
    probed(&*provider, InstanceState::Down).await
}

/// Its start is an error in these words, and the next question is answered.
async fn told_as(it: &Subject<OpenProvider>, play: &str, words: &str) -> Done {
    let provider = open(it, play)?;
    match provider.start(ID).await {
        Err(error) => must(error.message.contains(words), || format!("its words are lost: {error}"))?,
        Ok(()) => return Err("it started".into()),
    }
    again(async || probed(&*provider, InstanceState::Down).await, Result::is_err).await
}

async fn nonsense(it: &Subject<OpenProvider>) -> Done {
    let provider = open(it, "nonsense")?;
    let state = provider.probe(ID).await;
    must(state.is_err(), || format!("{state:?}"))?;
    provider.start(ID).await.map_err(|error| error.to_string().into())
}
