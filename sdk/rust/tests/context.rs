//! What an extension may do while it answers: warn, look up, work that blocks, the workspace.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // tests

use std::path::Path;

use lariat_sdk::{
    Account, Context, Error, Hook, HookCall, NoParams, Opening, Outcome, Pool, Result, Routine, Run, Verdict,
    json, testing,
};

struct Careful;

impl Pool for Careful {
    const NAME: &'static str = "careful";
    const METHODS: &'static [&'static str] = &["fetch", "lookup"];
    type Params = NoParams;

    fn open(_: NoParams, _: &Opening) -> Result<Self> {
        Ok(Self)
    }

    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        ctx.warn("line 2 has no id");
        Ok(vec![Account::new(ctx.workspace().display().to_string())])
    }

    async fn lookup(&self, _: &Context, ids: &[String]) -> Result<Vec<Account>> {
        Ok(ids.iter().filter(|id| id.starts_with('a')).map(Account::new).collect())
    }
}

#[derive(Default)]
struct Blocks;

impl Routine for Blocks {
    const NAME: &'static str = "Blocks";
    type Params = NoParams;

    async fn run(&self, ctx: &Context, run: Run<NoParams>) -> Result<Outcome> {
        let within = ctx.clone();
        let wanted = run.account.map(|account| account.id).unwrap_or_default();
        let thread = ctx
            .blocking(move || {
                within.warn("from another thread");
                tracing::info!("here too");
                match wanted.as_str() {
                    "panics" => panic!("in the work"),
                    "fails" => Err(Error::unavailable("not now")),
                    _ => Ok(std::thread::current().name().map(str::to_owned)),
                }
            })
            .await?;
        Ok(Outcome::completed(json!({"thread": thread})))
    }
}

#[derive(Default)]
struct Idle;

impl Hook for Idle {
    const NAME: &'static str = "idle";
    const ON: &'static [&'static str] = &["before:validate"];
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: HookCall<NoParams>) -> Result<Verdict> {
        Ok(Verdict::deny(ctx.workspace().display().to_string()))
    }
}

/// Twice as many bots as there are.
#[derive(Default)]
struct Doubles;

impl Hook for Doubles {
    const NAME: &'static str = "doubles";
    const ON: &'static [&'static str] = &["after:launch_bots"];
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: HookCall<NoParams>) -> Result<Verdict> {
        let report = ctx.report().await?;
        let bots = report["launched_bots"].as_u64().and_then(|bots| u32::try_from(bots).ok());
        ctx.scale(2 * bots.unwrap_or_default()).await?;
        Ok(Verdict::Continue)
    }
}

#[test]
fn a_hook_looks_at_its_launch_and_changes_how_many_bots_it_has() {
    let hook = testing::hook::<Doubles>().unwrap();
    let judged = || hook.judge("after:launch_bots", json!({}), json!({}));
    assert_eq!(judged().unwrap_err().message(), "there is no launch");
    hook.launch_report(json!({"launched_bots": 3}));
    assert_eq!((judged().unwrap(), hook.scaled()), (Verdict::Continue, vec![6]));
}

#[test]
fn a_fetch_tells_its_warnings_once_and_knows_the_workspace() {
    let pool = testing::pool_in::<Careful>(json!({}), Path::new("/srv/bots")).unwrap();
    for _ in 0..2 {
        let (accounts, warnings) = pool.fetch_and_warnings().unwrap();
        assert_eq!((accounts[0].id.as_str(), warnings), ("/srv/bots", vec!["line 2 has no id".to_owned()]));
    }
    assert_eq!(pool.logs(), []);
}

#[test]
fn what_is_looked_up_is_what_is_known() {
    let pool = testing::pool::<Careful>(json!({})).unwrap();
    assert_eq!(pool.lookup(&["a1", "b1", "a2"]).unwrap(), [Account::new("a1"), Account::new("a2")]);
}

#[test]
fn work_that_blocks_has_a_thread_of_its_own() {
    let routine = testing::routine::<Blocks>().unwrap();
    let outcome = routine.run(json!({}), Some(&Account::new("a1"))).unwrap();
    assert_eq!(outcome, Outcome::completed(json!({"thread": "plugin-blocking"})));
    let lines: Vec<(String, String)> = routine.logs().into_iter().map(|it| (it.level, it.message)).collect();
    let line = |level: &str, message: &str| (level.to_owned(), message.to_owned());
    assert_eq!(lines, [line("info", "here too"), line("warn", "from another thread")]);
    let told = routine.run(json!({}), Some(&Account::new("fails"))).unwrap_err();
    assert_eq!(told, Error::unavailable("not now"));
    let told = routine.run(json!({}), Some(&Account::new("panics"))).unwrap_err();
    assert_eq!(told.message(), "panicked: in the work");
}

#[test]
fn hooks_know_the_workspace_as_far_as_it_is_told() {
    let hook = testing::hook::<Idle>().unwrap();
    assert_eq!(hook.judge("before:validate", json!({}), json!({})).unwrap(), Verdict::deny(""));
}
