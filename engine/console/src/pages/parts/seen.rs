//! What somebody has seen of a definition who edits it: a hidden field of the form, so that
//! nobody overwrites what somebody else wrote meanwhile.

use lariat_workspace::Seen;

/// What is added to a problem when somebody else was quicker: saving again overwrites.
pub(in crate::pages) const AGAIN: &str =
    "\nBelow is what you entered. Save again to put it in place of what is there now.";

/// What there is now, as the field's value.
pub(in crate::pages) fn told_seen(content_hash: Option<&str>, generation: u64) -> String {
    content_hash.map_or_else(|| generation.to_string(), str::to_owned)
}

/// The field's value, read.
pub(in crate::pages) fn read_seen(text: &str) -> Seen {
    if let Ok(hash) = text.parse() {
        return Seen::Content(hash);
    }
    text.parse().map_or(Seen::Current, Seen::Generation)
}
