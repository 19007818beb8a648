//! What was built against the ABI's version 1.0 still loads: source and header are copies that
//! were frozen with it (`abi_1_0/`). When this test breaks, the host is wrong, not the copies.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::bench::Bench;

/// Lengths and sums of the copies.
const HEADER: (usize, u32) = (12_687, 1_118_992_112);
const SOURCE: (usize, u32) = (2_569, 1_497_283_766);

/// SHA-256 would do as well; the length and a sum are enough against an edit by mistake.
fn sum(text: &str) -> (usize, u32) {
    (text.len(), text.bytes().fold(0_u32, |sum, byte| sum.rotate_left(5) ^ u32::from(byte)))
}

#[test]
fn the_copies_are_as_they_were() {
    assert_eq!(sum(include_str!("abi_1_0/lariat.h")), HEADER);
    assert_eq!(sum(include_str!("abi_1_0/plugin.c")), SOURCE);
}

#[test]
fn a_plugin_of_abi_1_0_is_loaded_and_used_in_the_process_and_in_a_child() {
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/abi_1_0");
    for isolation in ["none", "process"] {
        let bench = Bench::new();
        let library = bench.path("plugins/sample/sample.so");
        std::fs::create_dir_all(library.parent().unwrap()).unwrap();
        std::fs::copy(frozen.join("plugin.toml"), bench.path("plugins/sample/plugin.toml")).unwrap();
        let made = Command::new("cc")
            .args(["-std=c99", "-shared", "-fPIC", "-I"])
            .arg(&frozen)
            .arg(frozen.join("plugin.c"))
            .arg("-o")
            .arg(&library)
            .output()
            .expect("install a C compiler");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        bench.write(
            "lariat.yaml",
            &format!(
                "instances: [{{provider: boxes, ids: [0, 1, 2]}}]\n\
                 plugins: {{sample: {{path: plugins/sample/sample.so, isolation: {isolation}}}}}\n"
            ),
        );
        bench.write("pools/P.yaml", "name: P\ntype: three\n");
        bench.group_of("G", "Count", Some("P"), 0, 3, "");
        let rows = bench.json(&["plugin", "list"]);
        assert_eq!((&rows[0]["state"], &rows[0]["abi"]), (&json!("ready"), &json!("1.0")), "{rows}");
        let report = bench.launch("G");
        assert_eq!(report["accounts"]["completed"], 2, "x2 is refused by its claim: {report}");
        assert_eq!((&report["totals"]["packs_opened"], &report["launched_bots"]), (&json!(4), &json!(1)));
        assert_eq!(report["patched_by"][0]["hook"], "trim");
    }
}
