//! The hook `launch_reports`.

use std::time::Duration;

use lariat_sdk::{Context, Error, Hook, HookCall, Level, Result, Seconds, Verdict};

use crate::report;
use crate::send::{Attempt, Sender};

/// Its settings in `lariat.yaml`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// Where reports go by POST: http:// or https://.
    pub(crate) url: String,
    /// The environment variable that holds the secret that reports are signed with.
    pub(crate) secret_env: Option<String>,
    /// How often a report is sent before it is given up.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 10))]
    attempts: u32,
    /// How long one attempt may take; 5s if absent.
    pub(crate) attempt_timeout: Option<Seconds>,
    /// The HTTP proxy to go through; the system's isn't used.
    pub(crate) proxy: Option<String>,
}

fn four() -> u32 {
    4
}

/// The longest pause between two attempts, whatever the receiver asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The hook.
#[derive(Default)]
pub struct Webhook;

impl Hook for Webhook {
    const NAME: &'static str = "launch_reports";
    const DESCRIPTION: &'static str = "Reports launches to a URL, signed and retried";
    const ON: &'static [&'static str] = &["after:launch_bots", "after:release"];
    const BAND: &'static str = "late";
    const ON_ERROR: &'static str = "warn";
    const TIMEOUT: &'static str = "1m";
    type Params = Config;

    async fn run(&self, ctx: &Context, call: HookCall<Config>) -> Result<Verdict> {
        let sender = Sender::new(&call.params)?;
        let (event, body) = report::of(&call);
        if call.dry_run {
            ctx.log(Level::Info, format!("would report {event} to {}", sender.host()));
            return Ok(Verdict::Continue);
        }
        let delivery = format!("{}:{event}", call.launch_id);
        let body = body.to_string();
        let mut pause = Duration::from_secs(1);
        let mut attempt = 1;
        loop {
            match sender.send(&delivery, event, &body) {
                Attempt::Delivered => return Ok(Verdict::Continue),
                Attempt::Refused(why) => return Err(Error::failed(format!("{event}: {why}"))),
                Attempt::Failed(why, _) if attempt >= call.params.attempts => {
                    return Err(Error::failed(format!("{event}: given up after {attempt} attempts: {why}")));
                }
                Attempt::Failed(why, wanted) => {
                    ctx.log(Level::Debug, format!("{event}: attempt {attempt}: {why}"));
                    ctx.sleep(wanted.unwrap_or(pause).min(LONGEST_PAUSE)).await?;
                }
            }
            attempt += 1;
            pause *= 2;
        }
    }
}
