//! `ctx.http` against a tiny server on this machine.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use std::net::SocketAddr;
use std::time::Duration;

use common::*;
use lariat_lua::{Budgets, HttpPolicy};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers by the path of the request.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let request = read(&mut stream).await;
                let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
                let answer = match path.as_str() {
                    "/hang" => return tokio::time::sleep(Duration::from_secs(60)).await,
                    "/big" => format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {0}\r\n\r\n{1}",
                        5 << 20,
                        "x".repeat(5 << 20)
                    ),
                    "/there" => "HTTP/1.1 302 Found\r\nlocation: /here\r\ncontent-length: 0\r\n\r\n".into(),
                    "/inside" => {
                        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:1/\r\ncontent-length: 0\r\n\r\n"
                            .into()
                    }
                    "/loop" => "HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n".into(),
                    "/gone" => {
                        "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nx-a: 1\r\nx-a: 2\r\n\r\nno".into()
                    }
                    _ => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}", request.len()),
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

async fn read(stream: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                return text;
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn allowing(address: SocketAddr) -> World {
    let policy = HttpPolicy { allow: vec![address.to_string()], only_listed: false };
    world_with(Budgets::default(), policy, 1)
}

#[tokio::test]
async fn get_and_post() {
    let address = server().await;
    let world = allowing(address);
    let body = format!(
        "local url = 'http://{address}'
         local r = ctx.http:get(url .. '/x', {{ headers = {{ ['X-Test'] = 'yes' }}, timeout = '5s' }})
         local p = ctx.http:post(url .. '/p', {{ json = {{ a = {{ 1 }} }} }})
         local q = ctx.http:post(url .. '/q', {{ body = 'plain', headers = {{ ['content-type'] = 'text/x' }} }})
         local g = ctx.http:get(url .. '/gone')
         local t = ctx.http:get(url .. '/there')
         return {{ status = r.status, r = r.body, p = p.body, q = q.body, gone = g.status, a = g.headers['x-a'], g = g.body, t = t.body }}"
    );
    let value = world.value(&body).await;
    assert_eq!(value["status"], 200);
    let has =
        |name: &str, part: &str| assert!(value[name].as_str().unwrap().contains(part), "{name}: {value}");
    has("r", "GET /x HTTP/1.1");
    has("r", "x-test: yes");
    has("r", "user-agent: lariat/");
    has("p", "POST /p HTTP/1.1");
    has("p", "content-type: application/json");
    has("p", r#"{"a":[1]}"#);
    has("q", "content-type: text/x");
    has("t", "GET /here HTTP/1.1");
    assert_eq!((&value["gone"], &value["a"], &value["g"]), (&json!(404), &json!("1, 2"), &json!("no")));
}

#[tokio::test]
async fn expected_failures_are_nil_and_why() {
    let address = server().await;
    let world = allowing(address);
    for (path, options, told) in [
        ("/hang", "{ timeout = '50ms' }", "no answer within 50ms"),
        ("/big", "{}", "larger than 4194304 bytes"),
        ("/loop", "{}", "more than 5 redirects"),
        ("/inside", "{}", "127.0.0.2:1 is not public"),
    ] {
        let body = format!(
            "local r, why = ctx.http:get('http://{address}{path}', {options}) return {{ r = r == nil, why = why }}"
        );
        let value = world.value(&body).await;
        assert_eq!(value["r"], true);
        assert!(value["why"].as_str().unwrap().contains(told), "{path}: {value}");
    }
}

#[tokio::test]
async fn private_addresses_are_refused_by_default() {
    let address = server().await;
    let world = world();
    let port = address.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "0.0.0.0",
    ] {
        let body = format!(
            "local r, why = ctx.http:get('http://{host}:{port}/', {{ timeout = '5s' }}) return {{ r = r == nil, why = why }}"
        );
        let value = world.value(&body).await;
        assert_eq!(value["r"], true, "{host}");
        assert!(value["why"].as_str().unwrap().contains("is not public"), "{host}: {value}");
    }
    let policy = HttpPolicy { allow: vec![format!("127.0.0.1:{port}")], only_listed: true };
    let strict = world_with(Budgets::default(), policy, 1);
    let body = format!(
        "local r, why = ctx.http:get('http://example.com/') local ok = ctx.http:get('http://127.0.0.1:{port}/') return {{ why = why, ok = ok.status }}"
    );
    let value = strict.value(&body).await;
    assert_eq!(value["ok"], 200);
    assert!(value["why"].as_str().unwrap().contains("may not talk to example.com:80"), "{value}");
}

#[tokio::test]
async fn wrong_calls_raise() {
    let world = world();
    for (call, told) in [
        ("ctx.http:get()", "ctx.http:get(url, options): takes a URL as text; got nothing"),
        ("ctx.http:get('ftp://x')", "is not a URL that begins with http"),
        ("ctx.http:get('http://x', 5)", "takes a table of options"),
        ("ctx.http:get('http://x', { body = 'x' })", "unknown name in the options of ctx.http:get \"body\""),
        ("ctx.http:post('http://x', { jsn = 1 })", "did you mean \"json\"?"),
        ("ctx.http:post('http://x', { json = print })", "json can't be sent: it is a function"),
        ("ctx.http:get('http://x', { headers = { ['a b'] = 'c' } })", "is not the name of a header"),
        ("ctx.http:get('http://x', { headers = { a = 'c\\r\\nd: e' } })", "not a text on one line"),
        ("ctx.http:get('http://x', { timeout = 'soon' })", "timeout takes a duration"),
    ] {
        let message = world.raises(call).await;
        assert!(
            message.contains(told) && message.starts_with("scripts/routines/t.lua:3: "),
            "{call}: {message}"
        );
    }
}

#[tokio::test]
async fn a_dropped_run_gives_its_request_up() {
    let address = server().await;
    let world = allowing(address);
    let (progress, seen) = remembered();
    let routine = world.body(&format!("ctx:progress(0, 1) ctx.http:get('http://{address}/hang')"));
    let run = lariat_core::routine::RoutineRun { progress, ..given() };
    let task = tokio::spawn(async move { routine.run(run).await });
    while seen.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(world.value("return { n = 1 }").await, json!({"n": 1}));
}
