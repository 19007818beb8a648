//! The instance provider `{{name}}`. `lariat.yaml` says which instances there are:
//!
//! ```yaml
//! instances:
//! - {provider: {{name}}, ids: "0-3"}
//! ```

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lariat_sdk::{Context, Opening, Provider, Result, State};

/// What an entry's `config:` holds. Doc comments become descriptions.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// How many milliseconds an instance takes to be ready.
    #[serde(default)]
    boot_ms: u64,
}

/// The instances of one entry.
pub struct {{type}} {
    boot: Duration,
    started: Mutex<HashMap<u32, Instant>>,
}

impl {{type}} {
    fn started(&self) -> MutexGuard<'_, HashMap<u32, Instant>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider for {{type}} {
    const NAME: &'static str = "{{name}}";
    const DESCRIPTION: &'static str = "Says what it starts and stops";
    type Params = Config;

    /// Gets ready to serve the instances; starts none.
    fn open(config: Config, _: &Opening) -> Result<Self> {
        Ok(Self { boot: Duration::from_millis(config.boot_ms), started: Mutex::default() })
    }

    /// Starts one that is down; it becomes ready later.
    async fn start(&self, _: &Context, instance: u32) -> Result<()> {
        self.started().insert(instance, Instant::now());
        Ok(())
    }

    /// How one is. Asked before each use, and again and again while it is starting.
    async fn probe(&self, _: &Context, instance: u32) -> Result<State> {
        Ok(match self.started().get(&instance) {
            None => State::Down,
            Some(since) if since.elapsed() < self.boot => State::Starting,
            Some(_) => State::Ready,
        })
    }

    /// Stops one.
    async fn stop(&self, _: &Context, instance: u32) -> Result<()> {
        self.started().remove(&instance);
        Ok(())
    }
}

lariat_sdk::export! {
    id: "{{file}}",
    description: "{{offers}}",
    providers: [{{type}}],
}
