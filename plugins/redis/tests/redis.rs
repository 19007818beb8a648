//! The pool type, against a real server; skipped where none is installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // helpers outside of #[test]

#[path = "../../testing/redis.rs"]
mod server;

use std::collections::BTreeMap;
use std::sync::Mutex;

use lariat_redis::{Plugin, pool::Redis};
use lariat_sdk::testing::{self, Opened};
use lariat_sdk::{Account, Claim, Error, Outcome, Value, json};
use redis::{Connection, FromRedisValue};
use server::RedisServer;

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_redis.so",
    )
}

fn connect(server: &RedisServer) -> Connection {
    redis::Client::open(server.url.as_str()).unwrap().get_connection().unwrap()
}

fn ask<T: FromRedisValue>(connection: &mut Connection, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(connection).unwrap()
}

fn pool(server: &RedisServer, more: Value) -> Opened {
    let mut params = json!({"url": server.url, "key": "p", "holder": "one"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    testing::pool::<Redis>(params).unwrap()
}

fn ids(pool: &Opened) -> Vec<String> {
    pool.fetch().unwrap().into_iter().map(|account| account.id).collect()
}

fn done() -> Outcome {
    Outcome::completed(json!({}))
}

/// A server with the accounts a, b, c.
fn filled() -> Option<(RedisServer, Connection)> {
    let server = RedisServer::start()?;
    let mut link = connect(&server);
    ask::<()>(&mut link, &["ZADD", "{p}:ready", "3", "c", "1.5", "a", "2", "b"]);
    Some((server, link))
}

#[test]
fn accounts_are_served_by_score_with_their_fields() {
    let Some((server, mut link)) = filled() else { return };
    ask::<()>(&mut link, &["HSET", "{p}:data", "a", "{\"packs\": 3, \"name\": \"Zoë\"}", "b", "[1]"]);
    redis::cmd("ZADD").arg("{p}:ready").arg(0).arg(b"\xFF").exec(&mut link).unwrap();
    let pool = pool(&server, json!({}));
    let accounts = pool.fetch().unwrap();
    assert_eq!(json!(accounts), json!([{"id": "a", "packs": 3, "name": "Zoë"}, {"id": "b"}, {"id": "c"}]));
    let told: Vec<String> = pool.logs().into_iter().map(|line| line.message).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains("isn't UTF-8") && told[1].starts_with("b: its data isn't a JSON object"),
        "{told:?}"
    );
}

#[test]
fn each_account_is_granted_once_however_many_ask() {
    let Some(server) = RedisServer::start() else { return };
    let mut link = connect(&server);
    let names: Vec<String> = (0..200).map(|n| format!("a{n}")).collect();
    for name in &names {
        ask::<()>(&mut link, &["ZADD", "{p}:ready", "1", name]);
    }
    let granted: Mutex<BTreeMap<String, u32>> = Mutex::default();
    std::thread::scope(|scope| {
        for engine in 0..6 {
            let (server, names, granted) = (&server, &names, &granted);
            scope.spawn(move || {
                let pool = pool(server, json!({"holder": format!("engine {engine}")}));
                for name in names {
                    if pool.claim(&Account::new(name)).unwrap() == Claim::Granted {
                        *granted.lock().unwrap().entry(name.clone()).or_default() += 1;
                    }
                }
            });
        }
    });
    let granted = granted.into_inner().unwrap();
    assert_eq!((granted.len(), granted.values().sum::<u32>()), (200, 200));
    assert_eq!(ask::<u32>(&mut link, &["ZCARD", "{p}:claimed"]), 200);
    assert_eq!(ask::<u32>(&mut link, &["ZCARD", "{p}:ready"]), 0);
}

#[test]
fn a_claim_keeps_others_out_and_its_holder_in() {
    let Some((server, _)) = filled() else { return };
    let (ours, theirs) = (pool(&server, json!({})), pool(&server, json!({"holder": "two"})));
    assert_eq!(ours.claim(&Account::new("b")).unwrap(), Claim::Granted);
    assert_eq!(ours.claim(&Account::new("b")).unwrap(), Claim::Granted);
    assert_eq!(theirs.claim(&Account::new("b")).unwrap(), Claim::Refused("one has it".into()));
    assert_eq!(theirs.claim(&Account::new("x")).unwrap(), Claim::Refused("it is not there any more".into()));
    // An engine that died finds its own again, in their place.
    assert_eq!(ids(&ours), ["a", "b", "c"]);
    assert_eq!(ids(&theirs), ["a", "c"]);
}

#[test]
fn each_outcome_has_its_place() {
    let Some((server, mut link)) = filled() else { return };
    let pool = pool(&server, json!({"max_failures": 2}));
    let settled = |id: &str, outcome: &Outcome| {
        assert_eq!(pool.claim(&Account::new(id)).unwrap(), Claim::Granted);
        pool.settle(id, outcome).unwrap();
        // It may be told twice.
        pool.settle(id, outcome).unwrap();
    };
    settled("a", &done());
    settled("b", &Outcome::failed("no luck"));
    settled("c", &Outcome::skipped("not ours"));
    settled("c", &Outcome::returned("stopped"));
    assert_eq!(ids(&pool), ["b", "c"]);
    assert_eq!(ask::<Option<f64>>(&mut link, &["ZSCORE", "{p}:failed", "b"]), Some(1.0));
    assert_eq!(ask::<Option<f64>>(&mut link, &["ZSCORE", "{p}:ready", "b"]), Some(2.0));
    settled("b", &Outcome::failed("again"));
    assert_eq!(ids(&pool), ["c"]);
    assert_eq!(ask::<Vec<String>>(&mut link, &["ZRANGE", "{p}:done", "0", "-1"]), ["a"]);
    assert_eq!(ask::<u32>(&mut link, &["EXISTS", "{p}:claimed", "{p}:claims"]), 0);
    assert_eq!(pool.claim(&Account::new("a")).unwrap(), Claim::Refused("it is not there any more".into()));
}

#[test]
fn a_claim_that_ended_is_anybodys_and_a_late_settlement_is_refused() {
    let Some((server, mut link)) = filled() else { return };
    let (ours, theirs) = (pool(&server, json!({})), pool(&server, json!({"holder": "two"})));
    for id in ["a", "b"] {
        assert_eq!(ours.claim(&Account::new(id)).unwrap(), Claim::Granted);
    }
    // As if their hour had gone by.
    ask::<()>(&mut link, &["ZADD", "{p}:claimed", "1", "a", "1", "b"]);
    assert_eq!(theirs.claim(&Account::new("a")).unwrap(), Claim::Granted);
    let told = ours.settle("a", &done()).unwrap_err();
    assert_eq!(told.message(), "a: completed, but its claim ended, and two has it by now");
    assert_eq!(ids(&theirs), ["a", "b", "c"]);
    assert_eq!(ask::<Option<f64>>(&mut link, &["ZSCORE", "{p}:ready", "b"]), Some(2.0));
    theirs.settle("a", &done()).unwrap();
    assert_eq!(ids(&ours), ["b", "c"]);
}

#[test]
fn a_connection_that_broke_is_made_anew_and_a_server_that_is_gone_is_told() {
    let Some((mut server, mut link)) = filled() else { return };
    let pool = pool(&server, json!({}));
    assert_eq!(ids(&pool), ["a", "b", "c"]);
    assert_eq!(ask::<u32>(&mut link, &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]), 1);
    assert_eq!(pool.claim(&Account::new("a")).unwrap(), Claim::Granted);
    server.kill();
    for told in [pool.fetch().unwrap_err(), pool.settle("a", &done()).unwrap_err()] {
        assert_eq!(told.status(), 2, "{told}");
    }
}

