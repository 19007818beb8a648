//! `lariat plugin check`: a good plugin passes, and one with a fault fails where that shows.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::c_plugin;
use crate::plugins::{PLUGIN, with_plugin};

/// The names of the cases that failed.
fn failed(report: &Value) -> Vec<String> {
    let cases =
        report["extensions"].as_array().unwrap().iter().flat_map(|it| it["cases"].as_array().unwrap());
    cases
        .filter(|case| case["verdict"] == "failed")
        .map(|case| case["name"].as_str().unwrap().into())
        .collect()
}

/// Why a case failed.
fn why<'a>(report: &'a Value, name: &str) -> &'a str {
    let mut cases =
        report["extensions"].as_array().unwrap().iter().flat_map(|it| it["cases"].as_array().unwrap());
    cases.find(|case| case["name"] == name).and_then(|case| case["why"].as_str()).unwrap_or_default()
}

#[test]
fn a_good_plugin_passes_by_name_folder_and_library() {
    let bench = with_plugin();
    for plugin in ["sample", "plugins/sample", "plugins/sample/sample.so"] {
        let mut command = bench.command(&["plugin", "check", plugin, "--json"]);
        let out = command.current_dir(bench.path("")).output().unwrap();
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!((out.status.code(), failed(&report)), (Some(0), Vec::<String>::new()), "{report}");
        assert_eq!((&report["plugin"], &report["ok"]), (&json!("sample"), &json!(true)));
        let kinds: Vec<&Value> =
            report["extensions"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
        assert_eq!(
            kinds,
            [&Value::Null, &json!("pool"), &json!("routine"), &json!("hook"), &json!("provider")]
        );
    }
    let ran = bench.run(&["plugin", "check", "sample", "--only", "three"]).exits(0);
    ran.says("fetch_order").says("It does what every plugin must.");
    // Nothing of it is left, and nothing was noted against it.
    assert_eq!(bench.json(&["plugin", "list"])[0]["state"], "ready");
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let bench = with_plugin();
    bench.run(&["plugin", "check", "sampel"]).exits(4).says("did you mean \"sample\"?");
    bench.run(&["plugin", "check", "no/such/folder"]).exits(4).says("no/such/folder");
    bench.run(&["plugin", "check", "sample", "--only", "thre"]).exits(4).says("did you mean \"three\"?");
    bench.run(&["plugin", "check", "sample", "--config", "pack=1"]).exits(2).says("did you mean \"packs\"?");
    bench.write("packs.yaml", "packs: 3\n");
    let file = bench.path("packs.yaml");
    let args = ["plugin", "check", "sample", "--only", "Count", "--config-file", file.to_str().unwrap()];
    bench.run(&args).exits(0);
}

/// The sample with this in the place of that.
fn with_fault(of: &str, is: &str) -> Bench {
    let bench = with_plugin();
    let broken = PLUGIN.replace(of, is);
    assert_ne!(broken, PLUGIN, "{of}");
    let system = "#define _DEFAULT_SOURCE\n#include <stdlib.h>\n#include <unistd.h>\n";
    c_plugin::build(&bench, &format!("{system}{broken}"), "plugins/sample/sample.so");
    bench
}

const FETCH: &str =
    r#"if (lariat_is(method, "fetch")) answer = "[{\"id\": \"x1\"}, {\"id\": \"x2\"}, {\"id\": \"x3\"}]";"#;

#[test]
fn each_fault_fails_where_it_shows() {
    let fetch = |before: &str, accounts: &str| {
        format!("if (lariat_is(method, \"fetch\")) {{ {before} answer = {accounts}; }}")
    };
    let three = r#""[{\"id\": \"x1\"}, {\"id\": \"x2\"}, {\"id\": \"x3\"}]""#;
    let other = r#""[{\"id\": \"x2\"}, {\"id\": \"x1\"}, {\"id\": \"x3\"}]""#;
    let twice = r#""[{\"id\": \"x1\"}, {\"id\": \"x1\"}]""#;
    let faults = [
        (
            FETCH,
            fetch("static int n; n++;", &format!("n % 2 ? {three} : {other}")),
            "fetch_order",
            "another order",
        ),
        (FETCH, fetch("", twice), "fetch_accounts", "an id came again 1 time"),
        (FETCH, fetch("abort();", three), "fetches", "SIGABRT"),
        (
            FETCH,
            fetch(r#"host->complete(host, op, LARIAT_OK, lariat_text("[]"));"#, three),
            "",
            "times more than it was asked",
        ),
        (
            "\\\"reason\\\": \\\"taken\\\"",
            "\\\"reason\\\": \\\"\\\"".into(),
            "claims",
            "refused without a reason",
        ),
        (
            "else if (lariat_is(method, \"claim\"))",
            "else if (lariat_is(method, \"claim\")) abort(); else if (lariat_is(method, \"claim\"))".into(),
            "claims",
            "SIGABRT",
        ),
    ];
    for (of, is, case, words) in faults {
        let bench = with_fault(of, &is);
        let ran = bench.run(&["plugin", "check", "sample", "--only", "three", "--json"]);
        let report = ran.exits(1).json();
        // An answer too many may come when the next case has begun.
        let shows = |name: &String| (case.is_empty() || name == case) && why(&report, name).contains(words);
        assert!(failed(&report).iter().any(shows), "{case}: {report}");
        // It is the plugin's own process that died, and nobody else's trouble.
        assert_eq!(bench.json(&["plugin", "list"])[0]["state"], "ready", "{case}");
    }
}

#[test]
fn one_that_hangs_and_one_that_does_not_hear_are_told_apart() {
    let hangs = with_fault(FETCH, r#"if (lariat_is(method, "fetch")) for (;;) pause();"#);
    let args = ["plugin", "check", "sample", "--only", "three", "--deadline", "300ms", "--json"];
    let report = hangs.run(&args).exits(1).json();
    assert_eq!(failed(&report), ["fetches"]);
    assert!(why(&report, "fetches").contains("took longer than 300ms"), "{report}");
    // It answers in good time, unless it was told to end: then it never comes back.
    let slow = r#"if (lariat_is(method, "fetch")) {
    int n;
    for (n = 0; n < 40; n++) { usleep(1000); if (host->cancelled(host, op)) for (;;) pause(); }
    answer = "[]";
  }"#;
    let deaf = with_fault(FETCH, slow);
    let report = deaf.run(&["plugin", "check", "sample", "--only", "three", "--json"]).exits(1).json();
    assert!(failed(&report).contains(&"cancelled".to_owned()), "{report}");
    assert!(!failed(&report).contains(&"fetch_order".to_owned()), "{report}");
}

#[test]
fn faults_of_the_other_kinds_are_found() {
    for (of, is, only, case, words) in [
        (r#"\"bot_count\": 1"#, r#"\"bot_cout\": 1"#, "trim", "answers", "before:validate"),
        (r#"\"outcome\": \"completed\""#, r#"\"outcome\": \"finished\""#, "Count", "runs", "can't be used"),
        (r#"{\"state\": \"ready\"}"#, r#"{\"state\": \"on fire\"}"#, "boxes", "probes", "can't be used"),
        (r#"{\"state\": \"ready\"}"#, r#"{\"state\": \"starting\"}"#, "boxes", "starts", "isn't ready"),
    ] {
        let bench = with_fault(of, is);
        let args = ["plugin", "check", "sample", "--only", only, "--deadline", "1s", "--json"];
        let report = bench.run(&args).exits(1).json();
        assert!(why(&report, case).contains(words), "{only}: {report}");
    }
}

#[test]
fn one_that_cannot_be_loaded_fails_at_once() {
    let bench = with_fault("\"1.2.3\"", "\"9.9.9\"");
    let report = bench.run(&["plugin", "check", "sample", "--json"]).exits(1).json();
    assert_eq!(failed(&report), ["loads"]);
    assert!(
        why(&report, "loads").contains("the library says the version 9.9.9, plugin.toml says 1.2.3"),
        "{report}"
    );
    bench.write("plugins/sample/sample.so", "not a library");
    bench.run(&["plugin", "check", "sample"]).exits(1).says("isn't a dynamic library");
}
