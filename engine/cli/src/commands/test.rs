//! `lariat test`: runs the tests of scripts.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use lariat_lua::{ScriptKind, TestFile, TestResult};
use serde_json::{Value, json};

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, elapsed, plural};

#[derive(Debug, Args)]
pub struct TestArgs {
    /// A script by its file or name, a file of tests, or a folder; all of scripts/ if absent
    paths: Vec<PathBuf>,
    /// Only tests whose name contains this
    #[arg(long, short, value_name = "TEXT")]
    filter: Option<String>,
    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs the command.
pub fn run(global: &Global, args: TestArgs, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    let lua = home.lua();
    let began = Instant::now();
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(lua.test_files(Some(&existing(&home, path)?)));
    }
    if args.paths.is_empty() {
        files = lua.test_files(None);
    }
    files.dedup();
    let ran: Vec<TestFile> = files.iter().map(|file| lua.run_tests(file, args.filter.as_deref())).collect();
    let (passed, failed) = (sum(&ran, TestFile::passed), sum(&ran, TestFile::failed));
    let took = began.elapsed();
    let document = json!({
        "success": failed == 0, "passed": passed, "failed": failed, "elapsed_ms": millis(took),
        "files": ran.iter().map(as_json).collect::<Vec<_>>(),
    });
    output.answer(&document, || {
        if passed + failed == 0 {
            return none(&args, files.len());
        }
        let mut lines: Vec<String> = ran.iter().map(|file| as_text(file, output.quiet)).collect();
        lines.retain(|text| !text.is_empty());
        let total = format!(
            "{} passed, {failed} failed, in {}",
            plural(passed as u64, "test"),
            elapsed(millis(took))
        );
        lines.push(total);
        lines.join("\n\n")
    })?;
    // Last, so that what came of the tests is seen in any case.
    if let Some(junit) = &args.junit {
        write(junit, &lariat_lua::junit(&ran))
            .map_err(|error| CliError::new(Exit::Failed, format!("{}: {error}", junit.display())))?;
    }
    // Who asks for certain tests and gets none has misspelled something.
    let asked = args.filter.is_some() || !args.paths.is_empty();
    Ok(match (failed, passed) {
        (0, 0) if asked => Exit::NotFound,
        (0, _) => Exit::Done,
        _ => Exit::Failed,
    })
}

/// Writes a file, and its folder where that isn't there.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// The path from here, or else from the workspace, or else a script's name.
fn existing(home: &Home, path: &Path) -> Result<PathBuf, CliError> {
    let here = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let inside = home.workspace.resolve(path);
    let named = || {
        let name = path.to_str()?;
        ScriptKind::ALL
            .into_iter()
            .find_map(|kind| super::check::find(&home.workspace, home.lua(), kind, name).ok())
    };
    [here, inside].into_iter().find(|path| path.exists()).or_else(named).ok_or_else(|| {
        CliError::new(
            Exit::NotFound,
            format!("there is no file or folder {}, nor a script of that name", path.display()),
        )
    })
}

fn none(args: &TestArgs, files: usize) -> String {
    match &args.filter {
        Some(filter) if files > 0 => format!("No test has \"{filter}\" in its name."),
        _ => "There are no tests. Write NAME_test.lua beside a script; `lariat new routine NAME` makes both."
            .into(),
    }
}

fn sum(files: &[TestFile], count: impl Fn(&TestFile) -> usize) -> usize {
    files.iter().map(count).sum()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn as_json(file: &TestFile) -> Value {
    let test = |test: &TestResult| {
        json!({
            "name": test.name, "success": test.failure.is_none(), "failure": test.failure,
            "output": test.output, "elapsed_ms": millis(test.elapsed),
        })
    };
    json!({
        "file": file.file, "problem": file.problem, "elapsed_ms": millis(file.elapsed),
        "tests": file.tests.iter().map(test).collect::<Vec<_>>(),
    })
}

fn as_text(file: &TestFile, quiet: bool) -> String {
    let mut lines = Vec::new();
    if let Some(problem) = &file.problem {
        lines.push(format!("  FAILED  {}", indented(problem)));
    }
    for test in &file.tests {
        match &test.failure {
            None if quiet => continue,
            None => lines.push(format!("  ok      {}", test.name)),
            Some(failure) => {
                lines.push(format!("  FAILED  {}\n          {}", test.name, indented(failure)));
            }
        }
        if test.failure.is_some() && !test.output.is_empty() {
            lines.push(format!("          it printed:\n            {}", test.output.join("\n            ")));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}", file.file.display(), lines.join("\n"))
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n          ")
}
