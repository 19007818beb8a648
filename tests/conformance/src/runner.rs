//! Runs a library for the test that started it.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, parent, limits @ ..] = arguments.as_slice() else { return ExitCode::from(2) };
    let Ok(parent) = parent.parse() else { return ExitCode::from(2) };
    let ran = lariat_native::run_child(Path::new(library), parent, limits.first().map(String::as_str));
    ExitCode::from(u8::from(ran.is_err()))
}
