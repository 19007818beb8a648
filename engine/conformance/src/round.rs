//! Runs one case after the other: each ends, whatever the extension does.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use crate::case::{Case, Done, Stop, Verdict, not_applicable};
use crate::{Faults, Host, Patience};

/// How often is looked whether something has come about.
const EVERY: Duration = Duration::from_millis(10);

/// The cases of one extension.
pub(crate) struct Round {
    host: Arc<dyn Host>,
    pub(crate) patience: Patience,
    cases: Vec<Case>,
}

impl Round {
    pub(crate) fn new(host: Arc<dyn Host>, patience: Patience) -> Self {
        Self { host, patience, cases: Vec::new() }
    }

    /// Runs a case in which nothing may go wrong unnoticed by its answers.
    pub(crate) async fn case(
        &mut self,
        name: &'static str,
        about: &'static str,
        body: impl Future<Output = Done>,
    ) {
        self.run(name, about, body, |before, after| {
            if after.abandoned > before.abandoned {
                return Some("a call was given up, since it didn't end in time".into());
            }
            let extra = after.dropped.saturating_sub(before.dropped);
            (extra > 0).then(|| format!("it answered {extra} times more than it was asked"))
        })
        .await;
    }

    /// Runs the case of a generation that is replaced, where its host can load the next one.
    pub(crate) async fn replaced<N>(&mut self, next: Option<&N>, body: impl AsyncFnOnce(&N) -> Done) {
        let replaced = async {
            let Some(next) = next else { return not_applicable("its host loads no other generation") };
            body(next).await
        };
        self.case("replaced", "another generation takes over while this one works", replaced).await;
    }

    /// Runs a case that gives calls up itself: they end soon, and nothing breaks by it.
    pub(crate) async fn giving_up(
        &mut self,
        name: &'static str,
        about: &'static str,
        body: impl Future<Output = Done>,
    ) {
        let (host, patience) = (self.host.clone(), self.patience);
        let inside = host.faults().inside;
        let body = async move {
            body.await?;
            let out = until(patience.end, || host.faults().inside <= inside).await;
            if out {
                Ok(())
            } else {
                Err(Stop::Failed(format!(
                    "a call that was told to end is still inside after {:?}; look at `cancelled` \
                     (in Rust, await or ctx.stopping())",
                    patience.end
                )))
            }
        };
        self.run(name, about, body, |_, _| None).await;
    }

    /// Runs a case that provokes faults, which aren't told: its body says what must come of them.
    pub(crate) async fn expecting_faults(
        &mut self,
        name: &'static str,
        about: &'static str,
        body: impl Future<Output = Done>,
    ) {
        let verdict = self.verdict(body).await;
        self.cases.push(Case { name, about, verdict });
    }

    async fn verdict(&self, body: impl Future<Output = Done>) -> Verdict {
        match tokio::time::timeout(self.patience.case, AssertUnwindSafe(body).catch_unwind()).await {
            Ok(Ok(Ok(()))) => Verdict::Ok,
            Ok(Ok(Err(Stop::Failed(why)))) => Verdict::Failed(why),
            Ok(Ok(Err(Stop::NotApplicable(why)))) => Verdict::NotApplicable(why),
            Ok(Err(panic)) => Verdict::Failed(format!("it panicked: {}", words(panic.as_ref()))),
            Err(_) => Verdict::Failed(format!("it hung for {:?}", self.patience.case)),
        }
    }

    async fn run(
        &mut self,
        name: &'static str,
        about: &'static str,
        body: impl Future<Output = Done>,
        told: impl Fn(&Faults, &Faults) -> Option<String>,
    ) {
        let before = self.host.faults();
        let mut verdict = self.verdict(body).await;
        // What its calls didn't tell.
        let after = self.host.faults();
        if !verdict.is_failed() {
            if after.deaths > before.deaths {
                verdict = Verdict::Failed("its process died, or had to be ended since it hung".into());
            } else if let Some(why) = told(&before, &after) {
                verdict = Verdict::Failed(why);
            }
        }
        self.cases.push(Case { name, about, verdict });
    }

    /// Whether a case failed.
    pub(crate) fn has_failed(&self, name: &str) -> bool {
        self.cases.iter().any(|case| case.name == name && case.verdict.is_failed())
    }

    /// What came of them.
    pub(crate) fn end(self) -> Vec<Case> {
        self.cases
    }
}

/// Waits until something holds; whether it does.
pub(crate) async fn until(limit: Duration, holds: impl Fn() -> bool) -> bool {
    let look = async {
        while !holds() {
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::time::timeout(limit, look).await.is_ok()
}

/// Begins something, and gives it up in the middle: once it has been waited for a moment.
/// Gives its output if it was faster.
pub(crate) async fn give_up<F: Future>(what: F) -> Option<F::Output> {
    tokio::time::timeout(EVERY, what).await.ok()
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
