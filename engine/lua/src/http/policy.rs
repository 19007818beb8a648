//! Which servers scripts may talk to.

use serde::{Deserialize, Serialize};

/// Which servers `ctx.http` may talk to. By default all that are public: addresses
/// of this machine and of private networks are refused, whatever name leads there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpPolicy {
    /// Hosts (`api.example.com`) or hosts with a port (`127.0.0.1:8080`) that are
    /// allowed even when they are private.
    pub allow: Vec<String>,
    /// Whether all other hosts are refused.
    pub only_listed: bool,
}

/// What may be done with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Talk to it, wherever it is.
    Anywhere,
    /// Talk to it if its address is public.
    IfPublic,
    /// Don't.
    Denied,
}

impl HttpPolicy {
    /// What may be done with a host on a port.
    pub(super) fn access(&self, host: &str, port: u16) -> Access {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let listed = self.allow.iter().any(|entry| {
            let (name, listed_port) = split(entry);
            name.eq_ignore_ascii_case(host) && listed_port.is_none_or(|listed| listed == port)
        });
        match (listed, self.only_listed) {
            (true, _) => Access::Anywhere,
            (false, false) => Access::IfPublic,
            (false, true) => Access::Denied,
        }
    }
}

/// Host and port of an entry; IPv6 addresses with a port stand in brackets.
fn split(entry: &str) -> (&str, Option<u16>) {
    if let Some(inner) = entry.strip_prefix('[') {
        let (host, rest) = inner.split_once(']').unwrap_or((inner, ""));
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok().or(Some(0))),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hosts_with_and_without_a_port() {
        let allow = ["api.test", "127.0.0.1:8080", "[::1]:81", "::1"].map(str::to_owned).to_vec();
        let policy = HttpPolicy { allow, only_listed: true };
        assert_eq!(policy.access("API.test", 1), Access::Anywhere);
        assert_eq!(policy.access("api.test.", 443), Access::Anywhere);
        assert_eq!(policy.access("127.0.0.1", 8080), Access::Anywhere);
        assert_eq!(policy.access("127.0.0.1", 8081), Access::Denied);
        assert_eq!(policy.access("[::1]", 9), Access::Anywhere);
        assert_eq!(HttpPolicy::default().access("x", 1), Access::IfPublic);
    }
}
