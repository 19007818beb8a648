//! Plugins asked through core's traits: answers, errors, what hangs, what lies.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Bench, only};
use lariat_core::account::Account;
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
use lariat_core::instance::InstanceState;
use lariat_core::kv::KeyValueStore;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Progress, RoutineRun};
use lariat_core::source::{AccountSource, Claim, SourceError};
use lariat_native::{NativeHost, Plugin};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

fn definition(mode: &str) -> PoolDefinition {
    serde_json::from_value(json!({"name": "P", "type": "fixture", "config": {"mode": mode}})).unwrap()
}

async fn source(plugin: &Arc<Plugin>, mode: &str) -> Arc<dyn AccountSource> {
    plugin.pool_types()[0].open(&definition(mode)).await.unwrap()
}

/// A host whose fetches end soon.
fn impatient(bench: &Bench) -> NativeHost {
    let mut options = bench.options();
    options.deadlines.fetch = Duration::from_millis(50);
    NativeHost::new(options)
}

fn account(id: &str) -> Account {
    Account::new(AccountId::new(id).unwrap(), [("password".to_owned(), Value::from("hunter2"))])
}

#[tokio::test]
async fn a_pool_is_fetched_claimed_and_settled() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let source = source(&plugin, "good").await;
    let selection = source.fetch().await.unwrap();
    let ids: Vec<String> = selection.accounts.iter().map(|row| row.id().to_owned()).collect();
    assert_eq!(ids, ["1.0.0", "b"]);
    assert_eq!(selection.accounts[0].unpack().unwrap().get("n"), Some(&json!(1)));
    let again = "an id came again 1 time, and only its first account counts: b";
    assert_eq!(selection.warnings, ["account 1 has no id; it was passed over", again]);
    assert_eq!(source.claim(&account("a")).await, Ok(Claim::Granted));
    assert_eq!(source.claim(&account("b")).await, Ok(Claim::Refused("taken".into())));
    // It is listed, and isn't there: that is as if it did nothing.
    let failed = Outcome::Failed { reason: "no luck".into() };
    assert_eq!(source.settle(&AccountId::new("a").unwrap(), &failed).await, Ok(()));
}

#[tokio::test]
async fn a_definition_is_checked_before_the_plugin_is_asked() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let wrong: PoolDefinition =
        serde_json::from_value(json!({"name": "P", "type": "fixture", "config": {"mod": "x"}})).unwrap();
    let problems = plugin.pool_types()[0].problems(&wrong);
    assert_eq!(problems[0].to_string(), "config.mod: unknown parameter \"mod\"; did you mean \"mode\"?");
    let told = plugin.pool_types()[0].open(&definition("refuses-to-open")).await.err().unwrap();
    let words = "plugin fixture 1.0.0: fixture.open: no such server";
    assert_eq!(told, SourceError::Unavailable(words.into()));
}

#[tokio::test]
async fn an_error_names_plugin_version_and_method() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let told = source(&plugin, "fails").await.fetch().await.unwrap_err().to_string();
    assert_eq!(told, "plugin fixture 1.0.0: fixture.fetch: no luck\nline 3");
    let told = source(&plugin, "nonsense").await.fetch().await.unwrap_err().to_string();
    assert!(told.contains("fixture.fetch: its answer can't be used"), "{told}");
}

#[tokio::test]
async fn the_first_answer_counts_and_the_second_is_counted() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let selection = source(&plugin, "twice").await.fetch().await.unwrap();
    assert_eq!(selection.accounts[0].id(), "first");
    // The call is out when the next one on its handle has come in.
    let again = source(&plugin, "good").await;
    again.fetch().await.unwrap();
    while plugin.dropped() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((plugin.dropped(), plugin.abandoned()), (1, 0));
}

#[tokio::test]
async fn a_call_past_its_deadline_is_told_to_end() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let mut options = bench.options();
    options.deadlines.fetch = Duration::from_millis(50);
    // It hears of its end, and so it ends, however long a busy machine takes for that.
    options.deadlines.grace = Duration::from_secs(600);
    let plugin = only(&NativeHost::new(options));
    let told = source(&plugin, "hangs").await.fetch().await.unwrap_err();
    assert!(
        matches!(&told, SourceError::Unavailable(why) if why.contains("took longer than 50ms")),
        "{told}"
    );
    assert_eq!(plugin.abandoned(), 0);
}

#[tokio::test]
async fn one_that_does_not_hear_is_given_up_and_stands_in_nobodys_way() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&impatient(&bench));
    let source = source(&plugin, "deaf").await;
    assert!(matches!(source.fetch().await, Err(SourceError::Unavailable(_))));
    assert_eq!(plugin.abandoned(), 1);
    // The handle takes one call at a time, and that one is still inside: another is opened.
    assert_eq!(source.claim(&account("a")).await, Ok(Claim::Granted));
    while plugin.dropped() == 0 {
        tokio::task::yield_now().await;
    }
}

fn run(account: Option<Account>, progress: Progress) -> RoutineRun {
    RoutineRun {
        account: account.map(Arc::new),
        params: Arc::new(Map::new()),
        launch: LaunchId::random(),
        group: GroupName::new("G").unwrap(),
        instance: InstanceId(0),
        generation: 1,
        stopping: CancellationToken::new(),
        progress,
    }
}

