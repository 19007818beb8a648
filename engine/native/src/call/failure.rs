//! How a call gave no answer.

use std::time::Duration;

use lariat_abi::{
    LARIAT_BROKEN, LARIAT_CANCELLED, LARIAT_INVALID, LARIAT_UNAVAILABLE, LARIAT_UNSUPPORTED, LariatStatus,
};

/// How a call gave no answer. Its words name the plugin, its version and the method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin {plugin} {version}: {method}: {what}")]
pub(crate) struct CallError {
    pub(crate) plugin: String,
    pub(crate) version: String,
    /// `csv.fetch`.
    pub(crate) method: String,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum What {
    #[error("{message}")]
    Said { status: LariatStatus, message: String },
    #[error("took longer than {0:?}, and was given up")]
    Late(Duration),
    #[error("its answer can't be used: {0}")]
    Nonsense(String),
    #[error("the engine couldn't call it: {0}")]
    Host(String),
}

impl CallError {
    /// Whether trying again may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.what, What::Late(_) | What::Said { status: LARIAT_UNAVAILABLE, .. })
    }

    /// Whether it took longer than it may.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self.what, What::Late(_))
    }

    /// Whether it ended early since it was told to.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self.what, What::Said { status: LARIAT_CANCELLED, .. })
    }

    /// Whether the method, or the whole extension, isn't there.
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(self.what, What::Said { status: LARIAT_UNSUPPORTED, .. })
    }

    /// Whether the parameters aren't accepted.
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self.what, What::Said { status: LARIAT_INVALID, .. })
    }

    /// Whether the handle has to be opened anew.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.what, What::Said { status: LARIAT_BROKEN, .. })
    }
}
