//! Definitions and settings.

use std::fmt::Debug;
use std::path::Path;

use lariat_core::definition::{GroupDefinition, PoolDefinition, Problem};
use lariat_workspace::config;
use lariat_workspace::yaml::{self, Document, FileError};

use crate::sign::Sign;

const FILE: &str = "f.yaml";

/// A definition that serde knows.
trait Definition: serde::de::DeserializeOwned + serde::Serialize + PartialEq + Debug {
    fn problems(&self) -> Vec<Problem>;
}

impl Definition for PoolDefinition {
    fn problems(&self) -> Vec<Problem> {
        self.problems()
    }
}

impl Definition for GroupDefinition {
    fn problems(&self) -> Vec<Problem> {
        self.problems()
    }
}

/// A file in `pools/`.
pub fn pool_yaml(bytes: &[u8]) -> Sign {
    definition::<PoolDefinition>(bytes)
}

/// A file in `groups/`.
pub fn group_yaml(bytes: &[u8]) -> Sign {
    definition::<GroupDefinition>(bytes)
}

/// `lariat.yaml`, with one environment variable that there is.
pub fn workspace_yaml(bytes: &[u8]) -> Sign {
    let environment = |name: &str| (name == "HOST").then(|| "127.0.0.1".to_owned());
    match config::parse(bytes, Path::new(FILE), &environment) {
        Ok(config) => {
            // Debug must not show what a database's address hides.
            assert!(!format!("{config:?}").contains("hunter2"), "a secret is shown");
            Sign(1)
        }
        Err(errors) => placed(&errors),
    }
}

fn definition<T: Definition>(bytes: &[u8]) -> Sign {
    let document = match Document::from_bytes(bytes, Path::new(FILE)) {
        Ok(document) => document,
        Err(error) => return placed(&[error]),
    };
    let definition: T = match document.to() {
        Ok(definition) => definition,
        Err(errors) => return placed(&errors),
    };
    let problems = definition.problems();
    if !problems.is_empty() {
        return placed(&document.place(problems));
    }
    let written = yaml::to_string(&definition).unwrap_or_else(|error| panic!("can't be written: {error}"));
    match yaml::parse::<T>(&written, Path::new(FILE)) {
        Ok(again) => assert_eq!(again, definition, "written as\n{written}"),
        Err(errors) => panic!("{errors:?}: written as\n{written}"),
    }
    Sign(1)
}

/// `f.yaml:line:column: …`, and short enough to be read.
fn placed(errors: &[FileError]) -> Sign {
    assert!(!errors.is_empty(), "refused without a word");
    for error in errors {
        let told = error.to_string();
        let mut parts = told.split(':');
        assert_eq!(parts.next(), Some(FILE), "{told}");
        for part in parts.take(2) {
            assert!(part.parse::<usize>().is_ok_and(|number| number > 0), "no place in {told}");
        }
        assert!(told.len() < 4_000, "too long: {told}");
        assert!(
            !told.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')),
            "control characters: {told:?}"
        );
    }
    Sign::of_all(errors.iter().map(ToString::to_string))
}
