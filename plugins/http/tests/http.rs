//! The pool type, against a real service on loopback.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // helpers outside of #[test]

#[path = "../../testing/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lariat_http::{Plugin, pool::Http};
use lariat_sdk::testing::{self, Opened};
use lariat_sdk::{Account, Claim, Error, Outcome, Value, json, serde_json};
use server::{Answer, Server};

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_http.so",
    )
}

/// A service as somebody would write one: pages of two, claims, settlements.
fn service() -> (Server, Arc<Mutex<BTreeMap<String, String>>>) {
    let held: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    let claims = held.clone();
    let server = Server::start(move |request| {
        if request.headers.get("authorization").map(String::as_str) != Some("Bearer lariat-http") {
            return Answer::of(401, json!({"message": "who are you?"}));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let mut held = claims.lock().unwrap();
        match (request.method.as_str(), request.target.as_str()) {
            ("GET", "/players?state=new") => Answer::of(
                200,
                json!({
                    "data": {"items": [{"key": "a1", "packs": 3}, {"key": 2}]}, "next": "/players?page=2",
                }),
            ),
            ("GET", "/players?page=2") => Answer::of(
                200,
                json!({
                    "data": {"items": [{"key": "Zoë/3"}, {"packs": 1}, "plain"]}, "next": null,
                }),
            ),
            ("POST", "/players/Zo%C3%AB%2F3/claim" | "/players/a1/claim") => match held.get(&text("id")) {
                Some(other) if *other != text("holder") => {
                    Answer::of(409, json!({"reason": format!("{other} has it")}))
                }
                _ => {
                    held.insert(text("id"), text("holder"));
                    Answer::of(200, "")
                }
            },
            ("POST", "/players/gone/claim") => Answer::of(404, ""),
            ("POST", "/players/no/claim") => {
                Answer::of(200, json!({"granted": false, "reason": "not today"}))
            }
            ("POST", "/players/a1/settle") => {
                held.remove(&text("id"));
                Answer::of(204, "")
            }
            _ => Answer::of(418, "what?"),
        }
    });
    (server, held)
}

fn pool(server: &Server, more: Value) -> Opened {
    let mut params = json!({
        "url": server.url("/players?state=new"), "accounts": "data.items", "id": "key", "next": "next",
        "claim_url": server.url("/players/{id}/claim"), "settle_url": server.url("/players/{id}/settle"),
        // Cargo sets it for each test.
        "token_env": "CARGO_PKG_NAME",
    });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    testing::pool::<Http>(params).unwrap()
}

#[test]
fn all_pages_are_fetched_in_order() {
    let (server, _) = service();
    let pool = pool(&server, json!({"headers": {"X-Team": "blue"}}));
    let accounts = pool.fetch().unwrap();
    let expected = json!([{"id": "a1", "packs": 3}, {"id": "2"}, {"id": "Zoë/3"}, {"id": "plain"}]);
    assert_eq!(json!(accounts), expected);
    let logs = pool.logs();
    let told = format!("{}: entry 1 has no id in `key`; it was passed over", server.url("/players"));
    assert_eq!((logs.len(), &logs[0].message), (1, &told));
    assert!(server.requests().iter().all(|request| request.headers["x-team"] == "blue"));
}

#[test]
fn the_service_grants_and_refuses() {
    let (server, held) = service();
    let ours = pool(&server, json!({}));
    let theirs = pool(&server, json!({"holder": "another engine"}));
    let account = Account::new("Zoë/3");
    assert_eq!(ours.claim(&account).unwrap(), Claim::Granted);
    assert_eq!(held.lock().unwrap()["Zoë/3"], "test");
    // An answer may have been lost: the same holder asks again.
    assert_eq!(ours.claim(&account).unwrap(), Claim::Granted);
    assert_eq!(theirs.claim(&account).unwrap(), Claim::Refused("test has it".into()));
    assert_eq!(ours.claim(&Account::new("gone")).unwrap(), Claim::Refused("it answered 404".into()));
    assert_eq!(ours.claim(&Account::new("no")).unwrap(), Claim::Refused("not today".into()));
    let told = ours.claim(&Account::new("other")).unwrap_err();
    assert_eq!(told.message(), format!("{}: it answered 418", server.url("/players/other/claim")));
}

#[test]
fn the_outcome_is_told() {
    let (server, held) = service();
    let pool = pool(&server, json!({}));
    pool.claim(&Account::new("a1")).unwrap();
    pool.settle("a1", &Outcome::completed(json!({"packs": 3}))).unwrap();
    assert!(held.lock().unwrap().is_empty());
    pool.settle("a1", &Outcome::failed("no luck")).unwrap();
    let bodies: Vec<Value> =
        server.requests().iter().skip(1).map(|it| serde_json::from_slice(&it.body).unwrap()).collect();
    assert_eq!(
        json!(bodies),
        json!([
            {"outcome": "completed", "result": {"packs": 3}, "id": "a1", "holder": "test"},
            {"outcome": "failed", "reason": "no luck", "id": "a1", "holder": "test"},
        ])
    );
}

#[test]
fn without_addresses_for_it_nothing_is_claimed_or_settled() {
    let (server, _) = service();
    let pool = pool(&server, json!({"claim_url": null, "settle_url": null}));
    assert_eq!(pool.claim(&Account::new("a1")).unwrap(), Claim::Granted);
    pool.settle("a1", &Outcome::skipped("x")).unwrap();
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_settlement_outlasts_a_moment_of_trouble() {
    let count = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count == 3 { Answer::of(204, "") } else { Answer::of(503, "") }
    });
    let pool = pool(&server, json!({}));
    pool.settle("a1", &Outcome::completed(json!({}))).unwrap();
    assert_eq!((server.requests().len(), pool.slept()), (3, Duration::from_secs(3)));
    let told = pool.settle("a1", &Outcome::completed(json!({}))).unwrap_err();
    assert_eq!((server.requests().len(), told.status()), (6, 2));
}

