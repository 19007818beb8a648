//! What a path is for, and where a request comes from.

/// What a path is for, which decides who may ask for it and how they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anybody may ask: the log-in, files that look the same for everybody, whether the
    /// engine lives.
    Open,
    /// For programs, which are answered with problems.
    Api,
    /// For people, who are answered with pages.
    Page,
}

impl Place {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/login" | "/login.css" | "/logout" | "/healthz" | "/readyz" | "/favicon.ico" => Self::Open,
            _ if path.starts_with("/assets/") => Self::Open,
            "/metrics" => Self::Api,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::Page,
        }
    }
}

/// Where a request comes from, as far as a browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// From a page of ours, from the address bar, or not from a browser.
    Own,
    /// By a link on somebody else's page.
    Elsewhere,
}
