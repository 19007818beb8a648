//! What this engine is called.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::uri::Authority;

/// The names that this engine answers to: `localhost`, any address in numbers, which no
/// name server can redirect, and those of `lariat.yaml`. The port doesn't matter, so
/// that it may be forwarded.
#[derive(Debug, Clone, Default)]
pub struct Hosts(Arc<[String]>);

impl Hosts {
    /// Those and these names.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    pub(super) fn take(&self, asked: &Authority) -> bool {
        // Something like `user@host` has no place in a Host header.
        if asked.as_str().contains('@') {
            return false;
        }
        let host = asked.host();
        let number = host.trim_start_matches('[').trim_end_matches(']');
        number.parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_must_be_known_and_numbers_are_what_they_are() {
        let hosts = Hosts::new(["Farm.example".to_owned()]);
        let take = |asked: &str| hosts.take(&asked.parse().unwrap());
        for own in ["127.0.0.1:7420", "localhost", "LOCALHOST:1", "[::1]:7420", "farm.EXAMPLE", "10.0.0.1"] {
            assert!(take(own), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "farm.example.",
            "a@localhost",
            "127.0.0.1.evil.example",
        ] {
            assert!(!take(other), "{other}");
        }
    }
}
