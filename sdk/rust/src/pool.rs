//! Pool types.

use std::future::Future;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::extension::{Instance, Pending, answer, method_missing, payload};
use crate::{Account, Claim, Context, Opening, Outcome, Params, Result};

/// A pool type: `type:` in a pool's definition names it, `config:` holds its parameters. One
/// value is one open pool; its methods may be called by several threads at once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pool type",
    note = "`pools:` in export! takes types that implement lariat_sdk::Pool"
)]
pub trait Pool: Sized + Send + Sync + 'static {
    /// The word for it in a definition's `type`.
    const NAME: &'static str;
    /// For people.
    const DESCRIPTION: &'static str = "";
    /// What the engine calls; leave out what you don't implement, to spare the calls.
    const METHODS: &'static [&'static str] = &["fetch", "claim", "settle"];
    /// What a definition's `config` holds.
    type Params: Params;

    /// Opens the source of one pool; the first fetch follows. May block.
    ///
    /// # Errors
    /// When the parameters don't fit together, or the source isn't there.
    fn open(params: Self::Params, opening: &Opening) -> Result<Self>;

    /// Selects the accounts in the order to serve; called at each refresh. An id that comes
    /// twice keeps its first place. [`Context::warn`] tells what was passed over.
    ///
    /// # Errors
    /// When nothing could be selected: the pool then keeps what it has.
    fn fetch(&self, ctx: &Context) -> impl Future<Output = Result<Vec<Account>>> + Send;

    /// The accounts of these ids, in any order, without those that aren't known; asked for
    /// ids that a definition includes by name. Name `lookup` in [`METHODS`](Self::METHODS) with it.
    ///
    /// # Errors
    /// When they couldn't be looked up.
    fn lookup(&self, ctx: &Context, ids: &[String]) -> impl Future<Output = Result<Vec<Account>>> + Send {
        let _ = (ctx, ids);
        async { Ok(Vec::new()) }
    }

    /// Asks an outside authority for an account that was just leased.
    ///
    /// # Errors
    /// When it couldn't be asked: the account goes back, nothing counted.
    fn claim(&self, ctx: &Context, account: &Account) -> impl Future<Output = Result<Claim>> + Send {
        let _ = (ctx, account);
        async { Ok(Claim::Granted) }
    }

    /// Tells the outside authority, after the settlement is durable. May come more than once
    /// for one lease.
    ///
    /// # Errors
    /// Are logged; the settlement stands.
    fn settle(
        &self,
        ctx: &Context,
        account: &str,
        outcome: &Outcome,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (ctx, account, outcome);
        async { Ok(()) }
    }
}

#[derive(Serialize)]
struct Fetched {
    accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Wanted {
    ids: Vec<String>,
}

#[derive(Deserialize)]
struct Claimed {
    account: Account,
}

#[derive(Deserialize)]
struct Settled {
    account: String,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(crate) struct Opened<P>(pub(crate) P);

impl<P: Pool> Instance for Opened<P> {
    fn call<'a>(&'a self, ctx: &'a Context, method: &'a str, given: &'a [u8]) -> Pending<'a> {
        Box::pin(async move {
            match method {
                "fetch" => {
                    let accounts = self.0.fetch(ctx).await?;
                    answer(&Fetched { accounts, warnings: ctx.operation.take_warnings() })
                }
                "lookup" => {
                    let Wanted { ids } = payload(method, given)?;
                    let accounts = self.0.lookup(ctx, &ids).await?;
                    answer(&Fetched { accounts, warnings: ctx.operation.take_warnings() })
                }
                "claim" => {
                    let Claimed { account } = payload(method, given)?;
                    answer(&match self.0.claim(ctx, &account).await? {
                        Claim::Granted => json!({"granted": true}),
                        Claim::Refused(reason) => json!({"granted": false, "reason": reason}),
                    })
                }
                "settle" => {
                    let Settled { account, outcome } = payload(method, given)?;
                    self.0.settle(ctx, &account, &outcome).await?;
                    Ok(Vec::new())
                }
                _ => Err(method_missing("pool", P::NAME, method)),
            }
        })
    }
}
