//! Logs: never in the way, readable for programs, and about all that happens.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::bench::Bench;

#[test]
fn who_does_not_read_the_logs_holds_nobody_up() {
    // More than any pipe holds, and more than waits for a reader.
    let bench =
        Bench::with_accounts(20, "", "for i = 1, 900 do ctx.log:warn(('x'):rep(1000)) end return { n = 1 }");
    bench.group("G", 0, 4, "");
    let mut command = bench.command(&["launch", "G", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let unread = child.stderr.take().unwrap();
    let output = child.wait_with_output().unwrap();
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports[0]["accounts"]["completed"], 20, "{reports}");
    assert_eq!(output.status.code(), Some(0));
    drop(unread);
}

#[test]
fn the_last_lines_are_written() {
    let bench = Bench::with_accounts(
        1,
        "",
        "for i = 1, 900 do ctx.log:warn('line ' .. i .. ('x'):rep(1000)) end return { n = 1 }",
    );
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--json"]).exits(0);
    assert_eq!(ran.err.lines().filter(|line| line.contains("line ")).count(), 900);
    ran.says("line 900xxx");
}

#[test]
fn as_json_fields_are_what_they_are() {
    let bench = Bench::with_accounts(1, "", "ctx.log:info('hello', { a = 1, b = { 'x' } }) print('plain')");
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--json", "--log-format", "json"]).exits(0);
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hello = lines.iter().find(|line| line["message"] == "hello").unwrap();
    assert_eq!(hello["fields"], json!({"a": 1, "b": ["x"]}));
    assert_eq!(
        (&hello["instance"], &hello["level"], &hello["target"]),
        (&json!(0), &json!("INFO"), &json!("lariat::routine"))
    );
    assert!(hello["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(lines.iter().any(|line| line["message"] == "plain" && line.get("fields").is_none()));
    let ran = bench.run(&["pool", "reset", "P", "--yes"]);
    let ran = if ran.code == 0 { bench.run(&["launch", "G"]) } else { panic!("{ran:?}") };
    ran.says("info: G[0] a00000: hello {\"a\":1,\"b\":[\"x\"]}");
}

#[test]
fn verbose_tells_what_happens() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("G", 0, 1, "max_accounts: 1");
    let quiet = bench.run(&["launch", "G", "--plan"]).exits(0);
    assert_eq!(quiet.err, "");
    let ran = bench.run(&["launch", "G", "-v"]).exits(0);
    for line in [
        "info: launch.started pool=P group=G",
        "debug: phase.started phase=validate group=G",
        "debug: phase.finished phase=launch_bots group=G",
        "debug: bot.started group=G instance=0",
        "debug: bot.finished outcome=completed group=G instance=0",
        "info: launch.finished outcome=completed group=G",
    ] {
        ran.says(line);
    }
    assert!(!ran.err.contains("lease."), "{}", ran.err);
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "-vv", "--log-format", "json"]).exits(0);
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let granted = lines.iter().find(|line| line["message"] == "lease.granted").unwrap();
    assert_eq!(
        (&granted["account"], &granted["level"], &granted["fields"]["pool"]),
        (&json!("a00000"), &json!("TRACE"), &json!("P"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line["message"] == "lease.settled" && line["fields"]["outcome"] == "completed")
    );
}

#[test]
fn a_filter_that_is_not_understood_is_told() {
    let bench = Bench::new();
    let output = bench.command(&["pool", "list"]).env("RUST_LOG", "lariat=loud").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("warning: RUST_LOG is not understood"), "{err}");
    assert_eq!(output.status.code(), Some(0));
    let output = bench.command(&["pool", "list"]).env("RUST_LOG", "lariat=debug").output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains("RUST_LOG"));
}
