//! The hook, against a real server on loopback.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // helpers outside of #[test]

#[path = "../../testing/server.rs"]
mod server;

use std::time::Duration;

use lariat_sdk::testing::{self, Opened};
use lariat_sdk::{Error, Result, Value, Verdict, json, serde_json};
use lariat_webhook::{Plugin, hook::Webhook};
use server::{Answer, Request, Server};

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_webhook.so",
    )
}

/// Cargo sets it for each test.
const SECRET: (&str, &str) = ("CARGO_PKG_NAME", "lariat-webhook");

fn hook() -> Opened {
    testing::hook::<Webhook>().unwrap()
}

fn report(hook: &Opened, point: &str, params: Value) -> Result<Verdict> {
    let plan = json!({
        "bot_count": 3, "routine": "Open", "account_pool": "Fresh", "config": {"password": "hunter2"},
    });
    hook.judge(point, plan, params)
}

/// A server that answers one status after the other, then 204.
fn answering(statuses: &'static [u16]) -> Server {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        match statuses.get(nth) {
            None => Answer::of(204, ""),
            Some(0) => Answer::Nothing,
            Some(429) => Answer::With(429, vec![("Retry-After", "7".into())], Vec::new()),
            Some(302) => Answer::With(302, vec![("Location", "/elsewhere".into())], Vec::new()),
            Some(status) => Answer::of(*status, "no"),
        }
    })
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// What a receiver computes; that it is what other programs compute is tested in `sign`.
fn hmac(secret: &str, text: &str) -> String {
    use hmac::{Hmac, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_launch_is_reported_and_signed() {
    let server = answering(&[]);
    let params = json!({"url": server.url("/hooks?x=1"), "secret_env": SECRET.0});
    assert_eq!(report(&hook(), "after:launch_bots", params).unwrap(), Verdict::Continue);
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hooks?x=1"));
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["x-lariat-delivery"], "00000000-0000-7000-8000-000000000000:launch.started");
    let signed =
        format!("{}.{}", request.headers["x-lariat-timestamp"], String::from_utf8_lossy(&request.body));
    assert_eq!(request.headers["x-lariat-signature"], format!("sha256={}", hmac(SECRET.1, &signed)));
    assert_eq!(
        body(request),
        json!({
            "event": "launch.started", "launch_id": "00000000-0000-7000-8000-000000000000", "group": "test",
            "text": "test: launched, 3 bots", "routine": "Open", "pool": "Fresh", "bots": 3,
            "instances": [], "completed": [], "failure": null,
        })
    );
}

#[test]
fn its_end_says_how_it_ended() {
    let server = answering(&[]);
    let hook = hook();
    report(&hook, "after:release", json!({"url": server.url("/")})).unwrap();
    let failure = json!({"phase": "validate", "kind": "invalid", "messages": ["no such routine"]});
    let payload = json!({
        "point": "after:release", "launch_id": "L", "group": "G", "failure": failure,
        "params": {"url": server.url("/")},
    });
    hook.call("run", &payload).unwrap();
    let [ended, failed] = server.requests().try_into().unwrap();
    assert_eq!(body(&ended)["event"], "launch.ended");
    assert!(!ended.headers.contains_key("x-lariat-signature"));
    assert_eq!(body(&failed)["event"], "launch.failed");
    assert_eq!(body(&failed)["text"], "G: the launch failed: no such routine");
    assert_eq!(body(&failed)["failure"], failure);
}

#[test]
fn a_receiver_that_is_down_for_a_while_gets_the_same_report_later() {
    let server = answering(&[503, 0, 429]);
    let hook = hook();
    report(&hook, "after:launch_bots", json!({"url": server.url("/"), "secret_env": SECRET.0})).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    assert!(
        requests.iter().all(|it| it.headers["x-lariat-delivery"] == requests[0].headers["x-lariat-delivery"])
    );
    // A second, two seconds, and the seven that were asked for; by the host's clock.
    assert_eq!(hook.slept(), Duration::from_secs(10));
}

#[test]
fn what_cannot_be_delivered_is_an_error_without_the_secret_in_the_address() {
    let server = answering(&[500; 9]);
    let url = server.url("/services/T0KEN");
    let told = report(&hook(), "after:release", json!({"url": url, "attempts": 2})).unwrap_err();
    let words = "launch.ended: given up after 2 attempts: 127.0.0.1 answered 500 Internal Server Error";
    assert_eq!((told.message(), server.requests().len()), (words, 2));
    let mute = answering(&[0; 9]);
    let told =
        report(&hook(), "after:release", json!({"url": mute.url("/T0KEN"), "attempts": 3})).unwrap_err();
    let words = told.message();
    assert!(words.contains("3 attempts: 127.0.0.1: ") && !words.contains("T0KEN"), "{words}");
}

#[test]
fn a_refusal_is_not_tried_again_and_a_redirect_not_followed() {
    for status in [&[400], &[404], &[302]] as [&'static [u16]; 3] {
        let server = answering(status);
        let told = report(&hook(), "after:release", json!({"url": server.url("/")})).unwrap_err();
        assert!(told.message().contains(&format!("answered {}", status[0])), "{told}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn told_to_end_between_two_attempts_it_ends() {
    let server = answering(&[500; 9]);
    let hook = hook();
    hook.stop_at_sleep(2);
    let told = report(&hook, "after:release", json!({"url": server.url("/")})).unwrap_err();
    assert_eq!((told, server.requests().len()), (Error::cancelled(), 2));
}

#[test]
fn a_dry_run_tells_what_it_would_do() {
    let server = answering(&[]);
    let hook = hook();
    let payload = json!({
        "point": "after:release", "launch_id": "L", "group": "G", "dry_run": true,
        "params": {"url": server.url("/T0KEN")},
    });
    hook.call("run", &payload).unwrap();
    assert_eq!(hook.logs()[0].message, "would report launch.ended to 127.0.0.1");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let told = |params: Value| report(&hook(), "after:release", params).unwrap_err().to_string();
    assert_eq!(told(json!({"url": "ftp://x/"})), "url: begins with http:// or https:// and a host");
    assert!(told(json!({"url": "http://"})).starts_with("url: "));
    let missing = told(json!({"url": "http://127.0.0.1/", "secret_env": "NO_SUCH_VARIABLE"}));
    assert!(missing.starts_with("secret_env: NO_SUCH_VARIABLE: "), "{missing}");
}
