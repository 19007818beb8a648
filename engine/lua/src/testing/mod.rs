//! `lariat test`: runs the tests of scripts.
//!
//! A test runs in a fresh machine like a script, within the budgets of one. The scripts
//! it asks for are evaluated anew for each call, as the engine does, with a `ctx` whose
//! outside is made up: time passes at once, HTTP answers are canned, and everything is
//! written down.
//!
//! | part | what it is |
//! |---|---|
//! | [`find`] | the files with tests, and the scripts that tests name |
//! | [`bench`] | a machine with one file of tests |
//! | [`natives`], [`values`] | what `lua/` takes from the host |
//! | `lua/` | `lariat.tests`, `t`, and the made-up `ctx`, a file for each part |
//! | [`report`], [`junit`] | what came of it |

mod bench;
mod find;
mod junit;
mod natives;
mod report;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use junit::junit;
pub use report::{TestFile, TestResult};

use crate::budgets::Budgets;
use crate::host::LuaHost;
use crate::load::{Source, display, is_test, tests_below};
use bench::Bench;

impl LuaHost {
    /// The files with tests: all of `scripts/`, or those at and below a path.
    pub fn test_files(&self, path: Option<&Path>) -> Vec<PathBuf> {
        match path {
            Some(file) if file.is_file() && is_test(file) => vec![file.to_owned()],
            Some(script) if script.is_file() => {
                let test = script.with_file_name(format!(
                    "{}_test.lua",
                    script.file_stem().unwrap_or_default().to_string_lossy()
                ));
                if test.is_file() { vec![test] } else { Vec::new() }
            }
            Some(folder) => tests_below(folder),
            None => tests_below(&self.scripts_dir),
        }
    }

    /// Runs the tests of one file whose names contain `filter`. Blocks until they are
    /// done; each is stopped when it computes for longer than [`Budgets::stretch`].
    pub fn run_tests(&self, path: &Path, filter: Option<&str>) -> TestFile {
        let file = PathBuf::from(display(path, &self.scripts_dir));
        let began = Instant::now();
        let library = self.library();
        // What a file may do while it is loaded, a test may do as a run.
        let budgets = Arc::new(Budgets { load: self.inner.budgets.stretch, ..(*self.inner.budgets).clone() });
        let open = || -> Result<Bench, String> {
            let source = Source::read(path, &self.scripts_dir).map_err(|error| error.to_string())?;
            Bench::new(&source, &library, &budgets, &self.scripts_dir)
        };
        let names = match open().and_then(|bench| bench.names()) {
            Ok(names) => names,
            Err(problem) => {
                return TestFile {
                    file,
                    tests: Vec::new(),
                    problem: Some(problem),
                    elapsed: began.elapsed(),
                };
            }
        };
        let tests = names
            .into_iter()
            .filter(|name| filter.is_none_or(|part| name.contains(part)))
            .map(|name| {
                let began = Instant::now();
                let (failure, output) = match open() {
                    Ok(bench) => bench.test(&name),
                    Err(problem) => (Some(problem), Vec::new()),
                };
                TestResult { name, failure, output, elapsed: began.elapsed() }
            })
            .collect();
        TestFile { file, tests, problem: None, elapsed: began.elapsed() }
    }
}
