//! What a person at a terminal is asked and shown.

use rexpect::session::{PtySession, spawn_command};

use crate::bench::Bench;
use crate::live::Up;

const PATIENCE_MS: Option<u64> = Some(60_000);

fn at_a_terminal(bench: &Bench, args: &[&str]) -> PtySession {
    let mut command = bench.command(args);
    command.env("TERM", "xterm").env("COLUMNS", "200");
    command.stdin(std::process::Stdio::inherit());
    spawn_command(command, PATIENCE_MS).unwrap()
}

/// Two accounts served by a first launch that takes one; a third comes in afterwards.
fn refreshed_before() -> Bench {
    let bench = Bench::with_accounts(2, "", "return {}");
    bench.group("G", 0, 1, "max_accounts: 1");
    bench.launch("G");
    bench.write("more.csv", "id,pack_count\nnew,99\n");
    bench.run(&["account", "import", "more.csv"]).exits(0);
    bench
}

fn served_last(bench: &Bench) -> String {
    let accounts = bench.json(&["account", "list", "--status", "completed"]);
    let ids: Vec<&str> = accounts.as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    ids.join(" ")
}

#[test]
fn a_launch_asks_whether_to_refresh_a_pool_that_was_refreshed_before() {
    // In the command's own process, and by the engine that runs.
    for (answer, served, beside) in [
        ("y", "a00000 new", false),
        ("", "a00000 new", false),
        ("n", "a00000 a00001", false),
        ("", "a00000 new", true),
        ("n", "a00000 a00001", true),
    ] {
        let bench = refreshed_before();
        let _up = beside.then(|| Up::start(&bench, &[]));
        let mut terminal = at_a_terminal(&bench, &["launch", "G"]);
        terminal.exp_regex(r#"Pool "P" was last refreshed .*\. Refresh now\? \[Y/n\]"#).unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_regex("GROUP .*COMPLETED").unwrap();
        terminal.exp_eof().unwrap();
        assert_eq!(served_last(&bench), served, "after {answer:?}, beside: {beside}");
    }
}

#[test]
fn work_goes_on_while_a_question_stands_and_ctrl_c_takes_it_back() {
    for beside in [false, true] {
        // Long enough that B finds A at work.
        let bench = Bench::with_accounts(50, "", "ctx.log:info('hi') ctx:sleep('20ms') return {}");
        bench.group("A", 0, 1, "");
        bench.group("B", 0, 1, "on_conflict: ask");
        let _up = beside.then(|| Up::start(&bench, &[]));
        let mut terminal = at_a_terminal(&bench, &["launch", "A", "B", "--quiet"]);
        terminal.exp_string("[S/c/a]").unwrap();
        while bench.pool_counts()["completed"] != 50 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        terminal.send_control('c').unwrap();
        terminal.exp_eof().unwrap();
        assert_eq!(bench.pool_counts()["failed"], 0, "beside: {beside}");
    }
}

#[test]
fn a_launch_by_the_running_engine_shows_its_bars_and_takes_the_other_bot_s_instance() {
    let bench = Bench::with_accounts(2, "", "while not ctx:stopping() do ctx:sleep('5ms') end return {}");
    bench.group("A", 0, 1, "stagger_delay: 0");
    bench.group("B", 0, 1, "on_conflict: ask, stagger_delay: 0, refresh_pool: never");
    let mut up = Up::start(&bench, &[]);
    let mut first =
        bench.command(&["launch", "A", "--json"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    up.until(|event| event["type"] == "lease.granted" && event["group"] == "A");
    let mut terminal = at_a_terminal(&bench, &["launch", "B"]);
    terminal.exp_regex(r#"Instance 0 is in use by "A". For "B": .*\[S/c/a\]"#).unwrap();
    terminal.send_line("c").unwrap();
    up.until(|event| event["type"] == "lease.granted" && event["group"] == "B");
    terminal.exp_regex("B +\\[.*completed.* of 1 bots").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("stopping: bots finish their account").unwrap();
    terminal.exp_regex("B .*1/1 ").unwrap();
    terminal.exp_string("stopped before it was done").unwrap();
    terminal.exp_eof().unwrap();
    assert!(first.wait().is_ok());
}

#[test]
fn nobody_is_asked_when_the_answer_is_given_or_the_pool_was_never_refreshed() {
    let bench = refreshed_before();
    let mut terminal = at_a_terminal(&bench, &["launch", "G", "--refresh", "always"]);
    let shown = terminal.exp_eof().unwrap();
    assert!(!shown.contains("Refresh now"), "{shown}");

    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("G", 0, 1, "");
    let shown = at_a_terminal(&bench, &["launch", "G"]).exp_eof().unwrap();
    assert!(shown.contains("GROUP") && !shown.contains("Refresh now"), "{shown}");
}

#[test]
fn a_pool_is_deleted_only_after_a_yes() {
    let bench = Bench::with_accounts(1, "", "return {}");
    for (answer, left) in [("", true), ("n", true), ("yes", false)] {
        let mut terminal = at_a_terminal(&bench, &["pool", "delete", "P"]);
        terminal.exp_string("Go on? [y/N]").unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap();
        assert_eq!(bench.path("pools/P.yaml").exists(), left, "after {answer:?}");
    }
}
