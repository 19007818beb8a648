//! What programs ask a running engine over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::Up;

/// Asks `/api/v1/PATH` of the workspace's engine; gives the status and the answer.
pub fn ask(bench: &Bench, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let file = std::fs::read(bench.path(".lariat/engine.json")).unwrap();
    let engine: Value = serde_json::from_slice(&file).unwrap();
    let (address, token) = (engine["address"].as_str().unwrap(), engine["token"].as_str().unwrap());
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} /api/v1/{path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// What a question is answered with, which succeeds.
#[track_caller]
pub fn get(bench: &Bench, path: &str) -> Value {
    let (status, answer) = ask(bench, "GET", path, &Value::Null);
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

#[test]
fn runs_outlive_their_engine_are_told_with_their_log_and_tried_again() {
    let routine = "ctx.log:info('opening', {pack = 3}) if ctx.account.id == 'a00002' then return lariat.fail('no') end \
                   return { packs_opened = 1 }";
    let bench = Bench::with_accounts(4, "max_failures: 1", routine);
    bench.group("G", 0, 1, "stagger_delay: 0");
    let up = Up::start(&bench, &[]);
    bench.launch("G");
    up.signal("-TERM");
    assert_eq!(up.ends().0, 0);

    let _up = Up::start(&bench, &[]);
    let runs = get(&bench, "attempts?limit=3");
    assert_eq!(runs["items"].as_array().unwrap().len(), 3);
    let rest = get(&bench, &format!("attempts?limit=3&cursor={}", runs["next"].as_str().unwrap()));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let failed = get(&bench, "attempts?outcome=failed&pool=P");
    let failed = &failed["items"][0];
    assert_eq!((&failed["account"], &failed["error"]), (&json!("a00002"), &json!("no")), "{failed}");
    let shown = get(&bench, &format!("attempts/{}", failed["id"]));
    let lines: Vec<&Value> = shown["log"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["message"] == "opening")
        .collect();
    assert_eq!(lines.len(), 1, "{shown}");
    assert_eq!((&lines[0]["account"], &lines[0]["fields"]["pack"]), (&json!("a00002"), &json!(3)), "{shown}");

    let (status, done) = ask(&bench, "POST", "attempts/retry", &json!({"filter": {"outcome": "failed"}}));
    assert_eq!((status, &done["accounts"]), (200, &json!(1)), "{done}");
    assert_eq!(bench.json(&["account", "list", "--status", "failed"]), json!([]));
    assert_eq!(bench.launch_exits("G", 0)["accounts"]["failed"], 1);
    let (_, done) = ask(&bench, "POST", "attempts/retry", &json!({"filter": {"group": "G"}}));
    assert_eq!(done["accounts"], 4, "{done}");
    let again = &bench.launch_exits("G", 0)["accounts"];
    assert_eq!((&again["completed"], &again["failed"]), (&json!(3), &json!(1)));
}
