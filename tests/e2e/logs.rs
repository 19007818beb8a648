//! Logs: never in the way, readable for programs, and about all that happens.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::live::Up;

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

/// The log files of the engine of a bench, the newest first, each with its lines.
fn files(bench: &Bench) -> Vec<(u64, Vec<Value>)> {
    let names = ["lariat.jsonl".to_owned()].into_iter().chain((1..).map(|n| format!("lariat.{n}.jsonl")));
    let texts = names.map_while(|name| std::fs::read_to_string(bench.path(".lariat/logs").join(name)).ok());
    let parse = |text: String| {
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (text.len() as u64, lines)
    };
    texts.map(parse).collect()
}

#[test]
fn a_running_engine_writes_files_that_stay_small_and_tell_no_secret() {
    let bench = Bench::new();
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\nlogs: {max_size: 64KiB, keep: 2}\n");
    bench.write("accounts/one.csv", "id,pack_count,password\na1,1,hunter-two\n");
    let pool = "name: P\ntype: sql\nquery:\n  select: SELECT id FROM accounts\n";
    bench.write("pools/P.yaml", pool);
    bench.routine(
        "R",
        "for i = 1, 400 do ctx.log:info('line ' .. i .. ('x'):rep(1000)) end
        assert(ctx.account.password == 'hunter-two')
        ctx.log:warn('the password is ' .. ctx.account.password, { key = ctx.account.password })
        error('with ' .. ctx.account.password)",
    );
    bench.group("G", 0, 1, "");
    let up = Up::start(&bench, &["--quiet"]);
    let url = bench.json(&["console"])["url"].as_str().unwrap().to_owned();
    let engine = std::fs::read_to_string(bench.path(".lariat/engine.json")).unwrap();
    let engine: Value = serde_json::from_str(&engine).unwrap();
    bench.run(&["launch", "G"]);
    up.signal("-TERM");
    let (code, events) = up.ends();
    assert_eq!(code, 0);

    let files = files(&bench);
    assert_eq!(files.len(), 3, "full ones are forgotten");
    assert!(files.iter().all(|(size, _)| *size <= 64 << 10));
    let lines: Vec<&Value> = files.iter().rev().flat_map(|(_, lines)| lines).collect();
    for line in &lines {
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
        assert!(line["level"].is_string() && line["message"].is_string() && line["target"].is_string());
    }
    let said = |message: &str| {
        let found = lines.iter().filter(|line| line["message"].as_str().unwrap().starts_with(message));
        found.copied().collect::<Vec<_>>()
    };
    let counted = said("line ");
    assert!(counted.last().unwrap()["message"].as_str().unwrap().starts_with("line 400x"));
    let first = counted[0]["message"].as_str().unwrap();
    assert_ne!(first, format!("line 1{}", "x".repeat(1000)), "the oldest is gone");
    let masked = said("the password is ")[0];
    assert_eq!(
        (&masked["level"], &masked["group"], &masked["instance"], &masked["account"], &masked["routine"]),
        (&json!("WARN"), &json!("G"), &json!(0), &json!("a1"), &json!("R"))
    );
    let finished = said("launch.finished")[0];
    let launch = events.iter().find(|event| event["type"] == "launch.finished").unwrap();
    assert_eq!(
        (&finished["seq"], &finished["launch_id"], &finished["target"]),
        (&launch["seq"], &launch["launch_id"], &json!("lariat::event"))
    );

    let all: String = lines.iter().map(|line| line.to_string()).collect();
    let link = url.split_once("code=").unwrap().1;
    for secret in ["hunter-two", link, engine["token"].as_str().unwrap()] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn only_a_running_engine_writes_log_files_and_others_stay_out_of_them() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.run(&["launch", "G"]).exits(0);
    assert!(files(&bench).is_empty());
    let up = Up::start(&bench, &[]);
    bench.run(&["up", "--listen", "127.0.0.1:0"]).exits(5);
    up.signal("-TERM");
    assert_eq!(up.ends().0, 0);
    let files = files(&bench);
    let runs =
        files[0].1.iter().filter(|line| line["message"].as_str().unwrap().starts_with("the engine runs"));
    assert_eq!((files.len(), runs.count()), (1, 1));
    bench.write("lariat.yaml", "logs: {max_size: 1KiB, keep: 2000}\n");
    bench.run(&["up"]).exits(2).says("logs.max_size").says("64KiB").says("logs.keep");
}
