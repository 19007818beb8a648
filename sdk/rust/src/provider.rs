//! Instance providers.

use std::future::Future;

use serde::Deserialize;
use serde_json::json;

use crate::extension::{Instance, Pending, answer, method_missing, payload};
use crate::{Context, Opening, Params, Result, State};

/// Provides what bots run on; `instances:` in `lariat.yaml` names it. One value is one entry
/// there, with the ids in [`Opening::instances`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an instance provider",
    note = "`providers:` in export! takes types that implement lariat_sdk::Provider"
)]
pub trait Provider: Sized + Send + Sync + 'static {
    /// The word for it in `lariat.yaml`.
    const NAME: &'static str;
    /// For people.
    const DESCRIPTION: &'static str = "";
    /// What the entry's `config` holds.
    type Params: Params;

    /// Gets ready to serve the instances; starts none. May block.
    ///
    /// # Errors
    /// When the parameters don't fit together.
    fn open(params: Self::Params, opening: &Opening) -> Result<Self>;

    /// Starts an instance that is down; it becomes ready later.
    ///
    /// # Errors
    /// When it can't be started.
    fn start(&self, ctx: &Context, instance: u32) -> impl Future<Output = Result<()>> + Send;

    /// How the instance is.
    ///
    /// # Errors
    /// When that can't be told.
    fn probe(&self, ctx: &Context, instance: u32) -> impl Future<Output = Result<State>> + Send;

    /// Stops an instance that this engine started.
    ///
    /// # Errors
    /// When it can't be stopped.
    fn stop(&self, ctx: &Context, instance: u32) -> impl Future<Output = Result<()>> + Send;
}

#[derive(Deserialize)]
struct Which {
    instance: u32,
}

pub(crate) struct Opened<P>(pub(crate) P);

impl<P: Provider> Instance for Opened<P> {
    fn call<'a>(&'a self, ctx: &'a Context, method: &'a str, given: &'a [u8]) -> Pending<'a> {
        Box::pin(async move {
            let which = || payload::<Which>(method, given).map(|which| which.instance);
            match method {
                "start" => self.0.start(ctx, which()?).await?,
                "stop" => self.0.stop(ctx, which()?).await?,
                "probe" => return answer(&json!({"state": self.0.probe(ctx, which()?).await?})),
                _ => return Err(method_missing("provider", P::NAME, method)),
            }
            Ok(Vec::new())
        })
    }
}
