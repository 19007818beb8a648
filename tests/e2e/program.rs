//! The program around the engine: init, doctor, schema, completions, plans, the sample.

use serde_json::json;

use crate::bench::Bench;

#[test]
fn a_new_workspace_runs_as_it_is() {
    let bench = Bench::new();
    let made = bench.json(&["init", "fresh"]);
    assert!(made["created"].as_array().unwrap().len() >= 5, "{made}");
    let path = bench.path("fresh");
    let path = path.to_str().unwrap();
    bench.run(&["--workspace", path, "doctor"]).exits(0);
    let reports = bench.run(&["--workspace", path, "launch", "--all", "--json"]).exits(0).json();
    assert!(reports[0]["accounts"]["completed"].as_u64().unwrap() > 0, "{reports}");
    assert_eq!(bench.json(&["init", "fresh"])["created"], json!([]), "nothing is overwritten");
}

#[test]
fn the_sample_workspace_runs_to_the_end_and_then_has_nothing_left() {
    let bench = Bench::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    for part in ["lariat.yaml", "pools", "groups", "scripts", "accounts"] {
        let status = std::process::Command::new("cp")
            .args(["-r", &format!("{root}/{part}")])
            .arg(bench.path(""))
            .status();
        assert!(status.unwrap().success());
    }
    let pools = bench.json(&["pool", "list"]);
    let totals: Vec<u64> =
        pools.as_array().unwrap().iter().map(|pool| pool["total"].as_u64().unwrap()).collect();
    assert_eq!(totals, [1043, 5, 247, 18]);
    let reports = bench.run(&["launch", "--all", "--json"]).exits(0).json();
    let of = |name: &str| {
        reports.as_array().unwrap().iter().find(|report| report["group"] == name).unwrap()["accounts"].clone()
    };
    let (fresh, premium, retry) = (of("Fresh Starters"), of("Premium Farmers"), of("Retry Batch"));
    let sum = |tally: &serde_json::Value| {
        ["completed", "failed", "skipped"].iter().map(|key| tally[key].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((sum(&fresh), sum(&premium)), (1043, 247));
    assert!(fresh["failed"].as_u64().unwrap() > 0 && fresh["skipped"].as_u64().unwrap() > 0, "{fresh}");
    assert!(premium["retried"].as_u64().unwrap() > 0, "{premium}");
    // The retry pool picks up what fails meanwhile. On a busy machine its bots may have waited for
    // max_wait_time before that: then the next launch does the rest.
    let (mut retried, failed) = (sum(&retry), fresh["failed"].as_u64().unwrap());
    if retried < 18 + failed {
        let rest = bench.run(&["launch", "Retry Batch", "--json"]).exits(0).json();
        retried += sum(&rest[0]["accounts"]);
    }
    assert_eq!(retried, 18 + failed, "the retry pool picked up what failed");
    let again = bench.run(&["launch", "--all"]).exits(0);
    again.says("nothing left to do");
    bench.run(&["doctor"]).exits(0);
}

#[test]
fn a_plan_shows_everything_and_starts_nothing() {
    let bench = Bench::with_accounts(5, "", "return {}");
    bench.group("G", 2, 2, "stagger_delay: 3s");
    let plan = bench.json(&["launch", "G", "--plan", "--bot-count", "1"])[0].clone();
    assert_eq!(
        (&plan["valid"], &plan["bot_count"], &plan["accounts_available"]),
        (&json!(true), &json!(1), &json!(5))
    );
    assert_eq!(
        (&plan["options"]["stagger_delay"], &plan["options"]["on_conflict"]),
        (&json!("3s"), &json!("skip"))
    );
    assert_eq!(bench.pool_counts()["available"], 5);
    bench.run(&["launch", "G", "--plan", "--set", "x=1"]).exits(3).says("unknown parameter");
}

#[test]
fn routines_are_listed_and_checked() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write(
        "scripts/routines/broken.lua",
        "local R = lariat.routine { name = 'Broken' }\nfunction R.run(ctx\nend\nreturn R\n",
    );
    let listed = bench.run(&["routine", "list", "--json"]).exits(1).json();
    let of = |file: &str| listed.as_array().unwrap().iter().find(|row| row["file"] == file).unwrap().clone();
    assert_eq!(of("scripts/routines/R.lua")["name"], "R");
    assert_eq!(of("scripts/routines/broken.lua")["state"], "failed");
    bench.run(&["routine", "check", "R"]).exits(0);
    bench.run(&["routine", "check"]).exits(2).says("scripts/routines/broken.lua:3");
    bench.run(&["routine", "check", "Nope"]).exits(4);
    // A broken script leaves the others alone.
    bench.group("G", 0, 1, "");
    assert_eq!(bench.launch("G")["accounts"]["completed"], 1);
}

#[test]
fn a_workspace_is_found_by_option_variable_or_upwards() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.write("deep/er/x", "");
    let code = |setting: Option<&str>, args: &[&str], folder: &str| {
        let mut command = bench.command(args);
        command.current_dir(bench.path(folder));
        if let Some(value) = setting {
            command.env("LARIAT_WORKSPACE", value);
        }
        command.output().unwrap().status.code()
    };
    assert_eq!(code(None, &["pool", "show", "P"], "deep/er"), Some(0));
    assert_eq!(code(Some(""), &["pool", "show", "P"], "deep"), Some(0));
    assert_eq!(code(Some("../.."), &["pool", "show", "P"], "deep/er"), Some(0));
    assert_eq!(code(Some("/nowhere"), &["pool", "show", "P"], "deep"), Some(4));
    assert_eq!(code(Some("/nowhere"), &["pool", "show", "P", "--workspace", ".."], "deep"), Some(0));
    let outside = tempfile::tempdir().unwrap();
    let alone = |args: &[&str]| bench.command(args).current_dir(outside.path()).output().unwrap();
    for args in [&["pool", "list"][..], &["doctor"]] {
        assert_eq!(alone(args).status.code(), Some(4), "{args:?}");
    }
}

#[test]
fn doctor_finds_what_is_wrong_and_says_what_to_do() {
    let bench = Bench::with_accounts(1, "", "return {}");
    bench.group("G", 0, 1, "");
    bench.run(&["doctor"]).exits(0).says("in order");
    bench.write("pools/bad.yaml", "name: [\n");
    bench.group_of("H", "Nope", None, 1, 1, "");
    let found = bench.run(&["doctor", "--json"]).exits(1).json();
    let errors: Vec<_> =
        found.as_array().unwrap().iter().filter(|finding| finding["level"] == "error").collect();
    assert!(errors.len() >= 2, "{found}");
    assert!(errors.iter().all(|finding| finding["cure"].is_string()), "{found}");
}

#[test]
fn schemas_and_completions_are_printed() {
    let bench = Bench::new();
    for kind in ["pool", "group", "workspace"] {
        let schema = bench.run(&["schema", kind]).exits(0).json();
        assert_eq!(schema["additionalProperties"], false, "{kind}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.run(&["completions", shell]).exits(0).out.contains("lariat"));
    }
    bench.run(&["schema", "plugin"]).exits(2);
}

#[test]
fn quiet_and_json_keep_stdout_clean() {
    let bench = Bench::with_accounts(2, "", "ctx.log:warn('to stderr') print('this too') return {}");
    bench.group("G", 0, 1, "");
    let ran = bench.run(&["launch", "G", "--json", "-v"]).exits(0);
    assert_eq!(ran.json()[0]["accounts"]["completed"], 2);
    assert!(ran.err.contains("to stderr") && ran.err.contains("this too"), "{}", ran.err);
}
