//! Instances that are down until they are started.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lariat_sdk::{Context, Error, Opening, Provider, Result, State};

use crate::{Told, misbehave};

/// One entry of `instances:`.
pub struct Played {
    told: Told,
    up: Mutex<BTreeSet<u32>>,
}

impl Provider for Played {
    const NAME: &'static str = "played_boxes";
    type Params = Told;

    fn open(told: Told, _: &Opening) -> Result<Self> {
        Ok(Self { told, up: Mutex::default() })
    }

    async fn start(&self, ctx: &Context, instance: u32) -> Result<()> {
        misbehave(ctx, &self.told.play).await?;
        if self.told.play == "fails" {
            return Err(Error::failed("as told"));
        }
        self.up.lock().map_err(|_| Error::failed("poisoned"))?.insert(instance);
        Ok(())
    }

    async fn probe(&self, _: &Context, instance: u32) -> Result<State> {
        let up = self.up.lock().map_err(|_| Error::failed("poisoned"))?;
        Ok(if up.contains(&instance) { State::Ready } else { State::Down })
    }

    async fn stop(&self, _: &Context, instance: u32) -> Result<()> {
        self.up.lock().map_err(|_| Error::failed("poisoned"))?.remove(&instance);
        Ok(())
    }
}
