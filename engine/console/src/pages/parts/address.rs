//! Addresses with names in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What needs no encoding within a segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// `/groups/Premium%20Farmers/launch` of `["groups", "Premium Farmers", "launch"]`.
pub(in crate::pages) fn href(segments: &[&str]) -> String {
    segments.iter().fold(String::new(), |mut path, segment| {
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
        path
    })
}

#[cfg(test)]
mod tests {
    use super::href;

    #[test]
    fn names_stay_within_their_segment() {
        assert_eq!(href(&["groups", "a/b?c#d ü<", "edit"]), "/groups/a%2Fb%3Fc%23d%20%C3%BC%3C/edit");
        // Browsers take a segment of dots for a step upwards.
        assert_eq!(href(&["groups", ".."]), "/groups/%2E%2E");
    }
}
