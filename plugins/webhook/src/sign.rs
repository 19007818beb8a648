//! A report's signature.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use lariat_sdk::Result;
use sha2::Sha256;

/// HMAC-SHA256 over `timestamp.body`, in hex: with the time in it, an old report can't be sent
/// again by somebody else.
pub(crate) fn signature(secret: &[u8], timestamp: u64, body: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let mut hex = String::from("sha256=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn it_is_what_others_compute() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'key'
        let expected = "sha256=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03";
        assert_eq!(signature(b"key", 1_700_000_000, "{\"a\":1}").unwrap(), expected);
    }
}
