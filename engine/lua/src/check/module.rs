//! Modules of `scripts/lib/`: what they give to who requires them.

use super::scan::Wrong;
use super::words::Words;

/// A module whose top level returns nothing, so that `require` gives nil.
pub(super) fn wrong(words: &Words<'_>) -> Option<Wrong> {
    let mut open = 0_usize;
    for at in 0..words.0.len() {
        match words.text(at) {
            "function" | "do" | "repeat" => open += 1,
            "if" if !words.in_expression(at) => open += 1,
            "end" | "until" => open = open.saturating_sub(1),
            "return" if open == 0 => return None,
            _ => {}
        }
    }
    let last = words.0.len().checked_sub(1).map_or(0, |last| words.line(last));
    let table = (0..words.0.len()).find(|at| words.text(*at) == "local" && words.reads(at + 2, &["=", "{"]));
    let name = table.map_or("m", |at| words.text(at + 1));
    Some((
        last,
        "the module returns nothing, so that require gives nil".into(),
        Some(format!("end with: return {name}")),
    ))
}
