//! How an extension was used.

use lariat_core::limits::Calls;
use serde::Serialize;

use super::ExtensionKind;

/// What one extension was asked since its generation was loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtensionUsage {
    /// Its kind.
    pub kind: ExtensionKind,
    /// Its name.
    pub name: String,
    /// How often it was asked, how often that failed, and how long it took.
    #[serde(flatten)]
    pub calls: Calls,
}
