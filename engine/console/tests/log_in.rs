//! From a one-time link to a session, and what a session may do.
#![allow(clippy::unwrap_used)]

mod common;

use axum::http::StatusCode;
use lariat_console::server::access::Access;
use lariat_console::server::router;
use serde_json::json;

use common::{ask, shared};

#[tokio::test]
async fn a_link_becomes_a_session_that_ends_when_its_left() {
    let shared = shared();
    let (url, router) = (shared.login_url(Access::Full), router(shared));
    let path = url.strip_prefix("http://127.0.0.1:7420").unwrap();
    // Whoever only looks whether it is there doesn't use it up.
    let ahead = ask(&router, "GET", path, &[("sec-purpose", "prefetch")], "").await;
    assert_eq!((ahead.status, ahead.cookie().as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(ask(&router, "HEAD", path, &[], "").await.cookie(), "");

    let entered = ask(&router, "GET", path, &[("sec-fetch-site", "none")], "").await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/"));
    let cookie = entered.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
    let cookie = entered.cookie();

    let known = ask(&router, "GET", "/api/v1/identity", &[("cookie", &cookie)], "").await;
    assert_eq!(known.json(), json!({"who": "console 1", "access": "full"}));
    let again = ask(&router, "GET", path, &[], "").await;
    assert_eq!((again.status, again.cookie().as_str()), (StatusCode::UNAUTHORIZED, ""), "used up");

    let own = [("cookie", cookie.as_str()), ("origin", "http://localhost:7420")];
    assert_eq!(ask(&router, "POST", "/api/v1/reload", &own, "").await.status, StatusCode::OK);
    let left = ask(&router, "POST", "/logout", &own, "").await;
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    let known = ask(&router, "GET", "/api/v1/identity", &[("cookie", &cookie)], "").await;
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_code_may_be_pasted_and_a_link_may_be_followed_from_a_chat() {
    let shared = shared();
    let codes: Vec<String> = (0..2).map(|_| shared.keys.new_link(Access::Full)).collect();
    let router = router(shared);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let pasted = ask(&router, "POST", "/login", &form, &format!("code=+{}+", codes[0])).await;
    assert_eq!(pasted.status, StatusCode::SEE_OTHER);
    let visit =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let followed = ask(&router, "GET", &format!("/login?code={}", codes[1]), &visit, "").await;
    // A redirect would be without the cookie.
    assert_eq!(followed.status, StatusCode::OK);
    assert!(followed.text.contains("url=/") && !followed.cookie().is_empty());
}

#[tokio::test]
async fn who_may_only_look_changes_nothing_and_reveals_nothing() {
    let shared = shared();
    let code = shared.keys.new_link(Access::ReadOnly);
    let router = router(shared);
    let session = ask(&router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    for who in [("authorization", "Bearer look"), ("cookie", session.as_str())] {
        let who = [who, ("origin", "http://localhost:7420")];
        let known = ask(&router, "GET", "/api/v1/identity", &who, "").await;
        assert_eq!(known.json()["access"], "read_only");
        assert_eq!(ask(&router, "GET", "/api/v1/status", &who, "").await.status, StatusCode::OK);
        for (method, path) in [
            ("POST", "/api/v1/reload"),
            ("POST", "/api/v1/links"),
            ("DELETE", "/api/v1/groups/G"),
            ("PUT", "/nothing"),
            ("GET", "/api/v1/accounts?reveal=true"),
        ] {
            let answer = ask(&router, method, path, &who, "").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(answer.json()["exit"], 3, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_page_says_how_to_log_in() {
    let router = router(shared());
    for path in ["/", "/groups/G", "/nothing"] {
        let answer = ask(&router, "GET", path, &[], "").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(answer.text.contains("lariat console"), "{path}");
        assert!(!answer.text.contains("<script") && !answer.text.contains("style="), "{path}");
    }
    assert_eq!(ask(&router, "GET", "/login", &[], "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ask(&router, "GET", "/login.css", &[], "").await.header("content-type"),
        "text/css; charset=utf-8"
    );
}

type Headers<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn a_browser_that_is_refused_gets_a_page_and_a_program_a_problem() {
    let shared = shared();
    let code = shared.keys.new_link(Access::ReadOnly);
    let router = router(shared);
    let session = ask(&router, "GET", &format!("/login?code={code}"), &[], "").await.cookie();
    let who = [("cookie", session.as_str()), ("origin", "http://localhost:7420")];
    let browser = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    let evil = ("origin", "http://evil.example");
    // (method, path, what is sent, what is answered)
    let refused: [(&str, &str, Headers, StatusCode); 5] = [
        ("POST", "/groups/G/launch", &who, StatusCode::FORBIDDEN),
        ("GET", "/groups?reveal=true", &who, StatusCode::FORBIDDEN),
        ("PUT", "/theme", &[("authorization", "Bearer right")], StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/groups/G/launch", &[evil], StatusCode::FORBIDDEN),
        ("GET", "/", &[("host", "evil.example")], StatusCode::MISDIRECTED_REQUEST),
    ];
    for (method, path, sent, status) in refused {
        let page = ask(&router, method, path, &[sent, &[browser]].concat(), "").await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (status, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(page.text.contains(".</p>") && page.text.contains("Back to the console"), "{}", page.text);
        assert!(!page.text.contains("<script") && !page.text.contains("style="), "{}", page.text);
        let told = ask(&router, method, path, sent, "").await;
        assert_eq!(told.json()["status"], status.as_u16(), "{path}: {}", told.text);
    }
    let sent = [who[0], who[1], browser];
    let told = ask(&router, "POST", "/api/v1/reload", &sent, "").await;
    assert_eq!(told.header("content-type"), "application/problem+json");
    let nowhere = ask(&router, "GET", "/nothing", &sent, "").await;
    assert_eq!(
        (nowhere.status, nowhere.header("content-type")),
        (StatusCode::NOT_FOUND, "text/html; charset=utf-8")
    );
    let json = ("accept", "application/json");
    let nowhere = ask(&router, "GET", "/nothing", &[who[0], json], "").await;
    assert_eq!((nowhere.status, &nowhere.json()["exit"]), (StatusCode::NOT_FOUND, &json!(4)));
    let unknown = ask(&router, "GET", "/", &[json], "").await;
    assert_eq!((unknown.status, &unknown.json()["exit"]), (StatusCode::UNAUTHORIZED, &json!(1)));
}
