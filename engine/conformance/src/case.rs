//! What came of a case.

use serde::Serialize;

/// One case, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its name, which stays: `fetch_order`.
    pub name: &'static str,
    /// What it asks for, in words.
    pub about: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "why", rename_all = "snake_case")]
pub enum Verdict {
    /// As it must be.
    Ok,
    /// Not so, and why.
    Failed(String),
    /// It has nothing that could be asked, and why.
    NotApplicable(String),
}

impl Verdict {
    /// Whether something isn't as it must be.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// How a case ends before its end.
pub(crate) enum Stop {
    Failed(String),
    NotApplicable(String),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<&str> for Stop {
    fn from(why: &str) -> Self {
        Self::Failed(why.to_owned())
    }
}

/// What the body of a case gives.
pub(crate) type Done = Result<(), Stop>;

/// Ends a case that can't be asked.
pub(crate) fn not_applicable(why: impl Into<String>) -> Done {
    Err(Stop::NotApplicable(why.into()))
}

/// Ends a case unless something holds.
pub(crate) fn must(holds: bool, why: impl FnOnce() -> String) -> Done {
    if holds { Ok(()) } else { Err(Stop::Failed(why())) }
}
