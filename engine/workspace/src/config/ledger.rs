//! How the record of who holds what is kept.

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The record of who holds what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// What survives a power loss.
    pub durability: Durability,
    /// How many runs are remembered, for `lariat account show`; the oldest are forgotten
    /// first (default 1000000; 0: all). Outcomes are never forgotten.
    pub keep_attempts: u64,
    /// How long runs are remembered (default 90d; 0s: for ever).
    pub keep_attempts_for: Span,
    /// How often a running engine makes a backup in `.lariat/backups/` (default 0s: never;
    /// `lariat backup` makes one at any time).
    pub backup_every: Span,
    /// How many backups are kept there (default 5).
    #[schemars(range(min = 1))]
    pub keep_backups: u32,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            keep_attempts: 1_000_000,
            keep_attempts_for: Span::from_secs(90 * 86_400),
            backup_every: Span::ZERO,
            keep_backups: 5,
        }
    }
}

impl LedgerConfig {
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.keep_backups == 0 {
            found.push(Problem::at(
                "ledger.keep_backups",
                "must be at least 1; `backup_every: 0s` makes none",
            ));
        }
        if self.backup_every.non_zero().is_some_and(|every| every < std::time::Duration::from_secs(1)) {
            found.push(Problem::at("ledger.backup_every", "must be at least 1s, or 0s for never"));
        }
        found
    }
}

/// What survives a power loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Everything that was acknowledged.
    #[default]
    Full,
    /// Everything but the last moments; a crash of the engine alone loses nothing.
    Fast,
}
