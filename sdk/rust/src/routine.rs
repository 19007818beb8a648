//! Routines.

use std::future::Future;

use serde::Deserialize;

use crate::extension::{Instance, Pending, answer, method_missing, payload};
use crate::{Account, Context, Outcome, Params, Result};

/// A routine: `routine:` in a group names it, `config:` there holds its parameters. One value
/// serves all runs of all groups, several at once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a routine",
    note = "`routines:` in export! takes types that implement lariat_sdk::Routine"
)]
pub trait Routine: Default + Send + Sync + 'static {
    /// The name that groups use.
    const NAME: &'static str;
    /// For people.
    const DESCRIPTION: &'static str = "";
    /// What a group's `config` holds.
    type Params: Params;

    /// One run, with one account or with none.
    ///
    /// # Errors
    /// Count as a failure of the account; [`Error::unavailable`](crate::Error::unavailable)
    /// and [`Error::cancelled`](crate::Error::cancelled) give it back uncounted.
    fn run(&self, ctx: &Context, run: Run<Self::Params>) -> impl Future<Output = Result<Outcome>> + Send;
}

/// Everything one run gets.
#[derive(Debug, Clone, Deserialize)]
pub struct Run<P> {
    /// The account, when the group has a pool. Its secrets are in clear text.
    #[serde(default)]
    pub account: Option<Account>,
    /// The parameters, checked and with their defaults.
    pub params: P,
    /// Which launch this is.
    pub launch_id: String,
    /// Of which group.
    pub group: String,
    /// On which instance.
    pub instance: u32,
}

pub(crate) struct Ready<R>(pub(crate) R);

impl<R: Routine> Instance for Ready<R> {
    fn call<'a>(&'a self, ctx: &'a Context, method: &'a str, given: &'a [u8]) -> Pending<'a> {
        Box::pin(async move {
            match method {
                "run" => answer(&self.0.run(ctx, payload(method, given)?).await?),
                _ => Err(method_missing("routine", R::NAME, method)),
            }
        })
    }
}
