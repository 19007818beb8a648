//! What is loaded and what is refused, each with its own words, the others unaffected.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
use common::{Bench, only};
use lariat_native::{NativeHost, PluginSetting};

fn refused(host: &NativeHost, name: &str) -> String {
    let loaded = host.load();
    let (_, result) = loaded.into_iter().find(|(found, _)| found == name).unwrap();
    result.unwrap_err().to_string()
}

#[test]
fn each_refusal_has_its_own_words_and_the_others_are_loaded() {
    let bench = Bench::new();
    bench.plugin("good", &["ID=\"good\""]);
    bench.plugin("major", &["ID=\"major\"", "MAJOR=9"]);
    bench.plugin("symbol", &["ID=\"symbol\"", "NO_SYMBOL"]);
    bench.plugin("magic", &["ID=\"magic\"", "MAGIC=1"]);
    bench.plugin("table", &["ID=\"table\"", "FREE=NULL", "release=__attribute__((unused))release"]);
    bench.manifest("text", "text", "1.0.0");
    bench.write("plugins/text/plugin.so", "#!/bin/sh\n");
    bench.manifest("missing", "missing", "1.0.0");
    bench.write("plugins/broken/plugin.toml", "id = \"broken\"\nversion = 3\n");
    bench.plugin("other", &["ID=\"other\""]);
    bench.manifest("other", "other", "2.0.0");
    bench.plugin("second", &["ID=\"good\""]);
    let host = bench.host();
    let loaded: std::collections::BTreeMap<_, _> = host.load().into_iter().collect();
    let told = |name: &str| loaded[name].as_ref().unwrap_err().to_string();
    assert_eq!(loaded["good"].as_ref().unwrap().version(), "1.0.0");
    for (name, words) in [
        ("major", vec!["built for ABI 9.0", "this Lariat has ABI 1.0"]),
        ("symbol", vec!["no symbol `lariat_plugin`", "LARIAT_EXPORT"]),
        ("magic", vec!["gives no descriptor"]),
        ("table", vec!["no function `free`"]),
        ("text", vec!["isn't a dynamic library"]),
        ("missing", vec!["there is no such file", "plugins/missing/plugin.toml"]),
        ("broken", vec!["plugin.toml", "line 2", "expected a string"]),
        ("other", vec!["the library says the version 1.0.0, plugin.toml says 2.0.0"]),
        ("second", vec!["the id \"good\" is that of", "plugins/good/plugin.so"]),
    ] {
        for word in words {
            assert!(told(name).contains(word), "{name}: {}", told(name));
        }
    }
    assert_eq!(host.plugins().len(), 1);
}

#[test]
fn a_pinned_hash_is_checked_before_anything_runs() {
    let bench = Bench::new();
    let library = bench.plugin("pinned", &[]);
    let mut options = bench.options();
    let setting = |sha256: &str| PluginSetting {
        path: "plugins/pinned/plugin.so".into(),
        sha256: Some(sha256.into()),
        process: false,
    };
    options.settings.insert("pinned".into(), setting(&"0".repeat(64)));
    let told = refused(&NativeHost::new(options.clone()), "pinned");
    assert!(told.contains("lariat.yaml wants 0000"), "{told}");
    let found = told.split("SHA-256 is ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    options.settings.insert("pinned".into(), setting(&found.to_uppercase()));
    let plugin = only(&NativeHost::new(options));
    assert_eq!((plugin.sha256(), plugin.file()), (found.as_str(), &library));
}

#[test]
fn what_is_to_run_in_a_child_is_not_run_here() {
    let bench = Bench::new();
    bench.plugin("careful", &[]);
    let mut options = bench.options();
    let path = "plugins/careful/plugin.so".into();
    options.settings.insert("careful".into(), PluginSetting { path, sha256: None, process: true });
    let told = refused(&NativeHost::new(options), "careful");
    assert!(told.contains("isolation: process"), "{told}");
}

#[test]
fn a_plugin_toml_is_read_without_running_the_library() {
    let bench = Bench::new();
    bench.plugin("good", &[]);
    let host = bench.host();
    let found = host.discover();
    let manifest = found[0].result.as_ref().unwrap().manifest.as_ref().unwrap();
    assert_eq!((manifest.id.as_str(), manifest.extensions.len()), ("fixture", 4));
    assert!(host.retained().is_empty());
}

#[test]
fn a_new_version_is_loaded_beside_the_old_one() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let host = bench.host();
    let old = only(&host);
    assert_eq!(host.reload("fixture").unwrap().generation(), 1, "nothing changed");
    // As a compiler does it: in place. What is mapped is a copy.
    bench.plugin("p", &["VERSION=\"2.0.0\""]);
    let new = host.reload("fixture").unwrap();
    assert_eq!((new.version(), new.generation()), ("2.0.0", 2));
    assert_eq!((old.version(), old.extensions().len()), ("1.0.0", 4));
    let in_use = |host: &NativeHost| host.retained().iter().map(|it| it.in_use).collect::<Vec<_>>();
    assert_eq!(in_use(&host), [true, true]);
    drop(old);
    assert_eq!(in_use(&host), [false, true]);
    assert!(host.retained()[0].bytes > 1_000);
}

#[test]
fn a_bad_version_leaves_the_good_one_in_force() {
    let bench = Bench::new();
    bench.plugin("p", &[]);
    let host = bench.host();
    let _ = only(&host);
    bench.plugin("p", &["MAJOR=2", "VERSION=\"2.0.0\""]);
    assert!(host.reload("fixture").unwrap_err().to_string().contains("ABI 2.0"));
    bench.write("plugins/p/plugin.so", "half a fi");
    assert!(host.reload("fixture").unwrap_err().to_string().contains("isn't a dynamic library"));
    std::fs::remove_file(bench.path("plugins/p/plugin.so")).unwrap();
    assert!(host.reload("fixture").unwrap_err().to_string().contains("there is no such file"));
    assert_eq!(host.plugins()[0].version(), "1.0.0");
    let told = host.reload("fixtur").unwrap_err().to_string();
    assert_eq!(told, "unknown plugin \"fixtur\"; did you mean \"fixture\"?");
}
