//! The plugins that talk to servers, in the real host, against real servers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../plugins/testing/redis.rs"]
mod redis_server;
#[path = "../../../plugins/testing/server.rs"]
mod server;

use std::sync::Arc;

use lariat_core::hook::{HookCall, Verdict};
use lariat_core::ids::{AccountId, InstanceId, LaunchId};
use lariat_core::launch::DraftPlan;
use lariat_core::outcome::{Outcome, RunResult};
use lariat_core::source::{Claim, SourceError};
use lariat_plugin_tests::{Workspace, account, ids, pool};
use redis_server::RedisServer;
use serde_json::{Value, json};
use server::{Answer, Server};

#[tokio::test(flavor = "multi_thread")]
async fn http_fetches_claims_and_settles() {
    let server = Server::start(|request| match (request.method.as_str(), request.target.as_str()) {
        ("GET", "/players") => Answer::of(200, json!([{"id": "a", "packs": 3}, "b"])),
        ("POST", "/players/a/claim") => Answer::of(409, json!({"reason": "taken"})),
        ("POST", "/players/b/claim" | "/players/b/settle") => Answer::of(204, ""),
        _ => Answer::of(503, ""),
    });
    let workspace = Workspace::default();
    let config = json!({
        "url": server.url("/players"), "claim_url": server.url("/players/{id}/claim"),
        "settle_url": server.url("/players/{id}/settle"), "timeout": "30s",
    });
    let source = pool(&workspace.rust("http"), config).await;
    assert_eq!(ids(&source).await, ["a", "b"]);
    assert_eq!(source.claim(&account("a", json!({}))).await, Ok(Claim::Refused("taken".into())));
    assert_eq!(source.claim(&account("b", json!({}))).await, Ok(Claim::Granted));
    let done = Outcome::Completed(RunResult::from_iter([("packs".to_owned(), json!(3))]));
    assert_eq!(source.settle(&AccountId::new("b").unwrap(), &done).await, Ok(()));
    let told: Value = serde_json::from_slice(&server.requests().last().unwrap().body).unwrap();
    assert_eq!(told, json!({"outcome": "completed", "result": {"packs": 3}, "id": "b", "holder": "P"}));
    let told = source.claim(&account("c", json!({}))).await.unwrap_err();
    assert!(matches!(&told, SourceError::Unavailable(why) if why.contains("it answered 503")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_fetches_claims_and_settles() {
    let Some(server) = RedisServer::start() else { return };
    let mut link = redis::Client::open(server.url.as_str()).unwrap().get_connection().unwrap();
    redis::cmd("ZADD").arg("{p}:ready").arg(&["2", "b", "1", "a"]).exec(&mut link).unwrap();
    let workspace = Workspace::default();
    let config = json!({"url": server.url, "key": "p", "claim_for": "10m"});
    let source = pool(&workspace.rust("redis"), config).await;
    assert_eq!(ids(&source).await, ["a", "b"]);
    assert_eq!(source.claim(&account("a", json!({}))).await, Ok(Claim::Granted));
    let done = Outcome::Completed(RunResult::new());
    assert_eq!(source.settle(&AccountId::new("a").unwrap(), &done).await, Ok(()));
    assert_eq!(ids(&source).await, ["b"]);
    let claim = source.claim(&account("a", json!({}))).await;
    assert_eq!(claim, Ok(Claim::Refused("it is not there any more".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_reports_a_plan_as_the_engine_has_it() {
    let server = Server::start(|_| Answer::of(204, ""));
    let group = json!({
        "name": "G", "routine": "Open", "instances": [0, 1], "account_pool": "Fresh",
        "config": {"password": "hunter2"},
    });
    let plan =
        DraftPlan::new(&serde_json::from_value(group).unwrap(), &Default::default(), &Default::default());
    let bots = plan.bot_count;
    let workspace = Workspace::default();
    let hook = workspace.rust("webhook").hooks().remove(0);
    let given = json!({"url": server.url("/")});
    let params = hook.info().params.check("params", given.as_object().unwrap()).unwrap();
    for point in &hook.info().on {
        let call = HookCall {
            point: *point,
            launch_id: LaunchId::random(),
            group: plan.group.clone(),
            plan: Arc::new(plan.clone()),
            params: Arc::new(params.clone()),
            instances: vec![InstanceId(1)],
            completed: Vec::new(),
            failure: None,
            retries: 0,
            dry_run: false,
            launch: None,
        };
        assert_eq!(hook.run(call).await.unwrap(), Verdict::Continue);
    }
    let [started, ended] = server.requests().try_into().unwrap();
    let started: Value = serde_json::from_slice(&started.body).unwrap();
    let of = |name: &str| started[name].clone();
    assert_eq!(
        (of("event"), of("routine"), of("pool")),
        (json!("launch.started"), json!("Open"), json!("Fresh"))
    );
    assert_eq!((of("bots"), of("instances")), (json!(bots), json!([1])));
    let ended = String::from_utf8(ended.body).unwrap();
    assert!(ended.contains("launch.ended") && !ended.contains("hunter2"), "{ended}");
}
