//! The durable values of extensions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::Fixture;
use lariat_core::kv::{KeyValueStore, KvError, MAX_KEYS};
use serde_json::{Value, json};

#[tokio::test]
async fn values_are_kept_apart_by_extension_and_survive() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    store.set("one", "b", json!({"n": [1, 2.5, null]})).await.unwrap();
    store.set("one", "a", json!("x")).await.unwrap();
    store.set("two", "a", json!(false)).await.unwrap();
    store.close().await;
    let store = fixture.open().await;
    assert_eq!(store.get("one", "b").await.unwrap(), Some(json!({"n": [1, 2.5, null]})));
    assert_eq!(store.keys("one").await.unwrap(), ["a", "b"]);
    store.set("one", "a", Value::Null).await.unwrap();
    assert_eq!(store.get("one", "a").await.unwrap(), None);
    assert_eq!(store.get("two", "a").await.unwrap(), Some(json!(false)));
}

#[tokio::test]
async fn the_last_of_many_at_once_wins() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let sets = (0..50).map(|n| store.set("one", "a", if n == 30 { Value::Null } else { json!(n) }));
    for set in futures::future::join_all(sets).await {
        set.unwrap();
    }
    assert_eq!(store.get("one", "a").await.unwrap(), Some(json!(49)));
}

#[tokio::test]
async fn an_extension_is_held_to_its_limits() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let keys: Vec<_> = (0..=MAX_KEYS).map(|n| n.to_string()).collect();
    let sets = keys.iter().map(|key| store.set("one", key, json!(1)));
    let refused = futures::future::join_all(sets).await.into_iter().filter(Result::is_err).count();
    assert_eq!(refused, 1);
    store.set("one", "0", json!(2)).await.unwrap();
    assert!(matches!(store.set("one", "more", json!(1)).await, Err(KvError::Limit(_))));
    store.set("one", "0", Value::Null).await.unwrap();
    store.set("one", "more", json!(1)).await.unwrap();
    assert!(matches!(store.set("two", "", json!(1)).await, Err(KvError::Limit(_))));
    assert!(matches!(store.set("two", "k", json!("x".repeat(70_000))).await, Err(KvError::Limit(_))));
}
