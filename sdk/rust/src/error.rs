//! What went wrong, and whether trying again may help.

use std::fmt;

use lariat_abi::{
    LARIAT_CANCELLED, LARIAT_FAILED, LARIAT_INVALID, LARIAT_UNAVAILABLE, LARIAT_UNSUPPORTED, LariatStatus,
};

/// A result with the SDK's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an extension gave no answer. Made by `?` of any error, which then counts as a failure;
/// or by one of the functions below. Not a [`std::error::Error`] itself, or `?` couldn't take
/// every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub(crate) status: LariatStatus,
    pub(crate) message: String,
}

impl Error {
    /// It failed, and would fail again.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { status: LARIAT_FAILED, message: message.into() }
    }

    /// It failed for now: trying again may help. A routine's account goes back uncounted.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { status: LARIAT_UNAVAILABLE, message: message.into() }
    }

    /// A parameter isn't accepted, or a payload isn't what the method takes.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { status: LARIAT_INVALID, message: message.into() }
    }

    /// It ended early, since it was told to.
    pub fn cancelled() -> Self {
        Self { status: LARIAT_CANCELLED, message: "told to end".into() }
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self { status: LARIAT_UNSUPPORTED, message: message.into() }
    }

    /// The ABI's number for it, such as `LARIAT_UNAVAILABLE`.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// With the errors behind it, as far as their words say more.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            let words = source.to_string();
            if !message.contains(&words) {
                message.push_str(": ");
                message.push_str(&words);
            }
            next = source.source();
        }
        Self::failed(message)
    }
}
