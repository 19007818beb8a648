//! What holds on every route, taken from the router itself: none can be forgotten.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;

use axum::Router;
use axum::http::StatusCode;
use lariat_console::server::access::Access;
use lariat_console::server::router;

use common::{ask, shared};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// Those that anybody may ask.
const OPEN: [&str; 6] = ["/login", "/login.css", "/logout", "/healthz", "/readyz", "/favicon.ico"];

/// The paths of a router, which has no other way to tell them than as it is debugged.
fn declared(router: &Router) -> BTreeSet<String> {
    let told = format!("{router:?}");
    let (routes, _) = told.split_once("fallback_router").unwrap();
    let paths: BTreeSet<String> = routes
        .split("): \"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap().to_owned())
        .filter(|path| path.starts_with('/'))
        .collect();
    assert_eq!(paths.len(), routes.matches(": MethodRouter(").count(), "{routes}");
    paths
}

/// The same, with their parameters filled in; and some that it doesn't have.
fn paths(router: &Router) -> Vec<String> {
    let filled = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "Nope" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let all = declared(router);
    let nothing = ["/api/v1/nothing", "/nothing", "/api/v1/../status", "/API/v1/status"];
    all.iter().map(|path| filled(path)).chain(nothing.map(str::to_owned)).collect()
}

fn is_open(path: &str) -> bool {
    OPEN.contains(&path) || path.starts_with("/assets/")
}

#[tokio::test]
async fn all_routes_are_found() {
    let all = declared(&router(shared()));
    for path in ["/login", "/api/v1/status", "/api/v1/events", "/api/v1/groups/{name}/launch"] {
        assert!(all.contains(path), "{path} is missing in {all:?}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_told_and_nothing_done() {
    let router = router(shared());
    for path in paths(&router).iter().filter(|path| !is_open(path)) {
        for method in METHODS {
            for who in [
                None,
                Some(("authorization", "Bearer wrong")),
                Some(("authorization", "Basic cmlnaHQ6cmlnaHQ=")),
                Some(("authorization", "Bearer ")),
                Some(("cookie", "lariat_7420=wrong")),
                Some(("cookie", "lariat_7420=right")),
            ] {
                let mut headers = vec![("origin", "http://localhost:7420")];
                headers.extend(who);
                let answer = ask(&router, method, path, &headers, "").await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {who:?}");
                assert!(!answer.headers.contains_key("set-cookie"), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn other_hosts_and_other_sites_are_refused_whoever_asks() {
    let shared = shared();
    let code = shared.keys.new_link(Access::Full);
    let router = router(shared);
    let session = ask(&router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let own = ("host", "127.0.0.1:7420");
    // (what is sent, what is answered)
    let refused: &[(&[(&str, &str)], StatusCode)] = &[
        (&[("host", "evil.example")], StatusCode::MISDIRECTED_REQUEST),
        (&[("host", "localhost.evil.example:7420")], StatusCode::MISDIRECTED_REQUEST),
        (&[("host", "")], StatusCode::BAD_REQUEST),
        (&[own, ("host", "evil.example")], StatusCode::BAD_REQUEST),
        (&[own, ("origin", "https://evil.example")], StatusCode::FORBIDDEN),
        (&[own, ("origin", "null")], StatusCode::FORBIDDEN),
        (&[own, ("origin", "http://127.0.0.1:8080")], StatusCode::FORBIDDEN),
        (&[own, ("origin", "https://127.0.0.1:7420")], StatusCode::FORBIDDEN),
        (&[own, ("origin", "http://localhost:7420")], StatusCode::FORBIDDEN),
        (&[own, ("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        // Another port of this machine.
        (&[own, ("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (&[own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], StatusCode::FORBIDDEN),
        (
            &[
                own,
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "iframe"),
            ],
            StatusCode::FORBIDDEN,
        ),
        (
            &[own, ("origin", "http://127.0.0.1:7420"), ("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
        ),
    ];
    for path in paths(&router) {
        for method in METHODS {
            for who in [("cookie", session.as_str()), ("authorization", "Bearer right")] {
                for (sent, expected) in refused {
                    let mut headers = sent.to_vec();
                    headers.push(who);
                    let answer = ask(&router, method, &path, &headers, "").await;
                    assert_eq!(answer.status, *expected, "{method} {path} {headers:?}");
                }
            }
            if !["GET", "HEAD"].contains(&method) {
                let bare = [own, ("cookie", session.as_str())];
                let answer = ask(&router, method, &path, &bare, "").await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: a cookie alone");
            }
        }
    }
    // The engine is still there, and so is the session.
    let answer = ask(&router, "GET", "/api/v1/status", &[("cookie", &session)], "").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn who_may_only_look_can_do_nothing_anywhere() {
    let router = router(shared());
    let who = [("authorization", "Bearer look")];
    for path in paths(&router).iter().filter(|path| !is_open(path)) {
        for method in METHODS {
            let answer = ask(&router, method, path, &who, "").await;
            if ["GET", "HEAD"].contains(&method) {
                let refused = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED];
                assert!(!refused.contains(&answer.status), "{method} {path}: {}", answer.status);
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_is_strict_and_every_refusal_a_problem() {
    let router = router(shared());
    for path in paths(&router) {
        for method in METHODS {
            for who in [None, Some(("authorization", "Bearer right")), Some(("host", "evil.example"))] {
                let headers: Vec<_> = who.into_iter().collect();
                let answer = ask(&router, method, &path, &headers, "").await;
                let at = format!("{method} {path} {who:?}: {}", answer.status);
                let policy = answer.header("content-security-policy");
                assert!(
                    policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
                    "{at}"
                );
                assert!(!policy.contains("unsafe"), "{at}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{at}");
                assert_eq!(answer.header("referrer-policy"), "same-origin", "{at}");
                assert!(!answer.header("cache-control").is_empty(), "{at}");
                let is_problem = path.starts_with("/api/")
                    && (answer.status.is_client_error() || answer.status.is_server_error());
                if is_problem {
                    assert_eq!(answer.header("content-type"), "application/problem+json", "{at}");
                    if method != "HEAD" {
                        let told = answer.json();
                        for key in ["type", "title", "detail", "instance", "error"] {
                            assert!(told[key].is_string(), "{at}: {key} in {told}");
                        }
                        assert_eq!(told["status"], answer.status.as_u16(), "{at}");
                        assert!(told["exit"].is_u64(), "{at}: {told}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn the_document_tells_every_route_of_the_api_with_its_methods() {
    let router = router(shared());
    let right = [("authorization", "Bearer right")];
    let document = ask(&router, "GET", "/api/v1/openapi.json", &right, "").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let told = document["paths"].as_object().unwrap();
    let all = declared(&router);
    let routes: BTreeSet<&str> = all.iter().filter_map(|path| path.strip_prefix("/api/v1")).collect();
    assert_eq!(told.keys().map(String::as_str).collect::<BTreeSet<_>>(), routes);
    for (path, methods) in told {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            // Nothing is done: a body that isn't JSON, for something that isn't there.
            let filled = path.replace("{name}", "Nope").replace("{id}", "0");
            let answer = ask(&router, method, &format!("/api/v1{filled}"), &right, "{").await;
            let has = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(methods.get(method.to_lowercase()).is_some(), has, "{method} {path}");
        }
    }
    let text = document.to_string();
    for name in text.split("\"$ref\":\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"][name.unwrap()].is_object(), "{name:?}");
    }
    let asked = &document["paths"]["/accounts"]["get"]["parameters"];
    let names: BTreeSet<_> = asked.as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["cursor", "limit", "reveal", "search", "status"]));
}

/// A pool may be called `new`, and an account `counts`.
#[tokio::test]
async fn no_route_stands_where_a_name_may() {
    let router = router(shared());
    let right = [("authorization", "Bearer right")];
    let document = ask(&router, "GET", "/api/v1/openapi.json", &right, "").await.json();
    // Pages take the same things by the same names as the API.
    let is_number = |path: &str| {
        let told = &document["paths"][path.strip_prefix("/api/v1").unwrap_or(path)];
        let methods = told.as_object().into_iter().flat_map(|methods| methods.values());
        methods
            .flat_map(|method| method["parameters"].as_array().unwrap())
            .any(|it| it["in"] == "path" && it["schema"]["type"] == "integer")
    };
    let all = declared(&router);
    let (mut looked, mut hidden) = (0, Vec::new());
    for path in &all {
        let parts: Vec<&str> = path.split('/').collect();
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.starts_with('{')) {
            looked += 1;
            let before = &parts[..at];
            let sibling = |other: &&String| {
                let other: Vec<&str> = other.split('/').collect();
                other.starts_with(before) && other.get(at).is_some_and(|word| word != part)
            };
            let holder = parts[..=at].join("/");
            hidden.extend(all.iter().filter(sibling).filter(|_| !is_number(&holder)).map(|it| (it, path)));
        }
    }
    assert!(looked > 20, "{all:?}");
    assert!(hidden.is_empty(), "(route, hides a name of): {hidden:#?}");
}
