//! Libraries that are looked at without being loaded: each fault in its own words.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::Bench;
use lariat_native::examine;

fn told(library: &Path) -> Vec<String> {
    examine(library).unwrap().iter().map(ToString::to_string).collect()
}

/// The same file with some bytes in the place of others.
fn patched(library: &Path, of: &[u8], is: &[u8]) -> PathBuf {
    assert_eq!(of.len(), is.len());
    let mut content = std::fs::read(library).unwrap();
    let places: Vec<usize> =
        (0..content.len() - of.len()).filter(|&at| content[at..].starts_with(of)).collect();
    assert!(!places.is_empty());
    for at in places {
        content[at..at + is.len()].copy_from_slice(is);
    }
    let other = library.with_file_name("patched.so");
    std::fs::write(&other, content).unwrap();
    other
}

#[test]
fn a_good_library_has_no_fault() {
    let bench = Bench::new();
    assert_eq!(told(&bench.plugin("p", &[])), Vec::<String>::new());
    let tour = std::env::current_exe().unwrap().with_file_name("liblariat_tour.so");
    assert_eq!(told(&tour), Vec::<String>::new());
}

#[test]
fn each_fault_has_its_own_words() {
    let bench = Bench::new();
    let says = |library: &Path, words: &str| {
        let all = told(library);
        assert!(all.iter().any(|fault| fault.contains(words)), "{words}: {all:?}");
    };
    says(&bench.write("plugins/text/plugin.so", "#!/bin/sh\n"), "isn't a dynamic library (no ELF header)");
    let good = bench.plugin("p", &[]);
    // Its machine, 18 bytes in, is risc-v's.
    let mut content = std::fs::read(&good).unwrap();
    content[18..20].copy_from_slice(&243_u16.to_le_bytes());
    says(&bench.write("other_machine.so", &content), "was built for risc-v");
    let mut content = std::fs::read(&good).unwrap();
    content.truncate(content.len() / 2);
    says(&bench.write("half.so", &content), "is damaged");
    says(&bench.plugin("symbol", &["NO_SYMBOL"]), "exports no symbol `lariat_plugin`");
    // The C library's name becomes that of one that nobody has.
    says(&patched(&good, b"libc.so.6\0", b"libz.so.9\0"), "needs libz.so.9, which isn't where");
}

#[test]
fn a_newer_glibc_is_told_by_its_version() {
    let bench = Bench::new();
    let good = bench.plugin("p", &[]);
    // The newest version that it really needs becomes one that is to come.
    let versions =
        Command::new("grep").args(["-aoE", r"GLIBC_2\.[0-9]+(\.[0-9]+)?"]).arg(&good).output().unwrap();
    let versions = String::from_utf8(versions.stdout).unwrap();
    let version =
        versions.lines().find(|version| version.len() == "GLIBC_2.4".len() || version.len() >= 10).unwrap();
    let newer = format!("GLIBC_9.{}", "9".repeat(version.len() - "GLIBC_9.".len()));
    let library = patched(&good, version.as_bytes(), newer.as_bytes());
    let told = told(&library);
    let number = newer.trim_start_matches("GLIBC_");
    assert!(
        told.iter().any(|it| it.contains(&format!("needs glibc {number}, and this system has 2."))),
        "{told:?}"
    );
}
