//! The routine, with real programs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // helpers outside of #[test]

use lariat_sdk::testing::{self, Opened};
use lariat_sdk::{Account, Error, Outcome, Result, Value, json, serde_json};
use lariat_shell::{Plugin, routine::Shell};
use tempfile::TempDir;

#[test]
fn plugin_toml_says_what_the_library_says() -> Result<(), Error> {
    testing::manifest_is_current::<Plugin>(
        concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"),
        "liblariat_shell.so",
    )
}

fn shell() -> Opened {
    testing::routine::<Shell>().unwrap()
}

fn sh(script: &str) -> Result<Outcome> {
    shell().run(json!({"program": "sh", "args": ["-c", script]}), Some(&Account::new("a1")))
}

#[test]
fn the_program_gets_the_account_as_json_and_its_numbers_are_the_result() {
    let account = Account::new("a1").with("name", "Zoë \"x\"\n").with("packs", 3);
    let params = json!({"program": "sh", "args": ["-c", "cat"], "input": {"depth": [1, 2]}});
    let outcome = shell().run(params, Some(&account)).unwrap();
    let expected = json!({
        "account": {"id": "a1", "name": "Zoë \"x\"\n", "packs": 3}, "input": {"depth": [1, 2]},
        "launch_id": "00000000-0000-7000-8000-000000000000", "group": "test", "instance": 0,
    });
    assert_eq!(outcome, Outcome::completed(expected));
}

#[test]
fn a_megabyte_goes_in_and_a_program_that_does_not_read_it_is_fine() {
    let account = Account::new("a1").with("blob", "x".repeat(1_000_000));
    let count = json!({"program": "sh", "args": ["-c", "printf '{\"bytes\": %d}' $(wc -c)"]});
    let outcome = shell().run(count, Some(&account)).unwrap();
    let Outcome::Completed { result } = outcome else { panic!("{outcome:?}") };
    assert!(result["bytes"].as_u64().unwrap() > 1_000_000);
    let deaf = shell().run(json!({"program": "true"}), Some(&account)).unwrap();
    assert_eq!(deaf, Outcome::completed(json!({})));
}

#[test]
fn the_exit_status_tells_the_outcome() {
    assert_eq!(sh("exit 0").unwrap(), Outcome::completed(json!({})));
    assert_eq!(sh("exit 3").unwrap(), Outcome::failed("exit status 3"));
    assert_eq!(sh("echo first >&2; echo 'no luck' >&2; exit 3").unwrap(), Outcome::failed("no luck"));
    assert_eq!(sh("echo '{\"reason\": \"broke\"}'; echo x >&2; exit 1").unwrap(), Outcome::failed("broke"));
    assert_eq!(sh("echo 'try later' >&2; exit 75").unwrap(), Outcome::returned("try later"));
    assert_eq!(sh("exit 77").unwrap(), Outcome::skipped("exit status 77"));
    assert_eq!(sh("kill -9 $$").unwrap(), Outcome::failed("killed by signal 9"));
}

#[test]
fn the_output_tells_it_better() {
    let said = |answer: Value| sh(&format!("echo chatter; echo '{answer}'"));
    assert_eq!(said(json!({"packs": 3})).unwrap(), Outcome::completed(json!({"packs": 3})));
    let completed = json!({"outcome": "completed", "result": {"n": 1}});
    assert_eq!(said(completed).unwrap(), Outcome::completed(json!({"n": 1})));
    assert_eq!(said(json!({"outcome": "failed", "reason": "r"})).unwrap(), Outcome::failed("r"));
    assert_eq!(said(json!({"outcome": "skipped", "reason": "r"})).unwrap(), Outcome::skipped("r"));
    assert_eq!(said(json!({"outcome": "returned", "reason": "r"})).unwrap(), Outcome::returned("r"));
    let pretty = serde_json::to_string_pretty(&json!({"n": {"m": 1}})).unwrap();
    assert_eq!(sh(&format!("echo '{pretty}'")).unwrap(), Outcome::completed(json!({"n": {"m": 1}})));
    assert_eq!(sh("echo '[1]'; echo plain words").unwrap(), Outcome::completed(json!({})));
    let told = said(json!({"outcome": "done"})).unwrap_err().to_string();
    assert!(told.contains("\"done\"; it can be completed, failed, skipped, returned"), "{told}");
}

#[test]
fn floods_are_cut_and_do_not_hang() {
    assert_eq!(sh("yes | head -c 3000000").unwrap(), Outcome::failed("it printed more than 1 MiB"));
    let routine = shell();
    let params = json!({"program": "sh", "args": ["-c", "yes noise | head -n 20000 >&2"]});
    assert_eq!(routine.run(params, None).unwrap(), Outcome::completed(json!({})));
    let logs = routine.logs();
    assert_eq!((logs.len(), logs[0].message.as_str(), logs[1000].level.as_str()), (1001, "noise", "warn"));
}

#[test]
fn folder_program_and_environment_are_the_users() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("buy.sh");
    let script = "#!/bin/sh\nprintf '{\"here\": \"%s\", \"env\": \"%s %s\", \"arg\": \"%s\"}' \
                  \"$(pwd -P)\" \"$LARIAT_ACCOUNT_ID\" \"$DEPTH\" \"$1\"\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let params = json!({
        "program": "./buy.sh", "args": ["a b; c"], "folder": folder.path(), "env": {"DEPTH": 3},
    });
    let outcome = shell().run(params, Some(&Account::new("a1"))).unwrap();
    let here = folder.path().canonicalize().unwrap();
    assert_eq!(outcome, Outcome::completed(json!({"here": here, "env": "a1 3", "arg": "a b; c"})));
}

#[test]
fn a_program_that_cannot_be_started_costs_no_account() {
    let told = shell().run(json!({"program": "no-such-program"}), Some(&Account::new("a1"))).unwrap_err();
    assert_eq!(
        (told.status(), told.message()),
        (2, "no-such-program: No such file or directory (os error 2)")
    );
}

#[test]
fn what_was_left_in_the_background_ends_with_the_program() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // As long as one process has the pipe open, reading it to its end waits.
    let reading = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    let script = format!("exec 3>'{}'; echo here >&3; sleep 100000 & exit 0", pipe.display());
    assert_eq!(sh(&script).unwrap(), Outcome::completed(json!({})));
    assert_eq!(reading.join().unwrap(), "here\n");
}