#[test]
fn what_the_server_refuses_is_no_passing_trouble() {
    let Some((server, mut link)) = filled() else { return };
    ask::<()>(&mut link, &["SET", "{q}:ready", "a text"]);
    let told = pool(&server, json!({"key": "q"})).fetch().unwrap_err();
    assert!(told.status() == 1 && told.message().contains("WRONGTYPE"), "{told}");
}

#[test]
fn a_hundred_thousand_accounts_are_fetched() {
    let Some(server) = RedisServer::start() else { return };
    let mut fill = redis::pipe();
    for n in 0..100_000 {
        fill.cmd("ZADD").arg("{p}:ready").arg(n).arg(format!("a{n}")).ignore();
    }
    fill.exec(&mut connect(&server)).unwrap();
    let all = ids(&pool(&server, json!({})));
    assert_eq!((all.len(), all[99_999].as_str()), (100_000, "a99999"));
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let told = |params: Value| testing::pool::<Redis>(params).err().unwrap().to_string();
    assert_eq!(told(json!({"key": "p"})), "one of url and url_env says where the server is");
    let wrong = told(json!({"key": "p", "url": "http://:secret@h/"}));
    assert!(wrong.starts_with("url: ") && !wrong.contains("secret"), "{wrong}");
    assert!(
        told(json!({"key": "p", "url_env": "NO_SUCH_VARIABLE"})).starts_with("url_env: NO_SUCH_VARIABLE: ")
    );
}
