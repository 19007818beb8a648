//! How far a search came whose pages aren't looked for for ever.

use lariat_core::records::Searched;

use super::numbers;

/// Whether a search took too long and must go on.
pub(in crate::pages) fn unfinished(searched: Option<Searched>) -> bool {
    searched.is_some_and(|searched| searched.of.is_some())
}

/// How many were looked at for this page and those before it.
pub(in crate::pages) const fn looked_at(before: u64, searched: Searched) -> u64 {
    before.saturating_add(searched.looked_at)
}

/// How far a search came that must go on; `before` were looked at for the pages before this.
pub(in crate::pages) fn so_far(before: u64, searched: Option<Searched>, what: &str) -> Option<String> {
    let searched = searched?;
    let (looked, all) = (looked_at(before, searched), searched.of?);
    // The address says what was searched before: it may say anything.
    Some(format!("Searched {} of {} {what} so far.", numbers(looked.min(all)), numbers(all)))
}
