//! `plugins/shell` in the real host: what becomes of a program that is to end.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineRun;
use lariat_plugin_tests::{Workspace, account, run};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;

/// A run of a script, and a pipe that is open as long as one process of it lives.
fn script(workspace: &Workspace, script: &str) -> (RoutineRun, BufReader<pipe::Receiver>) {
    let fifo = workspace.path("alive");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let alive = pipe::OpenOptions::new().open_receiver(Path::new(&fifo)).unwrap();
    let script = format!("exec 3>'{}'; {script}", fifo.display());
    let params = json!({"program": "sh", "args": ["-c", script], "kill_after": 0.05});
    (run(Some(account("a1", json!({"password": "hunter2"}))), params), BufReader::new(alive))
}

async fn begun(alive: &mut BufReader<pipe::Receiver>) {
    let mut line = String::new();
    // Without a writer yet, the pipe is at its end.
    while line.is_empty() {
        alive.read_line(&mut line).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(line, "begun\n");
}

async fn all_dead(alive: &mut BufReader<pipe::Receiver>) -> String {
    let mut rest = String::new();
    alive.read_to_string(&mut rest).await.unwrap();
    rest
}

#[tokio::test]
async fn a_program_runs_for_an_account_and_its_secrets_stay_secret() {
    let workspace = Workspace::default();
    let routine = workspace.rust("shell").routines().remove(0);
    let params = json!({"program": "sh", "args": ["-c", "cat >&2; exit 1"]});
    let outcome =
        routine.run(run(Some(account("a1", json!({"password": "hunter2"}))), params)).await.unwrap();
    let Outcome::Failed { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("\"id\":\"a1\"") && !reason.contains("hunter2"), "{reason}");
}

#[tokio::test]
async fn a_folder_is_meant_from_the_workspace_on() {
    let workspace = Workspace::default();
    workspace.write("work/there", "");
    let routine = workspace.rust("shell").routines().remove(0);
    let params = json!({"program": "sh", "args": ["-c", "test -f there"], "folder": "work"});
    let outcome = routine.run(run(Some(account("a1", json!({}))), params)).await.unwrap();
    assert!(matches!(outcome, Outcome::Completed(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_program_that_is_told_to_stop_may_end_its_work() {
    let workspace = Workspace::default();
    let routine = workspace.rust("shell").routines().remove(0);
    let answer = r#"echo "{\"outcome\": \"completed\", \"result\": {\"packs\": 2}}"; exit 0"#;
    let trap = format!("trap '{answer}' TERM; echo begun >&3; sleep 100000 & wait");
    let (mut run, mut alive) = script(&workspace, &trap);
    run.params = {
        let mut params = (*run.params).clone();
        params.insert("kill_after".into(), json!(100_000));
        params.into()
    };
    let stopping = run.stopping.clone();
    let bot = tokio::spawn(async move { routine.run(run).await });
    begun(&mut alive).await;
    stopping.cancel();
    let completed = Outcome::Completed(json!({"packs": 2}).as_object().unwrap().clone());
    assert_eq!(bot.await.unwrap().unwrap(), completed);
    assert_eq!(all_dead(&mut alive).await, "");
}

#[tokio::test]
async fn one_that_does_not_stop_is_killed_with_all_that_it_started() {
    let workspace = Workspace::default();
    let routine = workspace.rust("shell").routines().remove(0);
    let (run, mut alive) = script(
        &workspace,
        "trap '' TERM; sleep 100000 & (sleep 100000 & sleep 100000) & echo begun >&3; wait",
    );
    let stopping = run.stopping.clone();
    let bot = tokio::spawn(async move { routine.run(run).await });
    begun(&mut alive).await;
    stopping.cancel();
    assert_eq!(bot.await.unwrap().unwrap(), Outcome::Returned { reason: "told to end".into() });
    assert_eq!(all_dead(&mut alive).await, "");
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_kills_its_program() {
    let workspace = Workspace::default();
    let routine = workspace.rust("shell").routines().remove(0);
    let (run, mut alive) = script(&workspace, "trap '' TERM; sleep 100000 & echo begun >&3; wait");
    let bot = tokio::spawn(async move { routine.run(run).await });
    begun(&mut alive).await;
    bot.abort();
    assert!(bot.await.unwrap_err().is_cancelled());
    assert_eq!(all_dead(&mut alive).await, "");
}

#[tokio::test]
async fn one_that_ends_well_when_told_to_but_does_not_say_it_is_done_gives_its_account_back() {
    let workspace = Workspace::default();
    let routine = workspace.rust("shell").routines().remove(0);
    let (mut run, mut alive) = script(
        &workspace,
        "trap 'echo \"{\\\"packs\\\": 2}\"; exit 0' TERM; echo begun >&3; sleep 100000 & wait",
    );
    let mut params = (*run.params).clone();
    params.insert("kill_after".into(), json!(100_000));
    run.params = params.into();
    let stopping = run.stopping.clone();
    let bot = tokio::spawn(async move { routine.run(run).await });
    begun(&mut alive).await;
    stopping.cancel();
    assert_eq!(bot.await.unwrap().unwrap(), Outcome::Returned { reason: "told to end".into() });
    assert_eq!(all_dead(&mut alive).await, "");
}
