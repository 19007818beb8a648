//! Open pages are told what is out of date, and what they ask for then is made once for all.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures::StreamExt as _;
use lariat_console::server::router;
use lariat_core::definition::GroupDefinition;
use lariat_core::event::{BotRef, EventKind, LaunchRef};
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::records::MemoryRecords;
use tokio::time::Instant;
use tower::ServiceExt as _;

use common::files::World;
use common::{Answer, Quiet, ask, shared_of, shared_with};

async fn get(router: &Router, path: &str) -> Answer {
    ask(router, "GET", path, &[("authorization", "Bearer right")], "").await
}

/// What an open page is told.
async fn listen(router: &Router) -> BodyDataStream {
    let request = Request::get("/live").header("host", "localhost:7420");
    let request = request.header("authorization", "Bearer right").body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap().into_body().into_data_stream()
}

async fn told(stream: &mut BodyDataStream, word: &str) {
    loop {
        let piece = stream.next().await.unwrap().unwrap();
        if String::from_utf8_lossy(&piece).contains(word) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_ask_for_the_same_at_once_get_what_was_made_once() {
    let host = Arc::new(Quiet { records: Some(Arc::new(MemoryRecords::default())), ..Quiet::default() });
    let router = router(shared_of(host.clone()).0);
    let all = futures::future::join_all((0..20).map(|_| get(&router, "/fragments/attempts?"))).await;
    assert!(all.iter().all(|answer| answer.text.contains("No attempts") && answer.header("cache-control") == "no-store"));
    assert_eq!(host.asked.load(Ordering::SeqCst), 1);

    // Another question, what is refused, and whoever may see secrets have answers of their own.
    assert!(get(&router, "/fragments/attempts?account=a").await.text.contains("No attempt fits"));
    for _ in 0..2 {
        let wrong = get(&router, "/fragments/attempts?outcome=good").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!wrong.text.is_empty());
    }
    let before = host.asked.load(Ordering::SeqCst);
    for _ in 0..2 {
        get(&router, "/fragments/attempts?reveal=true").await;
    }
    assert_eq!(host.asked.load(Ordering::SeqCst), before + 2);
}

#[tokio::test(start_paused = true)]
async fn who_may_only_look_isnt_given_the_buttons_of_those_who_may_more() {
    let (shared, _) = shared_with();
    let group = GroupDefinition::new(GroupName::new("G").unwrap(), "R", vec![InstanceId(1)]);
    shared.service.orchestrator().create_group(group).unwrap();
    shared.service.launch("G", Default::default()).unwrap();
    let router = router(shared);
    let all = get(&router, "/fragments/groups").await.text;
    let look = ask(&router, "GET", "/fragments/groups", &[("authorization", "Bearer look")], "").await.text;
    assert!(all.contains(">Pause<") && !all.contains("disabled"), "{all}");
    assert!(look.contains(">Pause<") && look.contains("disabled"), "{look}");
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_after_it_was_told_shows_what_happened() {
    let (shared, events) = shared_with();
    let router = router(shared.clone());
    let mut stream = listen(&router).await;
    told(&mut stream, "hello").await;
    for n in 1..=5 {
        let name = GroupName::new(format!("Group {n}")).unwrap();
        // Somebody else asks all the time.
        assert!(!get(&router, "/fragments/groups").await.text.contains(name.as_str()));
        let group = GroupDefinition::new(name.clone(), "R", vec![InstanceId(1)]);
        shared.service.orchestrator().create_group(group).unwrap();
        events.publish(EventKind::DefinitionReloaded {
            pool: None,
            group: Some(name.clone()),
            file: None,
            generation: 1,
        });
        told(&mut stream, "groups").await;
        assert!(get(&router, "/fragments/groups").await.text.contains(name.as_str()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_paused_is_told_though_nothing_else_happens() {
    let group = "name: G\nroutine: Stays\ninstances: [1]\nlaunch: {stagger_delay: 0}\n";
    let World { shared, router, .. } = &World::new(&[("groups/G.yaml", group)]);
    let mut stream = listen(router).await;
    shared.service.launch("G", Default::default()).unwrap();
    told(&mut stream, "bots").await;
    while tokio::time::timeout(Duration::from_secs(1), stream.next()).await.is_ok() {}

    for (verb, button) in [("pause", ">Resume<"), ("resume", ">Pause<")] {
        let answer = ask(
            router,
            "POST",
            &format!("/api/v1/groups/G/{verb}"),
            &[("authorization", "Bearer right")],
            "",
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        tokio::time::timeout(Duration::from_secs(1), told(&mut stream, "groups")).await.unwrap();
        let shown = get(router, "/fragments/groups/G").await.text;
        assert!(shown.contains(button), "{verb}: {shown}");
    }
}

/// What a page is told when leases come and go all the time: what they touch, five times a
/// second and never later than 200 ms; everything else as soon as ever.
#[tokio::test(start_paused = true)]
async fn numbers_that_run_are_told_less_often_and_nothing_else_later() {
    let (shared, events) = shared_with();
    let router = router(shared.clone());
    let mut stream = listen(&router).await;
    told(&mut stream, "hello").await;
    let pool = PoolName::new("P").unwrap();
    let launch = LaunchRef { launch_id: LaunchId::random(), group: GroupName::new("G").unwrap() };
    let lease = move || EventKind::LeaseGranted {
        bot: BotRef { launch: launch.clone(), instance: InstanceId(1) },
        pool: pool.clone(),
        account: AccountId::new("a").unwrap(),
        generation: 1,
    };
    let (bus, more) = (events.clone(), lease.clone());
    let all_the_time = tokio::spawn(async move {
        loop {
            (0..20).for_each(|_| bus.publish(more()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let began = Instant::now();
    let (mut last, mut times) = (began, 0);
    while began.elapsed() < Duration::from_secs(4) {
        told(&mut stream, "pools").await;
        assert!(last.elapsed() <= Duration::from_millis(210), "{:?}", last.elapsed());
        (last, times) = (Instant::now(), times + 1);
    }
    assert!((18..=22).contains(&times), "{times} times");

    for _ in 0..5 {
        let happened = Instant::now();
        events.publish(EventKind::ExtensionLoaded { extension: "R".into(), generation: 1 });
        told(&mut stream, "extensions").await;
        assert!(happened.elapsed() <= Duration::from_millis(110), "{:?}", happened.elapsed());
        tokio::time::sleep(Duration::from_millis(37)).await;
    }

    // What was kept back is told though nothing else happens.
    all_the_time.abort();
    while tokio::time::timeout(Duration::from_secs(1), stream.next()).await.is_ok() {}
    (0..500).for_each(|_| events.publish(lease()));
    let happened = Instant::now();
    told(&mut stream, "pools").await;
    assert!(happened.elapsed() <= Duration::from_millis(210), "{:?}", happened.elapsed());
}
