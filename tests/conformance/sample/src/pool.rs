//! Accounts as it is told.

use std::sync::Mutex;

use lariat_sdk::{Account, Claim, Context, Error, Opening, Outcome, Pool, Result, json};

use crate::{Told, misbehave};

/// One open pool.
pub struct Played {
    told: Told,
    settled: Mutex<Vec<Account>>,
}

impl Pool for Played {
    const NAME: &'static str = "played_pool";
    type Params = Told;

    fn open(told: Told, _: &Opening) -> Result<Self> {
        Ok(Self { told, settled: Mutex::default() })
    }

    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        misbehave(ctx, &self.told.play).await?;
        let three =
            || ["a", "b", "c"].into_iter().zip(1..).map(|(id, n)| Account::new(id).with("pack_count", n));
        Ok(match self.told.play.as_str() {
            "empty" => Vec::new(),
            "many" => (0..100_000).map(|n| Account::new(format!("n{n}")).with("pack_count", n)).collect(),
            "echo" => vec![Account::new("echo").with("note", self.told.text.as_str())],
            "settles" => self.settled.lock().map_err(|_| Error::failed("poisoned"))?.clone(),
            "repeats" => three().chain([Account::new("a").with("pack_count", 7)]).collect(),
            "bad_ids" => {
                let mut all: Vec<Account> = three().collect();
                if let Some(second) = all.get_mut(1) {
                    second.id.clear();
                }
                all
            }
            _ => three().collect(),
        })
    }

    async fn claim(&self, _: &Context, account: &Account) -> Result<Claim> {
        if let ("echo", Some(note)) = (self.told.play.as_str(), account.text("note")) {
            return Ok(Claim::Refused(note.to_owned()));
        }
        Ok(if account.id == "b" { Claim::Refused("taken".into()) } else { Claim::Granted })
    }

    async fn settle(&self, _: &Context, account: &str, outcome: &Outcome) -> Result<()> {
        let (word, note) = match outcome {
            Outcome::Completed { result } => ("completed", result.get("note").cloned().unwrap_or_default()),
            Outcome::Failed { reason } => ("failed", json!(reason)),
            Outcome::Skipped { reason } => ("skipped", json!(reason)),
            Outcome::Returned { reason } => ("returned", json!(reason)),
        };
        let settled = Account::new(format!("{account}/{word}")).with("note", note);
        self.settled.lock().map_err(|_| Error::failed("poisoned"))?.push(settled);
        Ok(())
    }
}
