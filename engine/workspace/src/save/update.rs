//! The text of a changed definition.

use std::path::Path;

use crate::definitions::kind::Kind;
use crate::error::WorkspaceError;
use crate::save::{comments, patch, text};
use crate::yaml;

/// `before` with what differs between `old` and `new`, and whether comments were lost.
/// Where the text can't be patched, it is written anew below its first comments.
pub(crate) fn update<T: Kind>(
    before: &str,
    old: &T,
    new: &T,
    file: &Path,
) -> Result<(String, bool), WorkspaceError> {
    let value = |definition: &T| {
        serde_json::to_value(definition).map_err(|error| WorkspaceError::NoYaml(error.to_string()))
    };
    let patched = patch::patch(before, &value(old)?, &value(new)?);
    let fits = |text: &String| yaml::parse::<T>(text, file).is_ok_and(|read| read == *new);
    let after = match patched.filter(fits) {
        Some(text) => text,
        None => text::head(before) + &text::body(new)?,
    };
    let lost = comments::lost(before, &after);
    Ok((after, lost))
}
