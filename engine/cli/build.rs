//! The SDK as a table of its files, so that the installed program alone is enough to write a
//! plugin: `lariat new plugin`, `lariat plugin sdk`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is handed out of `sdk/`: what a plugin builds against, and nothing that only tests it.
const SHARED: [&str; 6] =
    ["README.md", "c/include/lariat.h", "abi/Cargo.toml", "abi/src", "rust/Cargo.toml", "rust/src"];

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let sdk = variable("CARGO_MANIFEST_DIR")?.join("../../sdk").canonicalize()?;
    let mut files = Vec::new();
    for shared in SHARED {
        println!("cargo::rerun-if-changed={}", sdk.join(shared).display());
        collect(&sdk.join(shared), &mut files)?;
    }
    files.sort();
    let mut table = String::from("[\n");
    for file in &files {
        let name = file.strip_prefix(&sdk).map_err(io::Error::other)?;
        let _ = writeln!(table, "    ({:?}, include_str!({:?})),", name.display().to_string(), file);
    }
    table.push(']');
    fs::write(variable("OUT_DIR")?.join("sdk.rs"), table)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
