//! A script, ready to run.

use std::sync::Arc;

use super::{Code, Library};

/// A file's code with the modules it may require.
#[derive(Debug)]
pub(crate) struct Module {
    /// Relative to the workspace, for messages.
    pub(crate) display: String,
    /// What it compiled to.
    pub(crate) code: Arc<Code>,
    /// What `require` finds.
    pub(crate) library: Arc<Library>,
}
