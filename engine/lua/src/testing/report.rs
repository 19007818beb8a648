//! What came of tests.

use std::path::PathBuf;
use std::time::Duration;

/// What came of a file of tests.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// Its tests, in the order in which they are written.
    pub tests: Vec<TestResult>,
    /// Why it has none.
    pub problem: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of a test.
#[derive(Debug, Clone)]
pub struct TestResult {
    /// What it shows.
    pub name: String,
    /// What failed, with its place and what differs; nothing when it passed.
    pub failure: Option<String>,
    /// What it printed, a line each.
    pub output: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl TestFile {
    /// How many tests failed; a file that can't be run counts as one.
    #[must_use]
    pub fn failed(&self) -> usize {
        usize::from(self.problem.is_some()) + self.tests.iter().filter(|test| test.failure.is_some()).count()
    }

    /// How many passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.tests.iter().filter(|test| test.failure.is_none()).count()
    }
}
