//! All that is found by reading the words of a script.

use std::path::PathBuf;

use super::requires::requires;
use super::script::Script;
use super::tokens::Tokens;
use super::words::Words;
use super::{calls, known, module, params, returns};
use crate::finding::{Finding, Severity};
use crate::load::{Library, Source};

/// Line, message and hint.
pub(super) type Wrong = (usize, String, Option<String>);

/// What is found by reading the words of a script.
pub(crate) fn scan(source: &Source, library: &Library) -> Vec<Finding> {
    let tokens = Tokens::of(&source.text);
    let words = Words(tokens.all());
    let script = Script::of(&words, &source.display);
    let mut wrong = known::wrong(&words, script.kind);
    wrong.extend(params::wrong(&words, &script));
    wrong.extend(returns::wrong(&words, &script));
    wrong.extend(calls::wrong(&words, &script));
    wrong.extend(calls::durations(&source.text));
    let file = PathBuf::from(&source.display);
    let error = |(line, message, hint)| Finding {
        file: file.clone(),
        line,
        severity: Severity::Error,
        message,
        hint,
    };
    let mut findings: Vec<Finding> = wrong.into_iter().map(error).collect();
    findings.extend(
        super::habits::metamethods(&words)
            .into_iter()
            .map(|wrong| Finding { severity: Severity::Warning, ..error(wrong) }),
    );
    if script.kind.is_none() {
        // It may be there for what it does to globals.
        findings.extend(
            module::wrong(&words).map(|wrong| Finding { severity: Severity::Warning, ..error(wrong) }),
        );
    }
    findings.extend(requires(source, library));
    findings.sort_by_key(|finding| finding.line);
    findings.dedup();
    findings
}
