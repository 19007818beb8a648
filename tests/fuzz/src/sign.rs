//! A number for the way in which some bytes were taken.

/// The same for inputs that were taken the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sign(pub u64);

impl Sign {
    /// The sign of a message, whatever numbers and quoted texts are in it.
    pub fn of(message: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut quoted = false;
        for byte in message.bytes() {
            if matches!(byte, b'"' | b'\'' | b'`') {
                quoted = !quoted;
            } else if !quoted && !byte.is_ascii_digit() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self(hash)
    }

    /// The sign of several.
    pub fn of_all<T: ToString>(messages: impl IntoIterator<Item = T>) -> Self {
        let signs = messages.into_iter().map(|message| Self::of(&message.to_string()).0);
        Self(signs.fold(0, |all, sign| all.rotate_left(7) ^ sign))
    }
}
