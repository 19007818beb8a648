//! Hooks.

use std::future::Future;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::extension::{Instance, Pending, answer, method_missing, payload};
use crate::{Context, Params, Result, Verdict};

/// A hook around the phases of a launch; `hooks:` in `lariat.yaml` changes its settings, and
/// holds its parameters. One value serves all launches, several at once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook",
    note = "`hooks:` in export! takes types that implement lariat_sdk::Hook"
)]
pub trait Hook: Default + Send + Sync + 'static {
    /// Its id.
    const NAME: &'static str;
    /// For people.
    const DESCRIPTION: &'static str = "";
    /// When it runs: `before:validate`, `after:launch_bots`, `error:acquire_instances`, ….
    const ON: &'static [&'static str];
    /// Which hooks it runs among: `early`, `normal`, `late`.
    const BAND: &'static str = "normal";
    /// Its place in the band; smaller is earlier.
    const ORDER: i32 = 0;
    /// What its failure means for the launch: `deny`, `warn`, `ignore`.
    const ON_ERROR: &'static str = "deny";
    /// How long it may take, such as `2s`.
    const TIMEOUT: &'static str = "5s";
    /// Its parameters.
    type Params: Params;

    /// One answer.
    ///
    /// # Errors
    /// When it broke; its `on_error` decides what that means.
    fn run(
        &self,
        ctx: &Context,
        call: HookCall<Self::Params>,
    ) -> impl Future<Output = Result<Verdict>> + Send;
}

/// Everything one answer is given from.
#[derive(Debug, Clone, Deserialize)]
pub struct HookCall<P> {
    /// Which moment of which phase.
    pub point: String,
    /// Which launch.
    pub launch_id: String,
    /// Of which group.
    pub group: String,
    /// The plan as it stands.
    #[serde(default)]
    pub plan: Map<String, Value>,
    /// The hook's own parameters, checked and with their defaults.
    pub params: P,
    /// The instances that were acquired.
    #[serde(default)]
    pub instances: Vec<u32>,
    /// The phases that went well so far.
    #[serde(default)]
    pub completed: Vec<String>,
    /// On an error: which phase failed and why. In `release`: what ended the launch.
    #[serde(default)]
    pub failure: Option<Value>,
    /// How often this hook asked for a retry at this point before.
    #[serde(default)]
    pub retries: u32,
    /// Whether nothing is carried out: the hook only tells what it would say.
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) struct Ready<H>(pub(crate) H);

impl<H: Hook> Instance for Ready<H> {
    fn call<'a>(&'a self, ctx: &'a Context, method: &'a str, given: &'a [u8]) -> Pending<'a> {
        Box::pin(async move {
            match method {
                "run" => answer(&self.0.run(ctx, payload(method, given)?).await?),
                _ => Err(method_missing("hook", H::NAME, method)),
            }
        })
    }
}
