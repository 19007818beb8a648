//! `sdk/c/include/lariat.h` is what these types say, and any C or C++ compiler takes it.
//! `UPDATE_HEADER=1 cargo test -p lariat-abi` writes it anew.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers outside of #[test]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> PathBuf {
    root().join("../c/include/lariat.h")
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root().join("src/constants.rs"))
        .with_src(root().join("src/bytes.rs"))
        .with_src(root().join("src/host.rs"))
        .with_src(root().join("src/plugin.rs"))
        .with_src(root().join("src/descriptor.rs"))
        .generate()
        .unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn the_header_is_what_the_types_say() {
    let new = generated();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(shipped(), &new).unwrap();
    }
    let old = std::fs::read_to_string(shipped()).unwrap();
    assert!(old == new, "lariat.h has drifted; run UPDATE_HEADER=1 cargo test -p lariat-abi");
}

/// A plugin that uses everything of the header, to be compiled as C and as C++.
const USE: &str = r#"
#include "lariat.h"
#include "lariat.h"
static LariatStatus describe(LariatBytes *out) { *out = lariat_text("{}"); return LARIAT_OK; }
static LariatStatus open_one(const LariatHost *host, LariatBytes request, void **handle, LariatBytes *error) {
  (void)request; (void)error; *handle = (void *)(uintptr_t)host; return LARIAT_OK;
}
static void sink(void *user, LariatStatus status, LariatBytes answer) { (void)user; (void)status; (void)answer; }
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  const LariatHost *host = (const LariatHost *)handle;
  if (!lariat_is(method, "fetch")) return LARIAT_UNSUPPORTED;
  host->call(host, op, lariat_text("ctx.log"), payload, NULL, NULL);
  host->call_wait(host, op, lariat_text("ctx.sleep"), payload, sink, handle);
  host->complete(host, op, host->cancelled(host, op) ? LARIAT_CANCELLED : LARIAT_OK, lariat_text("[]"));
  return LARIAT_OK;
}
static void cancel(void *handle, uint64_t op, uint32_t reason) { (void)handle; (void)op; (void)reason; }
static void close_one(void *handle) { (void)handle; }
static void release(LariatBytes bytes) { (void)bytes; }
static const LariatPlugin PLUGIN = {sizeof(LariatPlugin), describe, open_one, call, cancel, close_one, release};
static const LariatDescriptor DESCRIPTOR = {
  LARIAT_MAGIC, LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, sizeof(LariatDescriptor), LARIAT_LITERAL("used"),
  LARIAT_LITERAL("1.0.0"), LARIAT_KIND_POOL | LARIAT_KIND_ROUTINE | LARIAT_KIND_HOOK | LARIAT_KIND_PROVIDER,
  LARIAT_CAN_CONCURRENT, &PLUGIN,
};
LARIAT_EXPORT const LariatDescriptor *lariat_plugin(void) { return &DESCRIPTOR; }
"#;

fn compile(compiler: &str, standard: &str, suffix: &str) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("used").with_extension(suffix);
    std::fs::write(&source, USE).unwrap();
    let out = Command::new(compiler)
        .args([standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fPIC", "-c", "-o"])
        .arg(folder.path().join("used.o"))
        .arg("-I")
        .arg(shipped().parent().unwrap())
        .arg(&source as &Path)
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}; install a C and C++ compiler"));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn it_compiles_as_c99() {
    compile("cc", "-std=c99", "c");
}

#[test]
fn it_compiles_as_cpp17() {
    compile("c++", "-std=c++17", "cpp");
}

/// Declarations without a sentence on threads, ownership or lifetime are no contract.
#[test]
fn every_function_says_which_thread_may_call_it() {
    let header = std::fs::read_to_string(shipped()).unwrap();
    let functions = header.matches("(*").count();
    assert!(functions >= 11, "{functions}");
    assert_eq!(header.matches("Thread:").count(), functions);
}
