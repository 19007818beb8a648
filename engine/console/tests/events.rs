//! Those who follow the events: what they missed, what they want, and that one who
//! doesn't read costs nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures::StreamExt as _;
use lariat_console::server::access::Access;
use lariat_console::server::{History, Shared, router};
use lariat_core::event::{EventBus, EventKind};
use lariat_core::ids::PoolName;
use serde_json::Value;
use tower::ServiceExt as _;

use common::{ask, shared_with};

const LOOK: (&str, &str) = ("authorization", "Bearer look");

/// Somebody who follows.
struct Follower(BodyDataStream, String);

impl Follower {
    async fn at(router: &Router, query: &str, last: Option<&str>) -> Self {
        let mut headers = vec![LOOK];
        headers.extend(last.map(|last| ("last-event-id", last)));
        Self::of(router, &format!("/api/v1/events{query}"), &headers).await
    }

    async fn of(router: &Router, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(path).header("host", "localhost:7420");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self(answer.into_body().into_data_stream(), String::new())
    }

    /// The next event: its id and its data. `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.1.split_once("\n\n") {
                let field = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name));
                    found.map(|text| text.trim().to_owned()).unwrap_or_default()
                };
                let (id, data) = (field("id:"), field("data:"));
                self.1 = rest.to_owned();
                if !data.is_empty() {
                    return Some((id, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let piece = self.0.next().await?.unwrap();
            self.1.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    async fn seq(&mut self) -> u64 {
        let (_, event) = self.next().await.unwrap();
        event["seq"].as_u64().unwrap_or_else(|| panic!("no event: {event}"))
    }
}

/// A server whose history is recorded and holds so many events.
fn recording(capacity: usize) -> (Shared, EventBus, Router) {
    let (shared, events) = shared_with();
    let history = History::new(events.subscribe(), capacity);
    let shared = Shared { history: history.into(), ..shared };
    let recorder = shared.clone();
    tokio::spawn(async move { recorder.history.record(&recorder.ending).await });
    (shared.clone(), events, router(shared))
}

/// Events about pools of these names, all of which the history has seen.
async fn happen(router: &Router, events: &EventBus, names: &[&str]) {
    for name in names {
        events.publish(EventKind::PoolClosed { pool: PoolName::new(*name).unwrap() });
    }
    let last = names.last().unwrap();
    loop {
        let told = ask(router, "GET", "/api/v1/events/recent?limit=1", &[LOOK], "").await.json();
        if told[0]["pool"] == **last {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_comes_back_gets_what_it_missed() {
    let (_, events, router) = recording(100);
    let mut follower = Follower::at(&router, "", None).await;
    happen(&router, &events, &["A", "B", "C"]).await;
    let (id, first) = follower.next().await.unwrap();
    assert_eq!(first["pool"], "A");
    drop(follower);
    happen(&router, &events, &["D"]).await;
    let mut back = Follower::at(&router, "", Some(&id)).await;
    for pool in ["B", "C", "D"] {
        assert_eq!(back.next().await.unwrap().1["pool"], pool);
    }
    let mut since = Follower::at(&router, "?since=3", None).await;
    assert_eq!(since.seq().await, 4);
}

#[tokio::test]
async fn who_is_too_late_is_told_how_much_is_lost() {
    let (_, events, router) = recording(3);
    let mut slow = Follower::at(&router, "", None).await;
    let names: Vec<String> = (1..=10).map(|n| format!("P{n}")).collect();
    happen(&router, &events, &["first"]).await;
    assert_eq!(slow.seq().await, 1);
    // It doesn't read, and the history doesn't wait for it.
    happen(&router, &events, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (_, told) = slow.next().await.unwrap();
    assert_eq!((told["type"].as_str(), told["count"].as_u64()), (Some("events.lost"), Some(7)));
    assert_eq!([slow.seq().await, slow.seq().await, slow.seq().await], [9, 10, 11]);
}

#[tokio::test]
async fn numbers_of_another_engine_are_recognised() {
    let (_, events, router) = recording(100);
    happen(&router, &events, &["A", "B"]).await;
    let mut back = Follower::at(&router, "", Some("5.otherone")).await;
    assert_eq!(back.next().await.unwrap().1["restarted"], true);
    assert_eq!([back.seq().await, back.seq().await], [1, 2]);
}

#[tokio::test]
async fn only_what_is_wanted_is_told_and_the_end_ends_it() {
    let (shared, events, router) = recording(100);
    let mut one = Follower::at(&router, "?pool=B&types=pool.*", None).await;
    let mut other = Follower::at(&router, "?types=launch.*", None).await;
    happen(&router, &events, &["A", "B", "C"]).await;
    assert_eq!(one.seq().await, 2);
    shared.ending.cancel();
    assert!(one.next().await.is_none() && other.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_logs_out_is_told_nothing_more() {
    let (shared, events, router) = recording(100);
    let (code, kept) = (shared.keys.new_link(Access::Full), shared.keys.new_link(Access::Full));
    let session = ask(&router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let kept = ask(&router, "GET", &format!("/login?code={kept}"), &[], "").await.cookie();
    let who = [("cookie", session.as_str())];
    happen(&router, &events, &["A", "B", "C"]).await;
    let mut behind = Follower::of(&router, "/api/v1/events?since=0", &who).await;
    let mut waiting = Follower::of(&router, "/api/v1/events", &who).await;
    let mut page = Follower::of(&router, "/live", &who).await;
    let mut other = Follower::of(&router, "/api/v1/events", &[("cookie", &kept)]).await;
    assert_eq!(behind.seq().await, 1);
    assert!(page.0.next().await.is_some(), "it says hello");
    let own = [who[0], ("origin", "http://localhost:7420")];
    ask(&router, "POST", "/logout", &own, "").await;
    // Sooner than any sign of life.
    let soon = std::time::Duration::from_secs(5);
    // Two events were on their way.
    for (name, stream) in [("behind", &mut behind), ("waiting", &mut waiting), ("page", &mut page)] {
        let piece = tokio::time::timeout(soon, stream.0.next()).await;
        assert!(piece.unwrap_or_else(|_| panic!("{name} goes on")).is_none(), "{name}");
    }
    happen(&router, &events, &["D"]).await;
    assert_eq!(other.seq().await, 4);
}

#[tokio::test]
async fn only_so_many_may_follow() {
    let (_, _, router) = recording(100);
    let mut all = Vec::new();
    for _ in 0..256 {
        all.push(Follower::at(&router, "", None).await);
    }
    let refused = ask(&router, "GET", "/api/v1/events", &[LOOK], "").await;
    assert_eq!((refused.status, &refused.json()["exit"]), (StatusCode::TOO_MANY_REQUESTS, &5.into()));
    all.pop();
    Follower::at(&router, "", None).await;
}

#[tokio::test]
async fn an_engine_whose_store_cannot_be_written_is_not_ready() {
    let world = common::files::World::new(&[]);
    let ready = async || ask(&world.router, "GET", "/readyz", &[], "").await;
    assert_eq!(ready().await.status, StatusCode::OK);
    let told = ask(&world.router, "GET", "/metrics", &[LOOK], "").await.text;
    for line in ["lariat_store_queue 3", "lariat_store_queue_most 1024"] {
        assert!(told.lines().any(|found| found == line), "{line} is missing in\n{told}");
    }
    world.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(ready().await.status, StatusCode::OK, "it was looked at a moment ago");
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    let told = ready().await;
    assert_eq!(
        (told.status, &told.json()["store"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"unavailable".into())
    );
    world.broken.store(false, std::sync::atomic::Ordering::SeqCst);
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    assert_eq!(ready().await.status, StatusCode::OK);
}

#[tokio::test]
async fn metrics_and_health_tell_how_it_stands() {
    let (shared, events, router) = recording(100);
    happen(&router, &events, &["A", "B"]).await;
    let _follower = Follower::at(&router, "", None).await;
    let metrics = ask(&router, "GET", "/metrics", &[LOOK], "").await;
    assert_eq!(metrics.status, StatusCode::OK);
    for line in [
        "# TYPE lariat_events counter",
        "lariat_events_total{type=\"pool.closed\"} 2",
        "lariat_event_listeners 1",
        "lariat_store_up 1",
        "lariat_launches_running 0",
        "lariat_http_requests_total{method=\"GET\",route=\"/api/v1/events\",status=\"200\"} 1",
    ] {
        assert!(metrics.text.lines().any(|found| found == line), "{line} is missing in\n{}", metrics.text);
    }
    assert!(
        metrics.text.contains("lariat_http_request_duration_seconds_count{for=\"api\"} "),
        "{}",
        metrics.text
    );
    assert!(metrics.text.ends_with("# EOF\n"));
    assert_eq!(ask(&router, "GET", "/metrics", &[], "").await.status, StatusCode::UNAUTHORIZED);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&router, "GET", path, &[], "").await.status, StatusCode::OK, "{path}");
    }
    shared.ending.cancel();
    let ready = ask(&router, "GET", "/readyz", &[], "").await;
    assert_eq!((ready.status, &ready.json()["engine"]), (StatusCode::SERVICE_UNAVAILABLE, &"ending".into()));
}
