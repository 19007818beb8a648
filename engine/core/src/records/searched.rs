//! How far a search came.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a search came: a page isn't looked for for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Searched {
    /// Accounts or runs that were looked at for this page.
    pub looked_at: u64,
    /// How many there are, when it took too long and must go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
}
