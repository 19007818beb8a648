//! What an extension may ask the engine while it answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::host::Host;
use crate::operation::Operation;
use crate::{Error, Result};

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For whoever follows each step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// For everybody.
    Info,
    /// Something to look at.
    Warn,
    /// Something that went wrong.
    Error,
}

/// The engine, as one operation sees it. Cheap to clone; may be kept and used from any thread,
/// but once the operation is over it only logs.
#[derive(Clone)]
pub struct Context {
    pub(crate) host: Host,
    pub(crate) operation: Arc<Operation>,
    pub(crate) workspace: Arc<Path>,
}

impl Context {
    /// Writes to the engine's log, with the launch, group and account that the engine knows.
    pub fn log(&self, level: Level, message: impl AsRef<str>) {
        self.log_with(level, message, json!({}));
    }

    /// The same with fields: an object.
    pub fn log_with(&self, level: Level, message: impl AsRef<str>, fields: Value) {
        let line = json!({"level": level, "message": message.as_ref(), "fields": fields});
        self.host.tell(self.operation.id, "ctx.log", &line);
    }

    /// Tells something about the accounts of a `fetch`, such as a line of a file that can't be
    /// used: the engine shows it with the pool. Of other methods it is a line of the log.
    pub fn warn(&self, message: impl Into<String>) {
        self.operation.warn(message.into());
    }

    /// The workspace's folder, absolute; relative paths of users are meant from there on.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Does work that blocks on a thread of its own, and gives its result; meanwhile other
    /// futures of the same run go on. When the run is given up the work isn't waited for: it
    /// holds what it needs, and looks at [`stopping`](Self::stopping) of a clone of this.
    ///
    /// # Errors
    /// When no thread can be had. A panic of the work goes on in whoever awaits it.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        crate::blocking::run(self, work).await
    }

    /// Reports that `current` of `total` steps are done. Routines only.
    pub fn progress(&self, current: f64, total: f64) {
        self.host.tell(self.operation.id, "ctx.progress", &json!({"current": current, "total": total}));
    }

    /// What came of the launch so far: an object as `lariat launch --json` tells it. Hooks only.
    ///
    /// # Errors
    /// While a plan is only tried, and with an engine that doesn't tell it.
    pub async fn report(&self) -> Result<Value> {
        self.ask("ctx.report", &json!({})).await
    }

    /// Changes how many bots the launch has; gives how many run from now on. Hooks only.
    ///
    /// # Errors
    /// When its bots haven't been launched, or have ended; while a plan is only tried.
    pub async fn scale(&self, bots: u32) -> Result<u32> {
        let running = self.ask("ctx.scale", &json!({"bots": bots})).await?;
        serde_json::from_value(running).map_err(|error| Error::failed(format!("ctx.scale: {error}")))
    }

    /// Waits by the engine's clock, which tests turn by hand.
    ///
    /// # Errors
    /// At once when the operation was told to end: pass it on with `?`.
    pub async fn sleep(&self, duration: Duration) -> Result<()> {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.ask("ctx.sleep", &json!({"ms": ms})).await.map(drop)
    }

    /// Whether the operation was told to end: come to an end in your own good time.
    pub fn stopping(&self) -> bool {
        self.operation.told() != 0
    }

    /// Reads what this extension keeps under a key; nothing if there is nothing.
    ///
    /// # Errors
    /// When the store can't be read, or holds something of another type.
    pub async fn load<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.ask("ctx.store.get", &json!({"key": key})).await?;
        serde_json::from_value(value).map_err(|error| Error::failed(format!("stored {key}: {error}")))
    }

    /// Keeps a value under a key, durably.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn store(&self, key: &str, value: &impl Serialize) -> Result<()> {
        let value = serde_json::to_value(value)?;
        self.ask("ctx.store.set", &json!({"key": key, "value": value})).await.map(drop)
    }

    /// Asks the host anything by the method's name, for what a newer host has.
    ///
    /// # Errors
    /// As the host says; a method that it doesn't know is unsupported.
    pub async fn ask(&self, method: &str, payload: &Value) -> Result<Value> {
        self.host.ask(self.operation.id, method, payload).await
    }
}
