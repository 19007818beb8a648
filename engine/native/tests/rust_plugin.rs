//! The SDK's example plugin, built as its users build it, through the real host.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
use std::sync::Arc;

use common::{Bench, only};
use lariat_core::account::Account;
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
use lariat_core::kv::KeyValueStore;
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamKind;
use lariat_core::routine::{Progress, RoutineRun};
use lariat_core::source::{Claim, SourceError};
use lariat_native::Plugin;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Puts the library that cargo built beside this test into a workspace.
fn tour(bench: &Bench) -> Arc<Plugin> {
    let library = std::env::current_exe().unwrap().with_file_name("liblariat_tour.so");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/rust/examples/tour/plugin.toml");
    bench.write("plugins/tour/plugin.toml", std::fs::read(manifest).unwrap());
    bench.write("plugins/tour/liblariat_tour.so", std::fs::read(library).unwrap());
    only(&bench.host())
}

fn definition(config: serde_json::Value) -> PoolDefinition {
    serde_json::from_value(json!({"name": "P", "type": "rota", "config": config})).unwrap()
}

#[tokio::test]
async fn its_pool_serves_a_hundred_thousand_accounts() {
    let bench = Bench::new();
    let plugin = tour(&bench);
    let pool = plugin.pool_types().remove(0);
    let source = pool.open(&definition(json!({"count": 100_000, "taken": ["rota-7"]}))).await.unwrap();
    let selection = source.fetch().await.unwrap();
    assert_eq!(selection.accounts.len(), 100_000);
    assert_eq!(selection.accounts[99_999].unpack().unwrap().get("pack_count"), Some(&json!(99_999)));
    let seventh = selection.accounts[7].unpack().unwrap();
    assert_eq!(source.claim(&seventh).await, Ok(Claim::Refused("somebody else has it".into())));
    source.settle(&AccountId::new("rota-0").unwrap(), &Outcome::Completed(Default::default())).await.unwrap();
    assert_eq!(source.fetch().await.unwrap().accounts.len(), 99_999);
}

#[tokio::test]
async fn its_parameters_are_checked_as_its_types_say() {
    let bench = Bench::new();
    let plugin = tour(&bench);
    let pool = plugin.pool_types().remove(0);
    let told = pool.problems(&definition(json!({"count": -1})))[0].to_string();
    assert_eq!(told, "config.count: -1 is too small; at least 0");
    let Err(SourceError::Invalid(problems)) = pool.open(&definition(json!({"count": 1, "taken": [1]}))).await
    else {
        panic!("a number isn't an id");
    };
    assert!(problems[0].to_string().contains("plugin tour 0.1.0: rota.open: params: "), "{problems:?}");
    let routine = plugin.routines().remove(0);
    let times = &routine.info().params.0["times"];
    assert_eq!((times.kind, times.default.clone()), (ParamKind::Integer, Some(json!(1))));
}

#[tokio::test(start_paused = true)]
async fn its_routine_awaits_the_engine() {
    let bench = Bench::new();
    let plugin = tour(&bench);
    let run = RoutineRun {
        account: Some(Arc::new(Account::new(AccountId::new("a1").unwrap(), []))),
        params: Arc::new(json!({"times": 3}).as_object().unwrap().clone()),
        launch: LaunchId::random(),
        group: GroupName::new("G").unwrap(),
        instance: InstanceId(0),
        generation: 1,
        stopping: CancellationToken::new(),
        progress: Progress::new(|_, _| {}),
    };
    let outcome = plugin.routines()[0].run(run).await.unwrap();
    assert_eq!(outcome, Outcome::Completed(json!({"greetings": 3}).as_object().unwrap().clone()));
    assert_eq!(bench.kv.get("Greet", "a1").await.unwrap(), Some(json!(3)));
}