#[test]
fn trouble_that_passes_is_told_from_trouble_that_stays() {
    let fetched = |answer: fn() -> Answer| {
        let server = Server::start(move |_| answer());
        let told = pool(&server, json!({})).fetch().unwrap_err();
        (told.status(), told.message().replace(&server.url(""), ""))
    };
    assert_eq!(fetched(|| Answer::of(500, "{\"error\": \"down\"}")), (2, "/players: down".into()));
    assert_eq!(fetched(|| Answer::Nothing).0, 2);
    assert_eq!(fetched(|| Answer::of(403, "")), (1, "/players: it answered 403".into()));
    assert_eq!(fetched(|| Answer::of(302, "")).1, "/players: it answered 302; redirects aren't followed");
    assert!(fetched(|| Answer::of(200, "<html>")).1.contains("the answer isn't JSON"));
    assert!(fetched(|| Answer::of(200, "{}")).1.contains("data.items isn't a list"));
}

#[test]
fn pages_that_lead_away_or_in_circles_are_not_followed() {
    let page = |next: &str| json!({"data": {"items": []}, "next": next});
    let away = page("http://elsewhere.invalid/x");
    let server = Server::start(move |_| Answer::of(200, &away));
    let told = pool(&server, json!({})).fetch().unwrap_err();
    assert_eq!(told.message(), "the next page is at http://elsewhere.invalid, which isn't the server of url");
    let circle = page("/players?state=new");
    let server = Server::start(move |_| Answer::of(200, &circle));
    let told = pool(&server, json!({})).fetch().unwrap_err();
    assert!(told.message().ends_with("the pages don't end"), "{told}");
}

#[test]
fn a_hundred_thousand_accounts_are_fetched() {
    let all: Vec<Value> = (0..100_000).map(|n| json!({"key": format!("a{n}"), "n": n})).collect();
    let body = json!({"data": {"items": all}}).to_string();
    let server = Server::start(move |_| Answer::of(200, &body));
    assert_eq!(pool(&server, json!({})).fetch().unwrap().len(), 100_000);
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let told = |params: Value| testing::pool::<Http>(params).err().unwrap().to_string();
    assert_eq!(told(json!({"url": "file:///etc/passwd"})), "url: begins with http:// or https:// and a host");
    let claim = told(json!({"url": "http://h/", "claim_url": "h/{id}"}));
    assert!(claim.starts_with("claim_url: "), "{claim}");
    let missing = told(json!({"url": "http://h/", "token_env": "NO_SUCH_VARIABLE"}));
    assert!(missing.starts_with("token_env: NO_SUCH_VARIABLE: "), "{missing}");
    let header = told(json!({"url": "http://h/", "headers": {"a b": 1}}));
    assert!(header.starts_with("headers.a b: "), "{header}");
}
