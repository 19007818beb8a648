//! `lariat new plugin`, as a third party: the program, cargo or make, and nothing else of Lariat.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::plugin_replaced::Waiter;

const KINDS: [&str; 4] = ["pool", "routine", "hook", "provider"];

/// Runs a program in a folder, which must end well.
#[track_caller]
fn ends_well(folder: &Path, command: &mut Command) {
    let ran = command.current_dir(folder).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{command:?} in {}:\n{out}\n{err}", folder.display());
}

/// A plugin of each kind, each in its own folder, and a launch that uses all of them.
fn scaffolded(lang: &str) -> Bench {
    let bench = Bench::new();
    for kind in KINDS {
        let name = format!("my_{kind}");
        let made = bench.json(&["new", "plugin", &name, "--kind", kind, "--lang", lang]);
        let created = made["created"].as_array().unwrap();
        assert!(created.contains(&json!(format!("plugins/{name}/plugin.toml"))), "{made}");
        bench.run(&["plugin", "list"]).exits(0).says("not built");
    }
    bench
}

/// All are listed, and a launch uses all of them.
fn are_used(bench: &Bench) {
    let rows = bench.json(&["plugin", "list"]);
    let offered = |row: &Value| (row["state"].clone(), row["extensions"][0].clone());
    for (row, kind) in rows.as_array().unwrap().iter().zip(["hook", "pool", "provider", "routine"]) {
        let name = format!("my_{kind}");
        assert_eq!(offered(row), (json!("ready"), json!({"kind": kind, "name": name})), "{row}");
        let inspected = bench.json(&["plugin", "inspect", &name]);
        assert_eq!(inspected["manifest"]["extension"][0]["name"], json!(name), "{inspected}");
    }
    bench.run(&["doctor"]).exits(0).says("4 plugins loaded");
    bench.write(
        "lariat.yaml",
        "instances: [{provider: my_provider, ids: \"0-2\"}]\nhooks: {my_hook: {config: {most: 2}}}\n",
    );
    bench.write("pools/P.yaml", "name: P\ntype: my_pool\nconfig: {count: 4}\n");
    bench.write(
        "groups/G.yaml",
        "name: G\nroutine: my_routine\ninstances: [0, 1, 2]\naccount_pool: P\nconfig: {packs: 3}\nlaunch: {stagger_delay: 0s}\n",
    );
    let report = bench.launch("G");
    assert_eq!(
        (&report["accounts"]["completed"], &report["launched_bots"]),
        (&json!(4), &json!(2)),
        "{report}"
    );
    assert_eq!(report["totals"]["packs_opened"], 12);
    bench.write("groups/H.yaml", "name: H\nroutine: my_routine\ninstances: [0]\nconfig: {packs: 51}\n");
    bench.run(&["launch", "H"]).exits(3).says("51 is too large");
}

#[test]
fn a_new_plugin_in_c_builds_passes_its_test_and_is_used() {
    let bench = scaffolded("c");
    for kind in KINDS {
        let folder = bench.path(&format!("plugins/my_{kind}"));
        ends_well(&folder, Command::new("make").arg("sanitize"));
        ends_well(&folder, Command::new("make").args(["test", "all"]));
    }
    are_used(&bench);
}

/// Runs cargo in a plugin's folder, as an author does, but without a network.
#[track_caller]
fn cargo(bench: &Bench, folder: &Path, command: &str) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--offline", "--release"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        cargo.env_remove(name);
    }
    // What the plugins have in common is built once, and fast.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
    cargo.env("CARGO_BUILD_BUILD_DIR", bench.path(".lariat-build"));
    ends_well(folder, &mut cargo);
}

#[test]
fn a_new_plugin_in_rust_builds_passes_its_test_and_is_used_and_replaced() {
    let bench = scaffolded("rust");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    for kind in KINDS {
        let folder = bench.path(&format!("plugins/my_{kind}"));
        // The versions that were fetched for this repository, so that nothing is downloaded.
        std::fs::copy(&ours, folder.join("Cargo.lock")).unwrap();
        for command in ["test", "build"] {
            cargo(&bench, &folder, command);
        }
    }
    are_used(&bench);
    is_replaced(&bench);
}

/// The whole of the new routine's `run`, as `plugin_replaced` wants it.
const WAITS: &str = r#"
        if run.account.is_some_and(|account| account.id == "a00000") {
            ctx.progress(1.0, 2.0);
            while !ctx.workspace().join("gate").exists() {
                ctx.sleep(Duration::from_millis(2)).await?;
            }
            if ctx.workspace().join("break").exists() {
                std::process::abort();
            }
        }
        let _ = (Level::Info, run.params.packs);
        Ok(Outcome::completed(json!({"version": VERSION})))
    }
}
"#;

/// Its author writes it anew twice; the second version comes in the middle of a launch.
fn is_replaced(bench: &Bench) {
    let waiter = Waiter {
        id: "my_routine",
        routine: "my_routine",
        library: "plugins/my_routine/target/release/liblariat_my_routine.so",
    };
    let folder = bench.path("plugins/my_routine");
    let source = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    let (head, rest) = source.split_once("        let packs").unwrap();
    let (_, exported) = rest.split_once("lariat_sdk::export!").unwrap();
    for version in ["1", "2"] {
        let run = WAITS.replace("VERSION", version);
        std::fs::write(folder.join("src/lib.rs"), format!("{head}{run}\nlariat_sdk::export!{exported}"))
            .unwrap();
        cargo(bench, &folder, "build");
        std::fs::copy(bench.path(waiter.library), bench.path(&format!("version-{version}"))).unwrap();
    }
    let version = |version: u32| {
        std::fs::copy(bench.path(&format!("version-{version}")), bench.path("made")).unwrap();
        std::fs::rename(bench.path("made"), bench.path(waiter.library)).unwrap();
    };
    waiter.is_replaced(bench, "none", "next_account", &version);
    waiter.is_replaced(bench, "process", "next_launch", &version);
    waiter.is_replaced_and_breaks(bench, "next_account", &version);
}

#[test]
fn what_cannot_be_made_is_refused() {
    let bench = Bench::new();
    bench.run(&["new", "plugin", "mine", "--lang", "c"]).exits(0).says("make test");
    bench.run(&["new", "plugin", "mine"]).exits(3).says("is there already");
    bench.write("plugins/mine/plugin.c", "broken");
    bench.run(&["new", "plugin", "mine", "--lang", "c", "--force"]).exits(0);
    assert!(
        std::fs::read_to_string(bench.path("plugins/mine/plugin.c")).unwrap().contains("LARIAT_KIND_POOL")
    );
    bench.run(&["new", "plugin", "sdk"]).exits(2).says("choose another name");
    bench.run(&["new", "plugin", "../x"]).exits(2).says("is not a name");
    bench.run(&["new", "pool", "x", "--lang", "c"]).exits(2).says("are for plugins");
    bench.run(&["new", "plugin", "x", "--lang", "cobol"]).exits(2);
}

#[test]
fn the_sdk_comes_out_of_the_program() {
    let bench = Bench::new();
    bench.run(&["plugin", "sdk", "their/sdk"]).exits(0).says("README.md");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk");
    for file in ["README.md", "c/include/lariat.h", "rust/src/lib.rs", "rust/Cargo.toml", "abi/src/plugin.rs"]
    {
        let theirs = std::fs::read_to_string(bench.path("their/sdk").join(file)).unwrap();
        assert_eq!(theirs, std::fs::read_to_string(shipped.join(file)).unwrap(), "{file}");
    }
}