/// One whose `call` comes back at once, whether it has answered or not.
#[tokio::test]
async fn an_answer_may_come_with_the_call_or_after_it_or_never() {
    let bench = Bench::new();
    bench.plugin("p", &["CAN=LARIAT_CAN_CONCURRENT|LARIAT_CAN_ASYNC"]);
    let plugin = only(&impatient(&bench));
    assert_eq!(source(&plugin, "good").await.fetch().await.unwrap().accounts.len(), 2);
    let told = source(&plugin, "fails").await.fetch().await.unwrap_err().to_string();
    assert!(told.contains("no luck"), "{told}");
    let later = source(&plugin, "later").await;
    let (one, other) = tokio::join!(later.fetch(), later.fetch());
    assert_eq!((one.unwrap().accounts[0].id(), other.unwrap().accounts[0].id()), ("later", "later"));
    assert_eq!((plugin.abandoned(), plugin.dropped()), (0, 0));

    let told = source(&plugin, "when_told").await.fetch().await.unwrap_err().to_string();
    assert!(told.contains("took longer than 50ms"), "{told}");
    assert_eq!(plugin.abandoned(), 0, "it ended when it was told to");
    let told = source(&plugin, "never").await.fetch().await.unwrap_err().to_string();
    assert!(told.contains("took longer than 50ms"), "{told}");
    // Nothing of it is inside: it is given up, and hinders nobody.
    assert_eq!((plugin.abandoned(), plugin.stuck()), (1, 0));

    // Nobody waits any more: it is told, and its answer is nobody's.
    let dropped = source(&plugin, "later").await;
    tokio::time::timeout(Duration::from_millis(1), dropped.fetch()).await.unwrap_err();
    assert_eq!(plugin.abandoned(), 2);
    while plugin.dropped() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let answered = |usage: &lariat_native::ExtensionUsage| (usage.calls.calls, usage.calls.errors);
    assert_eq!(answered(&plugin.usage()[0]), (7, 4));
}

#[tokio::test(start_paused = true)]
async fn a_routine_sleeps_by_the_engines_clock_reports_and_remembers() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let reports = Arc::new(Mutex::new(Vec::new()));
    let told = reports.clone();
    let progress = Progress::new(move |current, total| told.lock().unwrap().push((current, total)));
    let outcome = plugin.routines()[0].run(run(Some(account("a")), progress)).await.unwrap();
    assert_eq!(outcome, Outcome::Completed(json!({"packs_opened": 3}).as_object().unwrap().clone()));
    assert_eq!(*reports.lock().unwrap(), [(1.0, 2.0)]);
    assert_eq!(bench.kv.get("Run_fixture", "k").await.unwrap(), Some(json!(7)));
}

#[tokio::test]
async fn bots_of_a_plugin_that_takes_one_call_at_a_time_do_not_wait_for_each_other() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let routine = plugin.routines().remove(0);
    let (sender, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let stopping = CancellationToken::new();
    let bots: Vec<_> = (0..3)
        .map(|_| {
            let (routine, sender) = (routine.clone(), sender.clone());
            let mut run = run(Some(account("a")), Progress::new(move |_, _| sender.send(()).unwrap()));
            run.stopping = stopping.clone();
            tokio::spawn(async move { routine.run(run).await })
        })
        .collect();
    for _ in 0..3 {
        begun.recv().await.unwrap();
    }
    // All three are in their hour of sleep. Told to stop, they end at once, uncounted.
    stopping.cancel();
    for bot in bots {
        assert_eq!(bot.await.unwrap().unwrap(), Outcome::Returned { reason: "told to end".into() });
    }
}

#[tokio::test]
async fn a_run_that_is_dropped_is_told_to_end() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    let (sender, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let run = run(None, Progress::new(move |_, _| sender.send(()).unwrap()));
    let routine = plugin.routines().remove(0);
    let bot = tokio::spawn(async move { routine.run(run).await });
    begun.recv().await.unwrap();
    bot.abort();
    assert!(bot.await.unwrap_err().is_cancelled());
    assert_eq!(plugin.abandoned(), 1);
    // Its sleep ended with it, and its answer came too late.
    while plugin.dropped() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn instances_are_probed_and_what_breaks_is_opened_anew() {
    let bench = Bench::new();
    bench.plugin("p", &["CAN=LARIAT_CAN_CONCURRENT"]);
    let plugin = only(&bench.host());
    let provider = plugin.providers()[0].of([InstanceId(3), InstanceId(4)], &Map::new()).unwrap();
    assert!(provider.has(InstanceId(3)) && !provider.has(InstanceId(5)));
    assert_eq!(provider.probe(InstanceId(3)).await, Ok(InstanceState::Ready));
    let told = provider.start(InstanceId(3)).await.unwrap_err().to_string();
    assert_eq!(told, "instance 3: plugin fixture 1.0.0: boxes_fixture.start: it fell over");
    assert_eq!(provider.probe(InstanceId(4)).await, Ok(InstanceState::Down));
}

#[tokio::test]
async fn questions_are_counted_by_extension() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let plugin = only(&bench.host());
    source(&plugin, "good").await.fetch().await.unwrap();
    source(&plugin, "fails").await.fetch().await.unwrap_err();
    let usage = plugin.usage();
    let told: Vec<_> = usage.iter().map(|it| (it.name.as_str(), it.calls.calls, it.calls.errors)).collect();
    assert_eq!(
        told,
        [("fixture", 2, 1), ("Run_fixture", 0, 0), ("hook_fixture", 0, 0), ("boxes_fixture", 0, 0)]
    );
    assert!(usage[0].calls.max_us > 0 && usage[0].calls.p99_us >= usage[0].calls.p50_us, "{usage:?}");
}
