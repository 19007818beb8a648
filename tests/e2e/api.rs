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

#[test]
fn what_the_command_line_does_for_a_workspace_programs_ask_the_engine_for() {
    let bench = Bench::with_accounts(3, "", "return { n = 1 }");
    bench.group("G", 0, 1, "stagger_delay: 0");
    bench.write(
        "scripts/routines/bad.lua",
        "local R = lariat.routine { name = \"Bad\" }\nfunction R.run(ctx\n",
    );
    let _up = Up::start(&bench, &[]);
    let names = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&get(&bench, "routines")), ["R"]);
    assert_eq!(names(&get(&bench, "pool-types")), ["file", "sql"]);
    assert!(get(&bench, "extensions").as_array().unwrap().iter().any(|row| row["state"] == "failed"));
    assert!(
        get(&bench, "hooks?group=G")["hooks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["hook"] == "pool_limit")
    );
    assert_eq!(ask(&bench, "GET", "hooks?group=Nope", &Value::Null).0, 404);
    assert_eq!(get(&bench, "schemas/group")["title"], bench.json(&["schema", "group"])["title"]);
    assert_eq!(get(&bench, "folders")["at"], ".");
    assert!(!get(&bench, "logs?limit=1")["items"].as_array().unwrap().is_empty());

    let (status, checked) = ask(&bench, "POST", "scripts/check", &json!({"kind": "routine"}));
    assert_eq!((status, &checked["ok"]), (200, &json!(false)), "{checked}");
    assert_eq!(checked["findings"], bench.run(&["routine", "check", "--json"]).exits(2).json());
    let (status, good) = ask(&bench, "POST", "scripts/check", &json!({"kind": "routine", "names": ["R"]}));
    assert_eq!((status, &good["scripts"], &good["ok"]), (200, &json!(1), &json!(true)), "{good}");
    let unknown = ask(&bench, "POST", "scripts/check", &json!({"kind": "hook", "names": ["Nope"]}));
    assert_eq!(unknown.0, 404, "{}", unknown.1);

    let (status, backup) = ask(&bench, "POST", "backup", &Value::Null);
    assert_eq!((status, &backup["accounts"]), (200, &json!(3)), "{backup}");
    assert!(std::path::Path::new(backup["path"].as_str().unwrap()).is_file());

    let (status, found) = ask(&bench, "POST", "doctor", &Value::Null);
    assert_eq!(status, 200, "{found}");
    let about = |wanted: &str, level: &str| {
        let found = found.as_array().unwrap().iter();
        found.filter(|it| it["about"] == wanted && it["level"] == level).count()
    };
    assert!(about("workspace", "ok") == 1 && about("scripts", "error") > 0, "{found}");
    assert_eq!(ask(&bench, "GET", "plugins/nope", &Value::Null).0, 404);
}
