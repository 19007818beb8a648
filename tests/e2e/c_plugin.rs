//! Plugins in C, which a test writes and compiles: against the shipped header, and `c_plugin/frame.h`
//! for what they have in common.

use std::path::Path;
use std::process::Command;

use crate::bench::Bench;

/// Writes a plugin of this source beside `library`, and compiles it as its author would.
#[track_caller]
pub fn build(bench: &Bench, source: &str, library: &str) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = library.replace(".so", ".c");
    bench.write(&file, source);
    let made = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .args([bench.path(library), bench.path(&file)])
        .args(
            ["../../sdk/c/include", "../../tests/e2e/c_plugin"]
                .map(|folder| format!("-I{}", here.join(folder).display())),
        )
        .output()
        .expect("install a C compiler");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
