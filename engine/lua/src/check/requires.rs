//! `require` of modules that aren't there.

use std::path::PathBuf;

use crate::finding::{Finding, Severity};
use crate::load::{Library, Source};

/// `require "name"` of a module that isn't there. Texts aren't among the words, so
/// the lines are read.
pub(super) fn requires(source: &Source, library: &Library) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or(line);
        let Some((before, after)) = code.split_once("require") else { continue };
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':')) {
            continue;
        }
        let quoted = after.trim_start().trim_start_matches('(').trim_start();
        let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(name) = quoted.split(quote).nth(1) else { continue };
        if let Err(message) = library.find(name) {
            let file = PathBuf::from(&source.display);
            let severity = Severity::Error;
            findings.push(Finding { file, line: at + 1, severity, message, hint: None });
        }
    }
    findings
}
