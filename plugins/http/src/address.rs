//! Addresses: an account's, the next page's.

use std::fmt::Write;

use lariat_sdk::{Error, Result};
use ureq::http::Uri;

/// Whether a parameter is an address that can be asked.
pub(crate) fn check(name: &str, url: &str) -> Result<()> {
    let uri: Option<Uri> = url.parse().ok();
    let asked = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    if uri.as_ref().is_some_and(asked) {
        return Ok(());
    }
    Err(Error::invalid(format!("{name}: begins with http:// or https:// and a host")))
}

/// An address with an account's id in it, which stays one segment of the path whatever it holds.
pub(crate) fn of_account(url: &str, id: &str) -> String {
    let mut encoded = String::new();
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(char::from(byte)),
            // A segment of dots alone would lead elsewhere.
            b'.' if !id.bytes().all(|byte| byte == b'.') => encoded.push('.'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    url.replace("{id}", &encoded)
}

/// The next page's address, as a page at `from` names it. It has to be on the first page's
/// server: the token is for that one.
pub(crate) fn next(first: &str, from: &str, named: &str) -> Result<String> {
    let server = origin(first);
    let next = if named.contains("://") {
        named.to_owned()
    } else if named.starts_with('/') && !named.starts_with("//") {
        format!("{server}{named}")
    } else if named.starts_with('?') {
        format!("{}{named}", without_query(from))
    } else {
        return Err(Error::failed(format!(
            "the next page, {named:?}, is neither an address nor begins with / or ?"
        )));
    };
    check("the next page", &next)?;
    if origin(&next).eq_ignore_ascii_case(server) {
        return Ok(next);
    }
    Err(Error::failed(format!("the next page is at {}, which isn't the server of url", origin(&next))))
}

/// Scheme and server.
fn origin(url: &str) -> &str {
    let from = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(from..).unwrap_or_default();
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    url.get(..from + length).unwrap_or(url)
}

pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        let of = |id: &str| of_account("http://h/a/{id}/claim", id);
        assert_eq!(of("a1.b"), "http://h/a/a1.b/claim");
        assert_eq!(of("../ä b?#"), "http://h/a/..%2F%C3%A4%20b%3F%23/claim");
        assert_eq!(of(".."), "http://h/a/%2E%2E/claim");
    }

    #[test]
    fn the_next_page_is_on_the_same_server() {
        let next = |named: &str| next("http://h:1/list?a", "http://h:1/list?page=2", named);
        assert_eq!(next("http://h:1/x").unwrap(), "http://h:1/x");
        assert_eq!(next("/y?z").unwrap(), "http://h:1/y?z");
        assert_eq!(next("?page=3").unwrap(), "http://h:1/list?page=3");
        for elsewhere in
            ["http://h:2/x", "https://h:1/x", "http://h:1.evil/x", "http://h:1@evil/x", "//evil/x", "x"]
        {
            assert!(next(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
